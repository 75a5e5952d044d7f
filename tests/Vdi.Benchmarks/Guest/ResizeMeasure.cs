using Vdi.TestSupport;

namespace Vdi.Benchmarks.Guest;

/// <summary>From the moment at which the browser's window has a new size until the guest's screen has it and is shown exactly.</summary>
internal static class ResizeMeasure
{
    private const int Rounds = 20;
    private static readonly (int Width, int Height)[] Sizes = [(1280, 720), (1024, 700), (1360, 768), (1152, 800)];

    public static async Task<List<double>> RunAsync(Person person)
    {
        var page = person.Page;
        await page.EvaluateAsync("() => window.addEventListener('resize', () => { window.resizedAt = performance.now(); }, { capture: true })");
        var times = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            var (width, height) = Sizes[round % Sizes.Length];
            await page.SetViewportSizeAsync(width, height);
            times.Add(await page.EvaluateAsync<double>(
                """
                async ([width, height]) => {
                  const screen = document.querySelector('[data-testid=screen]');
                  const canvas = screen.querySelector('canvas');
                  for (let last = performance.now() + 30_000; performance.now() < last;) {
                    if (canvas.width === width && canvas.height === height && screen.dataset.exact === 'true') return performance.now() - window.resizedAt;
                    await new Promise((resolve) => setTimeout(resolve, 2));
                  }
                  throw new Error(`the desktop stayed at ${canvas.width} x ${canvas.height}`);
                }
                """,
                new[] { width, height }));
            await Task.Delay(700);
        }

        return times;
    }
}
