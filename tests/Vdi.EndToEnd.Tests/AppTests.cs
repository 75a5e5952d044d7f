using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;
using Vdi.Emulator.Machines;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;

namespace Vdi.EndToEnd.Tests;

/// <summary>A link that opens one application: a real program in a real guest, in a real browser.</summary>
[Collection(TinyCollection.Name)]
public sealed class AppTests(TinyVdi fixture)
{
    private const string App = "terminal";

    [Fact]
    public async Task Application_opens_by_its_link_fills_the_view_and_ends_with_its_last_window()
    {
        var secret = await TestApps.PublishAsync(fixture.Vdi, App);
        try
        {
            await ReadyAsync();
            await using var person = await fixture.Vdi.NewPersonAsync();
            await OpenAndCloseAsync(person);
            await CrashAndStartAgainAsync(person);
            await VisitAsync(secret);
        }
        finally
        {
            await fixture.Vdi.QueryAsync(db => db.Pools.Where(pool => pool.Id == App).ExecuteUpdateAsync(set => set.SetProperty(pool => pool.Deleted, TimeProvider.System.GetUtcNow())));
        }
    }

    private async Task OpenAndCloseAsync(Person person)
    {
        var page = person.Page;
        await page.GotoAsync(fixture.Vdi.Address);
        await page.GetByTestId($"desktop-open-{App}").WaitForAsync();
        await RunningVdi.ScreenshotAsync(page, "start-with-application");
        await page.GotoAsync($"{fixture.Vdi.Address}/app/{App}");
        await Person.PictureAsync(page);
        await page.WaitForFunctionAsync("title => document.title.startsWith(title)", TestApps.Title);
        var machine = await MachineAsync();
        await page.Keyboard.TypeAsync("touch /tmp/proof\n");
        await Eventually.HoldsAsync(async () => (await RunAsync(machine, "ls /tmp/proof")).Length > 0, "what was typed reached it", 60);

        // Nothing else is on the screen, and it has no frame.
        Assert.Equal("1", (await RunAsync(machine, "DISPLAY=:0 XAUTHORITY=/run/vdi-desktop/xauthority xrandr --current | grep -c ' connected'; pgrep -c xfce4-panel >&2; true")).Trim());
        await RunningVdi.ScreenshotAsync(page, "application");
        await page.Keyboard.TypeAsync("exit\n");
        await page.GetByTestId("panel-app-closed").WaitForAsync(new() { Timeout = 30_000 });
        await RunningVdi.ScreenshotAsync(page, "application-closed");
        await Eventually.HoldsAsync(() => Task.FromResult(!machine.IsAlive), "its machine is gone", 60);
    }

    private async Task CrashAndStartAgainAsync(Person person)
    {
        var page = person.Page;
        await ReadyAsync();
        await page.GetByTestId("app-again").ClickAsync();
        await Person.PictureAsync(page);
        await page.WaitForFunctionAsync("title => document.title.startsWith(title)", TestApps.Title);
        var machine = await MachineAsync();
        await RunAsync(machine, "pkill -SEGV -x xterm");
        await page.GetByTestId("panel-app-failed").WaitForAsync(new() { Timeout = 30_000 });
        Assert.Contains("signal", await page.GetByTestId("app-output").InnerTextAsync(), StringComparison.Ordinal);
        await RunningVdi.ScreenshotAsync(page, "application-failed");
    }

    private async Task VisitAsync(string secret)
    {
        await ReadyAsync();
        await using var context = await fixture.Vdi.Browser.NewContextAsync(new() { ViewportSize = new() { Width = 1000, Height = 700 }, Locale = "ko-KR" });
        var page = await context.NewPageAsync();
        await page.GotoAsync($"{fixture.Vdi.Address}/app/{App}#{secret}");
        await Person.PictureAsync(page);
        Assert.Empty(await context.CookiesAsync());
        await page.WaitForFunctionAsync("title => document.title.startsWith(title)", TestApps.Title);
        await RunningVdi.ScreenshotAsync(page, "application-visitor");

        // It was good for one use.
        var second = await context.NewPageAsync();
        await second.GotoAsync($"{fixture.Vdi.Address}/app/{App}#{secret}");
        await Assertions.Expect(second.GetByTestId("link-refused")).ToHaveAttributeAsync("data-code", "link-used-up");
        Assert.Equal(0, await second.GetByTestId("screen").CountAsync());
        await RunningVdi.ScreenshotAsync(second, "application-link-used-up");
    }

    private Task ReadyAsync() => Eventually.HoldsAsync(
        () => fixture.Vdi.QueryAsync(db => db.Machines.AnyAsync(machine => machine.PoolId == App && machine.State == MachineState.Ready && !machine.Touched)),
        "a machine of the application is ready",
        600);

    private async Task<Machine> MachineAsync()
    {
        var sessions = await fixture.Vdi.QueryAsync(db => db.Sessions.AsNoTracking().Where(session => session.PoolId == App && session.Released == null).ToListAsync());
        return (Machine)fixture.Vdi.Host.FindMachine(sessions.Single().MachineId!.Value)!;
    }

    private static async Task<string> RunAsync(Machine machine, string script) => (await machine.Agent!.RunAsync("/bin/sh", ["-c", script], TimeSpan.FromSeconds(30), default)).Output;
}
