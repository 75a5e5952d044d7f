using System.Buffers.Text;
using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Microsoft.Playwright;
using Vdi.Emulator;
using Vdi.Emulator.Machines;
using Vdi.Protocol.Wire;
using Vdi.TestSupport;

namespace Vdi.Benchmarks;

/// <summary>deploy/bench recover: a killed server, a lost line, a database that is away, a ticket that a thousand show.
/// The server is a process of its own over PostgreSQL; Chromium reaches it through a TCP proxy.</summary>
internal static class RecoverBenchmark
{
    private const int Kills = 5;
    private const int Drops = 20;
    private static readonly TimeSpan DropTime = TimeSpan.FromSeconds(10);
    private static readonly float Patience = 120_000;

    public static async Task<List<Figure>> RunAsync(StateFolder installed, string image)
    {
        await InstalledImages.TemplateAsync(installed, image);
        await using var database = await PostgreSqlServer.StartAsync();
        var environment = new Dictionary<string, string> { ["VDI_POSTGRES"] = database.ConnectionString };
        await using var vdi = await VdiProcess.StartAsync(image, warm: 1, installed.Images, installed.Templates, environment: environment);
        await using var line = new TcpProxy(new IPEndPoint(IPAddress.Loopback, vdi.Port));
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await RunningVdi.LaunchBrowserAsync(playwright);
        var page = await browser.NewPageAsync(new() { ViewportSize = new() { Width = 1280, Height = 800 }, Locale = "en-US" });
        var address = $"http://localhost:{line.Port}";
        var visitor = new Visitor(page, address);
        await visitor.SignInAsync(vdi.Password, "a password of my own");
        var screen = await visitor.OpenAsync();
        await Task.Delay(3000);

        var accepted = await RaceAsync(page, address);
        await page.ReloadAsync();
        await ConnectedAsync(screen);
        await Task.Delay(2000);

        var kills = await KillAsync(vdi, page, screen);
        var drops = await DropAsync(line, page, screen);
        await database.EndAsync();
        var withoutDatabase = await DropAsync(line, page, screen);
        return
        [
            new Figure("recover.kill", "s", kills),
            new Figure("recover.drop", "s", drops),
            new Figure("recover.nodb", "s", withoutDatabase),
            new Figure("ticket.race", "accepted", [accepted]),
        ];
    }

    /// <summary>From kill -9 until the desktop is back in the browser; the QEMU processes must be the same.</summary>
    private static async Task<List<double>> KillAsync(VdiProcess vdi, IPage page, ILocator screen)
    {
        var seconds = new List<double>();
        for (var round = 0; round < Kills; round++)
        {
            var (pids, picture) = (Pids(vdi), await Person.PictureHashAsync(page));
            var began = Stopwatch.GetTimestamp();
            await vdi.KillAsync();
            await Assertions.Expect(screen).ToHaveAttributeAsync("data-state", "reconnecting", new() { Timeout = Patience });
            await vdi.StartAsync();
            await ConnectedAsync(screen);
            await SameAsync(page, picture);
            seconds.Add(Stopwatch.GetElapsedTime(began).TotalSeconds);
            if (!pids.IsSubsetOf(Pids(vdi)))
            {
                throw new InvalidOperationException("A machine did not survive the kill");
            }

            await Task.Delay(3000);
        }

        return seconds;
    }

    /// <summary>From the line's being back until the same picture is, without a sign-in.</summary>
    private static async Task<List<double>> DropAsync(TcpProxy line, IPage page, ILocator screen)
    {
        var seconds = new List<double>();
        for (var round = 0; round < Drops; round++)
        {
            var picture = await Person.PictureHashAsync(page);
            await line.RefuseNewAsync();
            line.Reset();
            await Assertions.Expect(screen).ToHaveAttributeAsync("data-state", "reconnecting", new() { Timeout = Patience });
            await Task.Delay(DropTime);
            var began = Stopwatch.GetTimestamp();
            line.Listen();
            await ConnectedAsync(screen);
            await SameAsync(page, picture);
            seconds.Add(Stopwatch.GetElapsedTime(began).TotalSeconds);
            await Task.Delay(1000);
        }

        return seconds;
    }

    /// <summary>How many of a thousand connections that show one ticket at once are let in.</summary>
    private static async Task<int> RaceAsync(IPage page, string address)
    {
        var session = page.Url.Split('/')[^1];
        var answer = await page.EvaluateAsync<JsonElement>("async id => (await fetch(`/api/sessions/${id}/ticket`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' })).json()", session);
        var (hub, ticket) = (answer.GetProperty("hub").GetString()!, Base64Url.DecodeFromChars(answer.GetProperty("ticket").GetString()));
        var clients = await Task.WhenAll(Enumerable.Range(0, 1000).Select(async _ =>
        {
            try
            {
                return await DesktopClient.ConnectAsync(address, hub, CredentialKind.Ticket, ticket);
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                return null;
            }
        }));
        foreach (var client in clients.OfType<DesktopClient>())
        {
            await client.DisposeAsync();
        }

        return clients.Count(client => client is not null);
    }

    private static Task ConnectedAsync(ILocator screen) => Assertions.Expect(screen).ToHaveAttributeAsync("data-state", "connected", new() { Timeout = Patience });

    private static Task SameAsync(IPage page, string picture) => Eventually.HoldsAsync(async () => await Person.PictureHashAsync(page) == picture, "the same picture is back", 60);

    private static HashSet<int> Pids(VdiProcess vdi) =>
        [.. Directory.EnumerateDirectories(vdi.State.Machines).Select(MachineRecord.TryRead).OfType<MachineRecord>().Where(record => record.Complete).Select(record => record.Pid)];
}
