using System.Globalization;
using Vdi.Emulator;

namespace Vdi.Benchmarks.Images;

/// <summary>deploy/bench image: golden images by the HTTP API of a server in a process of its own, as browsers and the command line use it.
/// <code>
/// import.rate            MB/s of a qcow2 of 2 GB, from the first byte sent until its version is there; .upload and .convert are each alone
/// import.memory          MiB by which the server's own memory grows meanwhile; .converter is the most that its child has, which converts
/// edit.open              s from the order of an editing machine until its first picture is at a client
/// checkpoint.save        s until the job is done and the machine runs again, likewise .back; .size is what one takes
/// publish.total          s from the order until a pool has a machine of the new version; .publish, .test and .fork are its parts
/// rollout.gap            machines that were ready at the worst moment of the roll-out over four; .seconds is how long it took
/// </code></summary>
internal static class ImageBenchmark
{
    private const string Image = "tiny";

    /// <summary>What was promised: the worst sample is at most (or, of the gap, at least) so much.</summary>
    private static readonly (string Name, double Value, bool AtLeast)[] Bars =
    [
        ("import.memory", 100, false),
        ("checkpoint.save", 10, false),
        ("checkpoint.back", 3, false),
        ("publish.total", 240, false),
        ("rollout.gap", 2, true),
    ];

    public static async Task<List<Figure>> RunAsync(StateFolder installed, int runs)
    {
        using var copy = await CopiedImage.MakeAsync(installed, Image);
        List<Figure> figures = [.. await ImportMeasure.RunAsync(copy)];
        await using (var server = await ImageServer.StartAsync(copy))
        {
            figures.AddRange(await EditMeasure.RunAsync(server, runs));
        }

        foreach (var (name, value, atLeast) in Bars)
        {
            var samples = figures.Single(figure => figure.Name == name).Samples;
            var worst = atLeast ? samples.Min() : samples.Max();
            var kept = atLeast ? worst >= value : worst <= value;
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {worst:0.##}, promised is {(atLeast ? "at least" : "at most")} {value:0.##}: {(kept ? "kept" : "MISSED")}"));
        }

        return figures;
    }
}
