using Microsoft.Playwright;
using Vdi.TestSupport;

namespace Vdi.EndToEnd.Tests;

/// <summary>Every page in both languages, both colour schemes, on a monitor and on a phone: pictures of all are kept, nothing sticks out
/// to the side or is too faint to read, and nothing that is read or heard is left in English on a Korean page.</summary>
[Collection(TinyCollection.Name)]
public sealed class AppearanceTests(TinyVdi fixture)
{
    public static TheoryData<string, ColorScheme, int> Variants()
    {
        // Each language in both colours and at both widths; all eight would show nothing more and take twice as long.
        return new TheoryData<string, ColorScheme, int>
        {
            { "en-US", ColorScheme.Light, 1280 },
            { "en-US", ColorScheme.Dark, 390 },
            { "ko-KR", ColorScheme.Dark, 1280 },
            { "ko-KR", ColorScheme.Light, 390 },
        };
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public async Task Pages_fit_and_are_translated(string locale, ColorScheme colours, int width)
    {
        await using var person = await fixture.Vdi.NewPersonAsync(new BrowserNewContextOptions { Locale = locale, ColorScheme = colours, ViewportSize = new() { Width = width, Height = width < 500 ? 844 : 800 }, HasTouch = width < 500 });
        var look = new Look(person.Page, locale, $"{locale[..2]}-{colours.ToString().ToLowerInvariant()}-{width}", [person.Name, "Desktops", "Debian with XFCE, Firefox and Korean input"]);
        var page = person.Page;
        await look.SeeAsync("start");
        await page.GetByTestId("user-menu").ClickAsync();
        await page.GetByTestId("sign-out").WaitForAsync();
        await look.SeeAsync("menu");
        await SeeHomeAsync(page, look);
        await page.GotoAsync($"{fixture.Vdi.Address}/password");
        await page.GetByTestId("password-next").FillAsync("short");
        await page.GetByTestId("password-repeat").FillAsync("short");
        await page.GetByTestId("password-current").FillAsync("wrong");
        await page.GetByTestId("password-submit").ClickAsync();
        await page.GetByTestId("error").WaitForAsync();
        await look.SeeAsync("password");
        await page.GotoAsync($"{fixture.Vdi.Address}/nowhere");
        await page.GetByRole(AriaRole.Heading).WaitForAsync();
        await look.SeeAsync("nowhere");

        await page.GotoAsync(fixture.Vdi.Address);
        await person.OpenDesktopAsync();
        await look.SeeAsync("desktop");
        await ToolsAsync(page);
        await look.SeeAsync("desktop-tools");
        await page.GetByTestId("session-send-text").ClickAsync();
        await page.GetByTestId("send-text").FillAsync("a");
        await look.SeeAsync("desktop-send-text");
        await page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(person.Screen).ToBeFocusedAsync();
        await ToolsAsync(page);
        await page.GetByTestId("session-end").ClickAsync();
        await page.GetByTestId("confirm-end").WaitForAsync();
        await look.SeeAsync("desktop-end");
        await page.GotoAsync(fixture.Vdi.Address);
        await page.GetByTestId("desktop-end").WaitForAsync();
        await look.SeeAsync("start-running");

        await page.Context.RouteAsync("**/api/desktops", route => route.FulfillAsync(new() { Json = States() }));
        await page.Context.RouteAsync("**/api/sessions/*", route => route.FulfillAsync(new() { Json = Session(route.Request.Url.EndsWith('3') ? "queued" : "ended") }));
        await page.GotoAsync(fixture.Vdi.Address);
        await page.GetByTestId("launch").WaitForAsync();
        await look.SeeAsync("start-states");
        await page.GotoAsync($"{fixture.Vdi.Address}/desktop/4");
        await page.GetByTestId("panel-ended").WaitForAsync();
        await look.SeeAsync("desktop-ended");
        await page.GotoAsync($"{fixture.Vdi.Address}/desktop/3");
        await page.GetByTestId("launch").WaitForAsync();
        await look.SeeAsync("desktop-waiting");

        // A part of the client that an upgrade took away.
        await page.Context.RouteAsync("**/assets/DesktopPage*", route => route.FulfillAsync(new() { Status = 404 }));
        await page.GotoAsync($"{fixture.Vdi.Address}/desktop/4");
        await page.GetByTestId("reload").WaitForAsync();
        await look.SeeAsync("broken");
        await page.Context.UnrouteAllAsync();

        await page.GotoAsync(fixture.Vdi.Address);
        await page.GetByTestId("user-menu").ClickAsync();
        await page.GetByTestId("sign-out").ClickAsync();
        await page.GetByTestId("sign-in-username").FillAsync("nobody");
        await page.GetByTestId("sign-in-password").FillAsync("wrong");
        await page.GetByTestId("sign-in-submit").ClickAsync();
        await page.GetByTestId("error").WaitForAsync();
        await look.SeeAsync("sign-in");

        // Whoever disposes of the person ends the desktop, and must be signed in for it.
        await page.GetByTestId("sign-in-username").FillAsync(person.Name);
        await page.GetByTestId("sign-in-password").FillAsync(Person.Password);
        await page.GetByTestId("sign-in-submit").ClickAsync();
        await page.GetByTestId("desktop-end").WaitForAsync();
        Assert.True(look.Faults.Count == 0, string.Join('\n', look.Faults));
    }

    /// <summary>From the open menu: the dialogs about one's own files.</summary>
    private static async Task SeeHomeAsync(IPage page, Look look)
    {
        await page.Context.RouteAsync("**/api/home", route => route.FulfillAsync(new() { Json = Home }));
        await page.Context.RouteAsync("**/api/sessions", route => route.FulfillAsync(new() { Status = 409, Json = new { code = "home-in-use", detail = "", session = "5", pool = "desktops", poolName = "Desktops" } }));
        await page.GetByTestId("home").ClickAsync();
        await page.GetByTestId("home-version").First.WaitForAsync();
        await look.SeeAsync("home");
        await page.GetByTestId("home-version").First.GetByRole(AriaRole.Button).ClickAsync();
        await page.GetByTestId("home-confirm").WaitForAsync();
        await look.SeeAsync("home-confirm");
        await page.Keyboard.PressAsync("Escape");
        await page.GetByTestId("desktop-open-desktops").ClickAsync();
        await page.GetByTestId("home-go").WaitForAsync();
        await look.SeeAsync("home-in-use");
        await page.Context.UnrouteAllAsync();
    }

    private static object Home => new
    {
        user = Guid.Empty,
        userName = "kim",
        giB = 20,
        bytes = 1_234_567_890,
        created = "2026-03-01T08:00:00Z",
        used = "2026-03-04T17:00:00Z",
        usedBy = (object?)null,
        snapshots = new[]
        {
            new { id = Guid.NewGuid(), at = "2026-03-04T17:00:00Z", cause = "beforeRestore", giB = 20 },
            new { id = Guid.NewGuid(), at = "2026-03-03T16:55:00Z", cause = "logOff", giB = 20 },
        },
    };

    [Fact]
    public async Task Toolbar_fits_a_narrow_phone_and_takes_arrow_keys()
    {
        await using var person = await fixture.Vdi.NewPersonAsync(new BrowserNewContextOptions { Locale = "en-US", ViewportSize = new() { Width = 320, Height = 568 }, HasTouch = true });
        var look = new Look(person.Page, "en-US", "en-light-320", []);
        await person.OpenDesktopAsync();
        await ToolsAsync(person.Page);
        await look.SeeAsync("desktop-tools");
        foreach (var button in await person.Page.Locator(".tools-row button").AllAsync())
        {
            var box = (await button.BoundingBoxAsync())!;
            Assert.True(box.X >= 0 && box.X + box.Width <= 320, $"{await button.GetAttributeAsync("aria-label")} is at {box.X} to {box.X + box.Width}");
        }

        Assert.Equal(1, await person.Page.Locator(".tools-row button[tabindex='0']").CountAsync());
        await person.Page.GetByTestId("session-leave").FocusAsync();
        await person.Page.Keyboard.PressAsync("ArrowLeft");
        await Assertions.Expect(person.Page.GetByTestId("session-end")).ToBeFocusedAsync();
        await person.Page.Keyboard.PressAsync("Home");
        await Assertions.Expect(person.Page.GetByTestId("session-leave")).ToBeFocusedAsync();
        Assert.True(look.Faults.Count == 0, string.Join('\n', look.Faults));
    }

    [Fact]
    public async Task Actual_size_on_a_phone_is_moved_with_two_fingers()
    {
        await using var person = await fixture.Vdi.NewPersonAsync(new BrowserNewContextOptions { Locale = "en-US", ViewportSize = new() { Width = 390, Height = 844 }, HasTouch = true });
        await person.OpenDesktopAsync();
        await ToolsAsync(person.Page);
        await person.Page.GetByTestId("session-scale").ClickAsync();
        await person.Page.WaitForFunctionAsync("() => { const view = document.querySelector('.desk-scroll'); return view.scrollWidth > view.clientWidth + 100; }");
        var browser = await person.Page.Context.NewCDPSessionAsync(person.Page);
        Task FingersAsync(string type, int x) => browser.SendAsync("Input.dispatchTouchEvent", new()
        {
            ["type"] = type,
            ["touchPoints"] = type == "touchEnd" ? Array.Empty<object>() : [new { x, y = 420, id = 1 }, new { x = x + 60, y = 420, id = 2 }],
        });
        await FingersAsync("touchStart", 250);
        for (var x = 240; x >= 150; x -= 10)
        {
            await FingersAsync("touchMove", x);
        }

        await FingersAsync("touchEnd", 0);
        Assert.InRange(await person.Page.EvaluateAsync<double>("document.querySelector('.desk-scroll').scrollLeft"), 60, 110);
    }

    private static async Task ToolsAsync(IPage page)
    {
        await DeskTools.OpenAsync(page);
        await page.GetByTestId("session-leave").FocusAsync();
    }

    private static object[] States() =>
    [
        Desktop("available", 2, null, null),
        Desktop("preparing", 0, new { code = "preparing", detail = "The next machine boots its template." }, null),
        Desktop("unavailable", 0, new { code = "machines-failing", detail = "The last 3 machines of 'Desktops' failed. Try again in some minutes, or tell an administrator what the newest said: The guest agent did not answer within 60 s." }, null),
        Desktop("available", 0, null, Session("queued")),
        Desktop("available", 1, null, Session("disconnected")),
        Desktop("available", 0, null, Session("ended")),
    ];

    private static object Desktop(string state, int ready, object? reason, object? session) =>
        new { id = $"desktops-{Guid.NewGuid():N}", name = "Desktops", description = "", ready, capacity = 8, state, reason, session };

    private static object Session(string state) => new
    {
        id = state == "queued" ? "3" : "4",
        pool = "desktops",
        poolName = "Desktops",
        state,
        reason = state switch
        {
            "queued" => new { code = "host-short", detail = "No desktop can be made now: 1 GB of memory is missing." },
            "ended" => new { code = "left-too-long", detail = "The session ended: nobody came back within 30 minutes." },
            _ => (object?)null,
        },
        position = state == "queued" ? 3 : (int?)null,
        since = "2026-01-01T00:00:00Z",
        steps = new[] { new { name = "authorise", milliseconds = 3.2 }, new { name = "choose", milliseconds = 1.1 } },
    };
}
