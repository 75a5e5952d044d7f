using System.Diagnostics;
using Vdi.Display.Framebuffer;
using Vdi.TestSupport;

namespace Vdi.Benchmarks.Display.Browser;

/// <summary>The test card in our page: the real server and hub over a machine without a guest, and Chromium without a graphics card.
/// Server and browser share this computer.</summary>
internal static class BrowserCard
{
    private static readonly TimeSpan Starting = TimeSpan.FromSeconds(2);
    private static readonly string Counter = Path.Combine(Repository.Root, "tests", "Vdi.Benchmarks", "Display", "pages", "counter.js");

    public static async Task MeasureAsync(Ledger ledger, Film film)
    {
        var picture = new Picture(SequenceStudio.Width, SequenceStudio.Height);
        picture.Pixels.AsSpan().Fill(255);
        var screen = new CardScreen(picture);
        await using var vdi = await RunningVdi.StartWithScreenAsync(screen.ServeAsync);
        await using var person = await vdi.NewPersonAsync(new() { ViewportSize = new() { Width = SequenceStudio.Width, Height = SequenceStudio.Height }, Locale = "en-US" });
        await person.OpenDesktopAsync();
        var tree = await ProcessTree.OfAsync(vdi.Browser);
        await Task.Delay(Starting);

        var (frames, processor) = (await Person.FramesAsync(person.Page), tree.ProcessorSeconds);
        var seconds = await PlayAsync(screen, film);
        ledger.Add("fps.1080p60.cpu.browser", "% of a core", 100 * (tree.ProcessorSeconds - processor) / seconds);

        // Two that came for one repaint count as two here, though only the second was painted.
        ledger.Add("fps.1080p60.browser", "1/s", (await Person.FramesAsync(person.Page) - frames) / seconds);

        // Looking costs something: not while the processor is measured.
        await person.Page.EvaluateAsync(await File.ReadAllTextAsync(Counter), new[] { Film.Area.X, Film.Area.Y });
        seconds = await PlayAsync(screen, film);
        ledger.Add("fps.1080p60.browser.seen", "1/s", await person.Page.EvaluateAsync<int>("() => window.counted()") / seconds);
    }

    /// <summary>Seconds that it took.</summary>
    private static async Task<double> PlayAsync(CardScreen screen, Film film)
    {
        var began = Stopwatch.GetTimestamp();
        for (var frame = 0; frame < TestCard.Frames; frame++)
        {
            await TestCard.DueAsync(began, frame);
            screen.Show(picture => TestCard.Draw(picture, film, frame), TestCard.Area);
        }

        await TestCard.DueAsync(began, TestCard.Frames);
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }
}
