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

        await vdi.KillAsync();
        await Assertions.Expect(screen).ToHaveAttributeAsync("data-state", "reconnecting", new() { Timeout = 30_000 });
        Assert.All(before, machine => Assert.True(machine.Process!.IsAlive, "a machine ended with the server"));
        await vdi.StartAsync();
        await Assertions.Expect(screen).ToHaveAttributeAsync("data-state", "connected", new() { Timeout = 60_000 });

        // The same processes, the same session, and the desktop answers.
        Assert.Superset(before.Select(machine => machine.Pid).ToHashSet(), Records(vdi).Select(machine => machine.Pid).ToHashSet());
        var frames = await person.FramesAsync();
        await page.Mouse.ClickAsync(500, 400);
        await page.Keyboard.TypeAsync("ls");
        await Eventually.HoldsAsync(async () => await person.FramesAsync() > frames, "the desktop answers a key", 30);
        Assert.Contains("taken up again", vdi.Log, StringComparison.Ordinal);
    }

    private static List<MachineRecord> Records(VdiProcess vdi) =>
        [.. Directory.EnumerateDirectories(vdi.State.Machines).Select(MachineRecord.TryRead).OfType<MachineRecord>().Where(record => record.Complete)];
}
