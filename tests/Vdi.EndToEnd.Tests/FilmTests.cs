using System.Globalization;
using Microsoft.Playwright;
using Vdi.TestSupport;

namespace Vdi.EndToEnd.Tests;

/// <summary>Moving pictures in a real browser, from a machine that does not exist and shows a film while somebody asks for it.</summary>
[Collection(TinyCollection.Name)]
public sealed class FilmTests(TinyVdi fixture)
{
    [Fact]
    public async Task Film_is_shown_as_it_moves_and_its_last_picture_becomes_exact()
    {
        await using var vdi = await VdiProcess.StartAsync("desktop", warm: 1, fake: true);
        await using var context = await fixture.Vdi.Browser.NewContextAsync(new BrowserNewContextOptions { ViewportSize = new() { Width = 1280, Height = 800 }, Locale = "en-US" });
        var page = await context.NewPageAsync();
        var faults = new List<string>();
        page.Console += (_, message) => faults.Add($"{message.Type}: {message.Text}");
        var person = new Visitor(page, vdi.Address);
        await person.SignInAsync(vdi.Password, "a password of my own");
        await person.OpenAsync();
        await page.Mouse.ClickAsync(640, 700);
        var screen = page.GetByTestId("screen");

        var began = await person.FramesAsync();
        await page.Keyboard.PressAsync("v");
        await Task.Delay(4_000);
        await RunningVdi.ScreenshotAsync(page, "film");
        var moving = await Person.PictureHashAsync(page);
        var lightMoving = await LightAsync(page);
        Assert.InRange(await person.FramesAsync() - began, 20, int.MaxValue);
        Assert.InRange(int.Parse(await screen.GetAttributeAsync("data-videos") ?? "0", CultureInfo.InvariantCulture), 20, int.MaxValue);
        await page.Keyboard.PressAsync("v");

        // At rest the browser has what a client has that never saw anything but whole, exact pictures.
        var still = "";
        await Eventually.HoldsAsync(
            async () =>
            {
                var before = still;
                still = await Person.PictureHashAsync(page);
                await Task.Delay(700);
                return still == before;
            },
            "the picture stands still",
            30);
        Assert.NotEqual(moving, still);

        // A video of another range or matrix of colours would be seen here: the film itself keeps its light.
        Assert.All((await LightAsync(page)).Zip(lightMoving), pair => Assert.InRange(pair.Second, pair.First - 6, pair.First + 6));
        await page.ReloadAsync();
        await Assertions.Expect(screen).ToHaveAttributeAsync("data-state", "connected", new() { Timeout = 60_000 });
        await Eventually.HoldsAsync(async () => await person.FramesAsync() > 0 && await Person.PictureHashAsync(page) == still, "a fresh page shows the same", 30);
        await RunningVdi.ScreenshotAsync(page, "film-still");
        Assert.DoesNotContain(faults, fault => fault.Contains("could not be decoded", StringComparison.Ordinal));
    }

    /// <summary>Means of red, green and blue where the film plays.</summary>
    private static Task<double[]> LightAsync(IPage page) => page.EvaluateAsync<double[]>(
        """
        () => {
          const canvas = document.querySelector('[data-testid=screen] canvas');
          const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d');
          copy.drawImage(canvas, 0, 0);
          const { data } = copy.getImageData(160, 72, 320, 256);
          const sums = [0, 0, 0];
          for (let i = 0; i < data.length; i++) if (i % 4 < 3) sums[i % 4] += data[i];
          return sums.map((sum) => sum / (data.length / 4));
        }
        """);
}
