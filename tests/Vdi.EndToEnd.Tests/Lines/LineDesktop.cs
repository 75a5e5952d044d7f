using System.Globalization;
using System.Net;
using Vdi.TestSupport;

namespace Vdi.EndToEnd.Tests.Lines;

/// <summary>One desktop whose page was opened through a line that can be made bad.</summary>
public sealed class LineDesktop(TinyVdi fixture) : IAsyncLifetime
{
    private const string Stop = "/tmp/still", Stopped = "/tmp/stopped", Painted = "/tmp/painted";

    public RunningVdi Vdi => fixture.Vdi;

    public TcpProxy Line { get; private set; } = null!;

    /// <summary>The address of the server through the line.</summary>
    public string Address => $"http://localhost:{Line.Port}";

    public Person Person { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Line = new TcpProxy(new IPEndPoint(IPAddress.Loopback, new Uri(Vdi.Address).Port));
        Person = await Vdi.NewPersonAsync(address: Address);
        await Person.OpenDesktopAsync();
    }

    public async Task DisposeAsync()
    {
        Line.Resume();
        Line.Listen();
        (Line.Up, Line.Down) = (new(), new());
        if (Person is not null)
        {
            await Person.DisposeAsync();
        }

        await Line.DisposeAsync();
    }

    /// <summary>A good line and the desktop on the page, whatever the test before left.</summary>
    public async Task MendAsync()
    {
        Line.Resume();
        Line.Listen();
        (Line.Up, Line.Down) = (new(), new());
        if (await Person.Screen.CountAsync() == 0 || await Person.Screen.GetAttributeAsync("data-state") != "connected")
        {
            await Person.ComeBackAsync();
        }
    }

    /// <summary>Lets a terminal over the whole screen of the guest fill with ever new text.</summary>
    public async Task BeginToPaintAsync()
    {
        await Person.InGuestAsync($"rm -f {Stop} {Stopped} {Painted}");
        await Person.AtGuestDesktopAsync(
            $"setsid xterm -maximized -e sh -c 'until test -e {Stop}; do head -c 3000 /dev/urandom | base64 -w 150; echo >>{Painted}; done; clear; touch {Stopped}; sleep 600' >/dev/null 2>&1 &");
    }

    /// <summary>How many times the guest has printed some twenty lines.</summary>
    public async Task<int> PaintedAsync() => int.Parse(await Person.InGuestAsync($"wc -l <{Painted}"), CultureInfo.InvariantCulture);

    /// <summary>Ends that; the screen stands still when it returns.</summary>
    public async Task StopPaintingAsync()
    {
        await Person.InGuestAsync($"touch {Stop}; while ! test -e {Stopped}; do sleep 0.05; done; sleep 1.5");
    }

    /// <summary>Closes the terminals; the guest's desktop opens its own again.</summary>
    public Task CleanAsync() => Person.InGuestAsync($"touch {Stop}; pkill xterm || true");

    /// <summary>A client without a browser on the person's session, through the line or past it.</summary>
    public async Task<DesktopClient> HeadlessAsync(bool throughLine)
    {
        var (hub, ticket) = await Person.TicketAsync();
        var client = await DesktopClient.ConnectAsync(throughLine ? Address : Vdi.Address, hub, Protocol.Wire.CredentialKind.Ticket, ticket);
        await Eventually.HoldsAsync(() => Task.FromResult(client.Frames > 0), "the first frame came");
        return client;
    }
}
