using System.Globalization;
using Microsoft.Playwright;
using Vdi.Benchmarks.Display.Peers;
using Vdi.Emulator.Machines;
using Vdi.TestSupport;

namespace Vdi.Benchmarks.Latency;

/// <summary>From a key's press in a browser until the canvas there has changed: our server, hub and page with a machine forked from a template of the
/// boot sector; and QEMU's own VNC server with noVNC, in a second browser. Both on this computer, measured by turns.</summary>
internal static class KeyLatency
{
    private const int Turns = 4;
    private const int Presses = 50;
    private static readonly TimeSpan BootDeadline = TimeSpan.FromSeconds(60);

    public static async Task<List<Figure>> MeasureAsync(TemporaryState state, MachineDefinition machine)
    {
        var template = await new TestEmulator(state.Folder).Templates.BuildAsync(machine, "tcg", BootDeadline, null, default);
        await using var vdi = await RunningVdi.StartWithTemplateAsync(template);
        await using var person = await vdi.NewPersonAsync();
        await person.OpenDesktopAsync();
        await person.Context.AddInitScriptAsync(scriptPath: KeySubject.Stopwatch);
        await person.ComeBackAsync();
        await person.Screen.FocusAsync();
        var ours = new KeySubject(person.Page, "[data-testid=screen] canvas");
        if (!NoVncSite.IsInstalled)
        {
            Console.Error.WriteLine("noVNC is left out: its npm package is not installed");
            await ours.MeasureAsync(Turns * Presses);
            return [.. Figures("", ours)];
        }

        await using var site = await NoVncSite.StartAsync();
        var port = ServerProcess.FreePort().ToString(CultureInfo.InvariantCulture);
        await using var guest = await BareGuest.StartAsync(
            machine.Disk, Path.Combine(state.Folder.Root, "novnc"), "-display", "none", "-vnc", $"unix:{Path.Combine(state.Folder.Root, "vnc")},websocket=127.0.0.1:{port}");
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await RunningVdi.LaunchBrowserAsync(playwright);
        var page = await browser.NewPageAsync(new() { ViewportSize = new() { Width = 1280, Height = 800 }, Locale = "en-US" });
        page.PageError += (_, error) => Console.Error.WriteLine($"noVNC's page: {error}");
        await page.AddInitScriptAsync(scriptPath: KeySubject.Stopwatch);
        await page.GotoAsync($"{site.Address}/novnc.html?port={port}");
        await page.Locator("body[data-state=connected]").WaitForAsync();
        var theirs = new KeySubject(page, "#screen canvas");
        for (var turn = 0; turn < Turns; turn++)
        {
            await ours.MeasureAsync(Presses);
            await theirs.MeasureAsync(Presses);
        }

        List<Figure> figures = [.. Figures("", ours), .. Figures(".novnc", theirs)];
        var (mine, other) = (figures[0], figures[2]);
        return [.. figures, new Figure("latency.key.ratio", "ratio", [mine.P50 / other.P50]), new Figure("latency.key.ratio.p95", "ratio", [mine.P95 / other.P95])];
    }

    private static IEnumerable<Figure> Figures(string suffix, KeySubject subject) =>
        [new($"latency.key{suffix}", "ms", subject.Pixels), new($"latency.key.arrived{suffix}", "ms", subject.Messages)];
}
