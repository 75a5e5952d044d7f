using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;
using Vdi.Broker.Sessions;
using Vdi.Emulator.Machines;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;

namespace Vdi.EndToEnd.Tests;

[Collection(TinyCollection.Name)]
public sealed class FirstDesktopTests(TinyVdi fixture)
{
    private readonly RunningVdi _vdi = fixture.Vdi;
    private const string OwnPassword = "a password of my own";

    [Fact]
    public async Task Person_signs_in_types_in_the_desktop_and_ends_it()
    {
        await using var context = await _vdi.Browser.NewContextAsync(new BrowserNewContextOptions { ViewportSize = new() { Width = 1280, Height = 800 }, Locale = "en-US" });
        var page = await context.NewPageAsync();
        var errors = new List<string>();
        page.PageError += (_, error) => errors.Add(error);
        page.Console += (_, message) =>
        {
            if (message.Type == "error" && message.Text.Contains("Content Security Policy", StringComparison.Ordinal))
            {
                errors.Add(message.Text);
            }
        };

        await _vdi.SignInAsync(page, OwnPassword);
        await RunningVdi.ScreenshotAsync(page, "start-page");

        // Open the desktop as soon as one is ready.
        var open = page.GetByTestId("desktop-open-desktops");
        await Assertions.Expect(open).ToBeEnabledAsync(new() { Timeout = 600_000 });
        await _vdi.MachineReadyAsync(600);
        await open.ClickAsync();
        var screen = page.GetByTestId("screen");
        await Assertions.Expect(screen).ToHaveAttributeAsync("data-state", "connected", new() { Timeout = 30_000 });
        await Eventually.HoldsAsync(async () => int.Parse(await screen.GetAttributeAsync("data-frames") ?? "0", System.Globalization.CultureInfo.InvariantCulture) > 0, "a frame is painted");
        await RunningVdi.ScreenshotAsync(page, "desktop");

        // Real key events reach the guest, and the guest's own file proves it.
        var session = await _vdi.QueryAsync(db => db.Sessions.SingleAsync(candidate => candidate.Released == null));
        var machine = (Machine)_vdi.Host.FindMachine(session.MachineId!.Value)!;
        await page.Mouse.ClickAsync(500, 400);
        await TypeAsync(page, "echo Vdi 42 > /tmp/proof; ls /\n");
        await Task.Delay(1500);
        await RunningVdi.ScreenshotAsync(page, "desktop-typed");
        await Eventually.HoldsAsync(
            async () => (await machine.Agent!.RunAsync("/bin/cat", ["/tmp/proof"], TimeSpan.FromSeconds(10), default)).Output == "Vdi 42\n",
            "the guest wrote the file that was typed",
            30);

        // Ending it destroys the machine and makes a new one.
        await DeskTools.OpenAsync(page);
        await page.GetByTestId("session-end").ClickAsync();
        await page.GetByTestId("confirm-end").ClickAsync();
        await Eventually.HoldsAsync(() => Task.FromResult(!machine.Process.IsAlive), "the machine's process ended");
        await Eventually.HoldsAsync(() => Task.FromResult(!Directory.Exists(Path.Combine(_vdi.State.Machines, machine.Id.ToString("N")))), "the machine's files are gone");
        await Eventually.HoldsAsync(() => _vdi.QueryAsync(db => db.Machines.AnyAsync(other => other.State == MachineState.Ready && other.Id != machine.Id)), "a new machine is ready", 60);
        await Eventually.HoldsAsync(() => _vdi.QueryAsync(db => db.Sessions.AnyAsync(ended => ended.Id == session.Id && ended.State == SessionState.Ended)), "the session is ended");
        Assert.Empty(errors);
    }

    /// <summary>Presses Shift where a US keyboard needs it, as a person does.</summary>
    private static async Task TypeAsync(IPage page, string text)
    {
        foreach (var letter in text)
        {
            await page.Keyboard.PressAsync(letter switch
            {
                '\n' => "Enter",
                '>' => "Shift+Period",
                >= 'A' and <= 'Z' => $"Shift+Key{letter}",
                _ => letter.ToString(),
            });
        }
    }
}
