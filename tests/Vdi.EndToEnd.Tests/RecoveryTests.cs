using System.Net;
using Microsoft.Playwright;
using Vdi.Emulator.Machines;
using Vdi.TestSupport;

namespace Vdi.EndToEnd.Tests;

[Collection(TinyCollection.Name)]
public sealed class RecoveryTests(TinyVdi fixture)
{
    [Fact]
    public async Task Killed_server_finds_its_machines_again_and_the_browser_its_desktop()
    {
        await fixture.Vdi.MachineReadyAsync(600);
        await using var vdi = await VdiProcess.StartAsync("tiny", warm: 1, fixture.Vdi.State.Images, fixture.Vdi.State.Templates);
        await using var context = await fixture.Vdi.Browser.NewContextAsync(new BrowserNewContextOptions { ViewportSize = new() { Width = 1280, Height = 800 }, Locale = "en-US" });
        var page = await context.NewPageAsync();
        var person = new Visitor(page, vdi.Address);
        await person.SignInAsync(vdi.Password, "a password of my own");
        var screen = await person.OpenAsync();
        var before = Records(vdi);
        Assert.NotEmpty(before);
        var (address, picture) = (page.Url, await StillAsync(page));

        await vdi.KillAsync();
        await Assertions.Expect(screen).ToHaveAttributeAsync("data-state", "reconnecting", new() { Timeout = 30_000 });
        Assert.All(before, machine => Assert.True(machine.Process!.IsAlive, "a machine ended with the server"));
        await vdi.StartAsync();
        await Assertions.Expect(screen).ToHaveAttributeAsync("data-state", "connected", new() { Timeout = 60_000 });

        // The same processes, the same session, the same picture, and the desktop answers.
        Assert.Equal(address, page.Url);
        await Eventually.HoldsAsync(async () => await Person.PictureHashAsync(page) == picture, "the same picture is back", 30);
        Assert.Superset(before.Select(machine => machine.Pid).ToHashSet(), Records(vdi).Select(machine => machine.Pid).ToHashSet());
        var frames = await person.FramesAsync();
        await page.Mouse.ClickAsync(500, 400);
        await page.Keyboard.TypeAsync("ls");
        await Eventually.HoldsAsync(async () => await person.FramesAsync() > frames, "the desktop answers a key", 30);
        Assert.Contains("taken up again", vdi.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Desktop_comes_back_by_itself_while_the_database_is_away()
    {
        await fixture.Vdi.MachineReadyAsync(600);
        await using var database = await PostgreSqlServer.StartAsync();
        var environment = new Dictionary<string, string> { ["VDI_POSTGRES"] = database.ConnectionString };
        await using var vdi = await VdiProcess.StartAsync("tiny", warm: 1, fixture.Vdi.State.Images, fixture.Vdi.State.Templates, environment: environment);
        await using var line = new TcpProxy(new IPEndPoint(IPAddress.Loopback, vdi.Port));
        await using var context = await fixture.Vdi.Browser.NewContextAsync(new BrowserNewContextOptions { ViewportSize = new() { Width = 1280, Height = 800 }, Locale = "en-US" });
        var page = await context.NewPageAsync();
        var person = new Visitor(page, $"http://localhost:{line.Port}");
        await person.SignInAsync(vdi.Password, "a password of my own");
        var screen = await person.OpenAsync();
        var picture = await StillAsync(page);

        await database.EndAsync();
        for (var round = 0; round < 2; round++)
        {
            await line.RefuseNewAsync();
            line.Reset();
            await Assertions.Expect(screen).ToHaveAttributeAsync("data-state", "reconnecting", new() { Timeout = 30_000 });
            await Task.Delay(2_000);
            line.Listen();
            await Assertions.Expect(screen).ToHaveAttributeAsync("data-state", "connected", new() { Timeout = 30_000 });
            await Eventually.HoldsAsync(async () => await Person.PictureHashAsync(page) == picture, "the same picture is back", 30);
        }

        // And it is not only a picture.
        var frames = await person.FramesAsync();
        await page.Mouse.ClickAsync(500, 400);
        await page.Keyboard.TypeAsync("ls");
        await Eventually.HoldsAsync(async () => await person.FramesAsync() > frames, "the desktop answers a key", 30);
    }

    /// <summary>The hash of the picture, once it stands still.</summary>
    private static async Task<string> StillAsync(IPage page)
    {
        var picture = "";
        await Eventually.HoldsAsync(
            async () =>
            {
                var before = await Person.PictureHashAsync(page);
                await Task.Delay(1_000);
                return (picture = await Person.PictureHashAsync(page)) == before;
            },
            "the screen stands still",
            60);
        return picture;
    }

    private static List<MachineRecord> Records(VdiProcess vdi) =>
        [.. Directory.EnumerateDirectories(vdi.State.Machines).Select(MachineRecord.TryRead).OfType<MachineRecord>().Where(record => record.Complete)];
}
