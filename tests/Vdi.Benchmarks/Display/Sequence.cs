using Vdi.Display.Recording;
using Vdi.Display.Sources;

namespace Vdi.Benchmarks.Display;

/// <summary>Pictures that change, the same for every product: steps of a page, kept as a trace.</summary>
/// <param name="Name">Its name in figures and in pages/studio.html.</param>
/// <param name="Steps">Changes after the first picture.</param>
/// <param name="Every">Milliseconds between two in real time.</param>
internal sealed record Sequence(string Name, int Steps, int Every)
{
    public static IReadOnlyList<Sequence> All { get; } =
    [
        new("typing", 60, 120),
        new("document", 20, 100),
        new("code", 20, 100),
        new("photos", 10, 200),
        new("drag", 40, 33),
        new("menus", 30, 150),
        new("video", 300, 33),
        new("idle", 10, 500),
    ];

    public string PathIn(string folder) => Path.Combine(folder, $"{Name}.trace");

    /// <summary>Says the first picture and then each step, when <paramref name="next"/> lets it.</summary>
    public async Task PlayAsync(string folder, IDisplaySink sink, Func<int, Task> next)
    {
        var step = 0;
        await using var source = new ReplaySource(File.OpenRead(PathIn(folder)), TimeProvider.System)
        {
            Stays = false,
            Pace = async (_, _) => await next(step++),
        };
        await source.RunAsync(sink, default);
    }
}
