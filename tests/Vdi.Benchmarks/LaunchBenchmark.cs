using System.Globalization;
using Microsoft.Playwright;
using Vdi.Emulator;
using Vdi.TestSupport;

namespace Vdi.Benchmarks;

/// <summary>deploy/bench launch: from the click on Open (the POST follows at once) to the first complete frame painted in Chromium.</summary>
internal static class LaunchBenchmark
{
    private const int Rounds = 20;

    public static async Task<List<Figure>> RunAsync(StateFolder installed, string image)
    {
        await InstalledImages.TemplateAsync(installed, image);
        await using var vdi = await RunningVdi.StartAsync(image, warm: 2, new TestImages(installed.Images, installed.Templates));
        await using var context = await vdi.Browser.NewContextAsync(new BrowserNewContextOptions { ViewportSize = new() { Width = 1280, Height = 800 }, Locale = "en-US" });
        var page = await context.NewPageAsync();
        await vdi.SignInAsync(page, "a password of my own");
        var seconds = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            await vdi.MachineReadyAsync(600);
            var open = page.GetByTestId("desktop-open-desktops");
            await Assertions.Expect(open).ToBeEnabledAsync(new() { Timeout = 30_000 });
            await open.ClickAsync();
            var screen = page.GetByTestId("screen");
            await Assertions.Expect(screen).ToHaveAttributeAsync("data-first-frame-ms", new System.Text.RegularExpressions.Regex(@"^\d"), new() { Timeout = 30_000 });
            seconds.Add(double.Parse((await screen.GetAttributeAsync("data-first-frame-ms"))!, CultureInfo.InvariantCulture) / 1000);
            if (round == 0)
            {
                await page.Mouse.MoveAsync(640, 500);
                await Task.Delay(3500);
                await RunningVdi.ScreenshotAsync(page, $"launch-{image}");
            }

            await DeskTools.OpenAsync(page);
            await page.GetByTestId("session-end").ClickAsync();
            await page.GetByTestId("confirm-end").ClickAsync();

            // The page leaves for the start page once the server has ended it; leaving earlier would cut the request off.
            await page.GetByTestId("desktop-card-desktops").WaitForAsync();
        }

        return [new Figure("launch.ready", "s", seconds)];
    }
}
