using Microsoft.Playwright;
using Vdi.TestSupport;

namespace Vdi.Benchmarks.Latency;

/// <summary>A page with the boot sector's screen on a canvas, and what was measured there.</summary>
/// <param name="page">Opened with <see cref="Stopwatch"/> and with the keyboard's focus where keys go to the guest.</param>
/// <param name="canvas">CSS selector of the canvas.</param>
internal sealed class KeySubject(IPage page, string canvas)
{
    private const int Patience = 10_000;
    private readonly Random _random = new(1);

    /// <summary>The script that measures: to be in the page before it loads.</summary>
    public static string Stopwatch { get; } = Path.Combine(Repository.Root, "tests", "Vdi.Benchmarks", "Latency", "pages", "stopwatch.js");

    /// <summary>From the key until the changed pixel was on the canvas, in milliseconds.</summary>
    public List<double> Pixels { get; } = [];

    /// <summary>From the key until the last message that came before it.</summary>
    public List<double> Messages { get; } = [];

    public async Task MeasureAsync(int presses)
    {
        for (var i = -2; i < presses; i++)
        {
            // Two that do not count: the first may meet a guest that still boots.
            var key = (i & 1) == 0 ? "KeyA" : "KeyS";
            await page.EvaluateAsync("([canvas, patience]) => stopwatch.arm(canvas, patience)", new object[] { canvas, i < 0 ? Patience / 3 : Patience });
            await page.Keyboard.DownAsync(key);
            var times = await page.EvaluateAsync<double[]?>("() => stopwatch.read()");
            await page.Keyboard.UpAsync(key);
            if (i >= 0)
            {
                Pixels.Add((times ?? throw new InvalidOperationException("A key did not change the canvas"))[0]);
                Messages.Add(times[1]);
            }

            // At no fixed distance, or the samples would keep step with timers of the server.
            await Task.Delay(100 + _random.Next(100));
        }
    }
}
