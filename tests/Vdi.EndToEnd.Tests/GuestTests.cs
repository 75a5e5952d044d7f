using System.Globalization;
using Microsoft.Playwright;
using Vdi.TestSupport;

namespace Vdi.EndToEnd.Tests;

/// <summary>What makes a desktop in a browser feel like one's own, in a real guest.</summary>
[Collection(TinyCollection.Name)]
public sealed class GuestTests(TinyVdi fixture)
{
    [Fact]
    public async Task Desktop_follows_the_window_and_keeps_its_own_size_where_that_is_chosen()
    {
        await using var person = await fixture.Vdi.NewPersonAsync(new() { ViewportSize = new() { Width = 1101, Height = 703 }, Locale = "en-US" });
        await person.OpenDesktopAsync();
        await SizeIsAsync(person, 1101, 703);
        await person.Page.SetViewportSizeAsync(1360, 768);
        await SizeIsAsync(person, 1360, 768);
        Assert.Contains("current 1360 x 768", await person.AtGuestDesktopAsync("xrandr --current"), StringComparison.Ordinal);
        await RunningVdi.ScreenshotAsync(person.Page, "desktop-follows");

        // Its own size is the one that it has.
        await DeskTools.OpenAsync(person.Page);
        await person.Page.GetByTestId("session-following").ClickAsync();
        await person.Page.GetByTestId("session-following").ClickAsync();
        await RunningVdi.ScreenshotAsync(person.Page, "desktop-own-size");
        await person.Page.SetViewportSizeAsync(900, 600);
        await Task.Delay(2000);
        await SizeIsAsync(person, 1360, 768);
        await DeskTools.OpenAsync(person.Page);
        await person.Page.GetByTestId("session-following").ClickAsync();
        await SizeIsAsync(person, 900, 600);
    }

    private static async Task SizeIsAsync(Person person, int width, int height)
    {
        await Eventually.HoldsAsync(
            async () => (await Person.PictureHashAsync(person.Page)).StartsWith(string.Create(CultureInfo.InvariantCulture, $"{width}x{height} "), StringComparison.Ordinal),
            $"the desktop is {width} x {height}",
            30);
        await Assertions.Expect(person.Screen).ToHaveAttributeAsync("data-exact", "true", new() { Timeout = 30_000 });
    }
}
