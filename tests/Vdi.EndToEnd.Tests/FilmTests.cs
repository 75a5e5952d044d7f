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

        var began = await person.FramesAsync();
        await page.Keyboard.PressAsync("v");
        await Task.Delay(4_000);
        await RunningVdi.ScreenshotAsync(page, "film");
        var moving = await Person.PictureHashAsync(page);
        Assert.InRange(await person.FramesAsync() - began, 20, int.MaxValue);
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
        await page.ReloadAsync();
        var screen = page.GetByTestId("screen");
        await Assertions.Expect(screen).ToHaveAttributeAsync("data-state", "connected", new() { Timeout = 60_000 });
        await Eventually.HoldsAsync(async () => await person.FramesAsync() > 0 && await Person.PictureHashAsync(page) == still, "a fresh page shows the same", 30);
        await RunningVdi.ScreenshotAsync(page, "film-still");
        Assert.DoesNotContain(faults, fault => fault.Contains("could not be decoded", StringComparison.Ordinal));
    }
}
