using System.Globalization;
using Microsoft.Playwright;

namespace Vdi.TestSupport;

/// <summary>The first administrator in a browser tab, at a server in a process of its own.</summary>
public sealed class Visitor(IPage page, string address)
{
    /// <summary>Signs in as the first administrator with the generated password and sets one of one's own; ends on the start page.</summary>
    public async Task SignInAsync(string generated, string own)
    {
        await page.GotoAsync(address);
        await page.GetByTestId("sign-in-username").FillAsync("admin");
        await page.GetByTestId("sign-in-password").FillAsync(generated);
        await RunningVdi.ScreenshotAsync(page, "sign-in");
        await page.GetByTestId("sign-in-submit").ClickAsync();
        await page.GetByTestId("password-current").FillAsync(generated);
        await page.GetByTestId("password-next").FillAsync(own);
        await page.GetByTestId("password-repeat").FillAsync(own);
        await RunningVdi.ScreenshotAsync(page, "password");
        await page.GetByTestId("password-submit").ClickAsync();
        await page.GetByTestId("desktop-card-desktops").WaitForAsync();
    }

    /// <summary>Opens the desktop as soon as it can be, and waits for its first picture.</summary>
    public async Task<ILocator> OpenAsync()
    {
        var open = page.GetByTestId("desktop-open-desktops");
        await Assertions.Expect(open).ToBeEnabledAsync(new() { Timeout = 240_000 });
        await open.ClickAsync();
        var screen = page.GetByTestId("screen");
        await Assertions.Expect(screen).ToHaveAttributeAsync("data-state", "connected", new() { Timeout = 60_000 });
        await Eventually.HoldsAsync(async () => await FramesAsync() > 0, "a frame is painted", 30);
        return screen;
    }

    /// <summary>Frames painted so far.</summary>
    public async Task<int> FramesAsync() =>
        int.Parse(await page.GetByTestId("screen").GetAttributeAsync("data-frames") ?? "0", CultureInfo.InvariantCulture);
}
