using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;
using Vdi.Emulator;
using Vdi.Emulator.Machines;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;

namespace Vdi.Benchmarks;

/// <summary>deploy/bench app: applications that the image itself tells of, published and opened in Chromium as people open them. From the click on Open to
/// a picture of the application that answered a key.</summary>
internal static class AppBenchmark
{
    private const int Rounds = 20;
    private const int ColdRounds = 5;
    private const string Cold = "cold";

    /// <summary>Entries of the desktop image, and the names they are published under; the first is measured.</summary>
    private static readonly (string Entry, string Id)[] Wanted = [("org.xfce.mousepad", "editor"), ("firefox-esr", "browser"), ("xfce4-terminal", "terminal"), ("thunar", "files"), ("org.gnome.Evince", "pdf")];

    public static async Task<List<Figure>> RunAsync(StateFolder installed)
    {
        await InstalledImages.TemplateAsync(installed, "desktop");
        await using var vdi = await RunningVdi.StartAsync("desktop", warm: 0, new TestImages(installed.Images, installed.Templates));
        await using var context = await vdi.Browser.NewContextAsync(new BrowserNewContextOptions { ViewportSize = new() { Width = 1280, Height = 800 }, Locale = "en-US" });
        var page = await context.NewPageAsync();
        await vdi.SignInAsync(page, "a password of my own");
        await PublishAsync(page);
        Console.Error.WriteLine("making the templates of the applications");
        var seen = new List<double>();
        var memory = new List<double>();
        foreach (var (_, id) in Wanted)
        {
            await ReadyAsync(vdi, id);
            await OpenAsync(page, id);
            await page.WaitForTimeoutAsync(4000);
            await page.Mouse.MoveAsync(640, 500);
            await RunningVdi.ScreenshotAsync(page, $"app-{id}");
            seen.Add(1);
            memory.Add(await PrivateMiBAsync(vdi, id));
            await EndAsync(page, id);
        }

        var ready = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            await ReadyAsync(vdi, "editor");
            ready.Add(await AnswersAsync(page, "editor"));
            await EndAsync(page, "editor");
        }

        var cold = new List<double>();
        for (var round = 0; round < ColdRounds; round++)
        {
            cold.Add(await AnswersAsync(page, Cold));
            await EndAsync(page, Cold);
        }

        return [new Figure("app.ready", "s", ready), new Figure("app.cold", "s", cold), new Figure("app.discovered", "of 5", [seen.Sum()]), new Figure("app.memory", "MiB", memory)];
    }

    /// <summary>All that is wanted of what the image says that it has, and the first once more without a template.</summary>
    private static async Task PublishAsync(IPage page)
    {
        var found = (await AskAsync(page, "/api/images/desktop/apps", new { })).GetProperty("items").EnumerateArray().ToDictionary(app => app.GetProperty("entry").GetString()!);
        foreach (var (entry, id, open) in Wanted.Select(app => (app.Entry, app.Id, true)).Append((Wanted[0].Entry, Cold, false)))
        {
            var app = found[entry];
            await AskAsync(page, "/api/pools", new
            {
                id,
                settings = new
                {
                    name = app.GetProperty("name").GetString() + (open ? "" : " (cold)"),
                    image = "desktop",
                    app = new { command = app.GetProperty("command"), arguments = app.GetProperty("arguments"), fileTypes = app.GetProperty("fileTypes"), icon = app.GetProperty("icon"), open },
                    access = new[] { new { kind = "role", name = "user" }, new { kind = "role", name = "administrator" } },
                    policy = new { warm = new { count = open ? 1 : 0 }, maximum = 2 },
                },
            });
        }
    }

    private static async Task<JsonElement> AskAsync(IPage page, string path, object body)
    {
        var answer = await page.EvaluateAsync<JsonElement>("async ([path, body]) => { const answer = await fetch(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body }); return { ok: answer.ok, body: await answer.json() }; }", new[] { path, JsonSerializer.Serialize(body) });
        return answer.GetProperty("ok").GetBoolean() ? answer.GetProperty("body") : throw new InvalidOperationException($"{path}: {answer.GetProperty("body")}");
    }

    /// <summary>Seconds from the click to a picture that a key changed.</summary>
    private static async Task<double> AnswersAsync(IPage page, string id)
    {
        var began = await OpenAsync(page, id);
        if (id == Cold)
        {
            // The desktop of before is on the screen until the application is.
            await page.WaitForFunctionAsync("() => document.title.includes('Mousepad') && document.title.includes('ntitled')", null, new() { Timeout = 120_000 });
        }

        var before = await Person.PictureHashAsync(page);
        while (await Person.PictureHashAsync(page) == before)
        {
            await page.Keyboard.PressAsync("a");
            var pressed = Stopwatch.GetTimestamp();
            while (await Person.PictureHashAsync(page) == before && Stopwatch.GetElapsedTime(pressed).TotalSeconds < 1)
            {
                await Task.Delay(10);
            }
        }

        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    /// <returns>When it was clicked.</returns>
    private static async Task<long> OpenAsync(IPage page, string id)
    {
        var open = page.GetByTestId($"desktop-open-{id}");
        await Assertions.Expect(open).ToBeEnabledAsync(new() { Timeout = 30_000 });
        var began = Stopwatch.GetTimestamp();
        await open.ClickAsync();
        await Assertions.Expect(page.GetByTestId("screen")).ToHaveAttributeAsync("data-first-frame-ms", new System.Text.RegularExpressions.Regex(@"^\d"), new() { Timeout = 120_000 });
        return began;
    }

    private static async Task EndAsync(IPage page, string id)
    {
        await DeskTools.OpenAsync(page);
        await page.GetByTestId("session-end").ClickAsync();
        await page.GetByTestId("confirm-end").ClickAsync();
        await page.GetByTestId($"desktop-card-{id}").WaitForAsync();
    }

    /// <summary>Pages of the machine that are its own, and not its template's.</summary>
    private static async Task<double> PrivateMiBAsync(RunningVdi vdi, string id)
    {
        var machine = await vdi.QueryAsync(db => db.Sessions.Where(session => session.PoolId == id && session.Released == null).Select(session => session.MachineId).SingleAsync());
        var process = ((Machine)vdi.Host.FindMachine(machine!.Value)!).Process;
        return double.Parse(File.ReadLines($"/proc/{process.Pid}/status").First(line => line.StartsWith("RssAnon:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }

    private static Task ReadyAsync(RunningVdi vdi, string id) => Eventually.HoldsAsync(
        () => vdi.QueryAsync(db => db.Machines.AnyAsync(machine => machine.PoolId == id && machine.State == MachineState.Ready && !machine.Touched)),
        $"a machine of '{id}' is ready",
        1800);
}
