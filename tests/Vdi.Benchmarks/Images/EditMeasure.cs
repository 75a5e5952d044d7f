using System.Diagnostics;
using System.Globalization;

namespace Vdi.Benchmarks.Images;

/// <summary>An editing machine from its order to the machines of a pool that are made of it.</summary>
internal static class EditMeasure
{
    public static async Task<List<Figure>> RunAsync(ImageServer server, int runs)
    {
        var open = new List<double>();
        for (var run = 1; run < runs; run++)
        {
            Console.Error.WriteLine($"opening an editing machine, {run} of {runs}");
            await using var one = await EditedDesktop.OpenAsync(server);
            open.Add(Told(one.Seconds));
            await one.DiscardAsync();
        }

        Console.Error.WriteLine($"opening an editing machine, {runs} of {runs}, and waiting for its desktop");
        await using var desktop = await EditedDesktop.OpenAsync(server);
        open.Add(Told(desktop.Seconds));
        await desktop.PaintedAsync();
        var (save, back, size) = (new List<double>(), new List<double>(), new List<double>());
        for (var run = 1; run <= runs; run++)
        {
            Console.Error.WriteLine($"a checkpoint and back, {run} of {runs}");
            var picture = await desktop.StillAsync();
            var began = Stopwatch.GetTimestamp();
            var checkpoint = await desktop.SaveAsync($"run {run}");
            save.Add(Told(Stopwatch.GetElapsedTime(began).TotalSeconds));
            size.Add(checkpoint.Bytes / 1048576.0);
            await desktop.AnswersAsync(picture);
            await desktop.StillAsync();
            began = Stopwatch.GetTimestamp();
            await desktop.BackAsync(checkpoint.Id);
            back.Add(Told(Stopwatch.GetElapsedTime(began).TotalSeconds));
            await desktop.ShowsAsync(picture, "the picture of the checkpoint is back");
        }

        await desktop.TypeAsync("date >x\n");
        await desktop.StillAsync();
        var published = await RollOutMeasure.RunAsync(server, desktop);
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  the desktop stood after {desktop.PaintedSeconds:0} s"));
        return
        [
            new Figure("edit.open", "s", open),
            new Figure("checkpoint.save", "s", save),
            new Figure("checkpoint.back", "s", back),
            new Figure("checkpoint.size", "MiB", size),
            .. published,
        ];
    }

    private static double Told(double seconds)
    {
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {seconds:0.00} s"));
        return seconds;
    }
}
