using Microsoft.Playwright;
using Vdi.TestSupport;
using Vdi.TestSupport.Screens;

namespace Vdi.EndToEnd.Tests;

/// <summary>A screen that is there already, behind a password, in a browser.</summary>
public sealed class ManualPoolTests
{
    [Fact]
    public async Task Foreign_screen_is_shown_again_after_its_server_and_after_ours_were_started_anew()
    {
        var screen = await XvncServer.StartAsync("open sesame");
        await using var vdi = await VdiProcess.StartAsync("desktop", warm: 0, fake: true, arguments: ["--allow-local-screens"]);
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await RunningVdi.LaunchBrowserAsync(playwright);
        var page = await (await browser.NewContextAsync()).NewPageAsync();
        var visitor = new Visitor(page, vdi.Address);
        await visitor.SignInAsync(vdi.Password, "a password of my own");
        Assert.Equal(201, await PostAsync(page, "/api/pools", new { id = "lab", settings = new { name = "Lab", kind = "manual", screens = new[] { new { name = "left", address = "127.0.0.1", port = screen.Port, password = "open sesame" } }, access = new[] { new { kind = "role", name = "user" } } } }));
        await OpenAsync(page, visitor);
        await RunningVdi.ScreenshotAsync(page, "foreign-screen");

        // The screen's server is started anew, in another size: the same window shows it again.
        var (port, frames) = (screen.Port, await visitor.FramesAsync());
        await screen.DisposeAsync();
        await using var again = await XvncServer.StartAsync("open sesame", port, "800x500");
        await Eventually.HoldsAsync(async () => await visitor.FramesAsync() > frames, "the picture comes back", 30);

        // So is ours: the session is the same.
        var session = await SessionAsync(page);
        await vdi.KillAsync();
        await vdi.StartAsync();
        await page.GotoAsync(vdi.Address);
        await OpenAsync(page, visitor);
        Assert.Equal(session, await SessionAsync(page));
    }

    private static async Task OpenAsync(IPage page, Visitor visitor)
    {
        await page.ReloadAsync();
        var open = page.GetByTestId("desktop-open-lab");
        await Assertions.Expect(open).ToBeEnabledAsync(new() { Timeout = 60_000 });
        await open.ClickAsync();
        await Assertions.Expect(page.GetByTestId("screen")).ToHaveAttributeAsync("data-state", "connected", new() { Timeout = 30_000 });
        await Eventually.HoldsAsync(async () => await visitor.FramesAsync() > 0, "a frame is painted", 30);
    }

    private static Task<int> PostAsync(IPage page, string path, object body) => page.EvaluateAsync<int>(
        "async ([path, body]) => (await fetch(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body })).status", new[] { path, System.Text.Json.JsonSerializer.Serialize(body) });

    private static Task<string> SessionAsync(IPage page) => page.EvaluateAsync<string>("async () => (await (await fetch('/api/sessions')).json())[0].id");
}
