using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Vdi.Emulator;
using Vdi.Emulator.Fakes;
using Vdi.Emulator.Machines;
using Vdi.Host.Desktops;
using Vdi.Protocol.Fleet;
using Vdi.Protocol.Wire;
using Vdi.TestSupport;

namespace Vdi.Host.Tests.Desktops;

/// <summary>The host role alone on a port of its own, over machines that do not exist; the broker is whoever holds this.
/// Another one over the same state and computer is the same host after a restart.</summary>
internal sealed class RunningHost : IAsyncDisposable
{
    public const Rights All = Rights.View | Rights.Input;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<FleetMessage> _heard = new();
    private readonly InProcessFleetLink _broker;
    private readonly WebApplication _app;
    private readonly List<DesiredMachine> _desired = [];
    private Task _hearing = Task.CompletedTask;

    private RunningHost(InProcessFleetLink broker, WebApplication app) => (_broker, _app) = (broker, app);

    public string Address => _app.Urls.Single();

    public HostAgent Agent => _app.Services.GetRequiredService<HostAgent>();

    public static string Hub => "/h/local/hub/desktop";

    public IReadOnlyList<FleetMessage> Heard => [.. _heard];

    /// <summary>Sessions that somebody looks at, as the host said last.</summary>
    public IReadOnlyList<Guid> Viewed => _heard.OfType<ActualState>().Last().Viewed;

    /// <param name="reports">Whether to wait until the host has said what there is.</param>
    public static async Task<RunningHost> StartAsync(StateFolder state, IHypervisor hypervisor, HostOptions options, bool reports = true)
    {
        var (broker, link) = InProcessFleetLink.Create();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services
            .AddSingleton(TimeProvider.System)
            .AddSingleton(state)
            .AddSingleton(options)
            .AddSingleton(hypervisor)
            .AddSingleton<IFleetLink>(link)
            .AddHost();
        var app = builder.Build();
        app.UseWebSockets();
        app.MapHost();
        var host = new RunningHost(broker, app);
        await app.StartAsync();
        host._hearing = host.HearAsync();
        if (reports)
        {
            await Eventually.HoldsAsync(() => Task.FromResult(host._heard.OfType<ActualState>().Any()), "the host reports");
        }

        return host;
    }

    public static FakeComputer Computer() => new() { ForkTime = TimeSpan.FromMilliseconds(5), SettleTime = TimeSpan.FromMilliseconds(5) };

    /// <summary>Desires one more machine.</summary>
    public async Task<DesiredMachine> DesireAlsoAsync(Guid id)
    {
        var wanted = new DesiredMachine(id, "desktop", 1, Create: true, PoolNetwork.Isolated("pool"));
        _desired.Add(wanted);
        await SayAsync(new DesiredState([.. _desired]));
        return wanted;
    }

    /// <summary>A machine that is ready.</summary>
    public async Task<Guid> MachineAsync()
    {
        var wanted = await DesireAlsoAsync(Guid.NewGuid());
        await Eventually.HoldsAsync(
            () => Task.FromResult(_heard.OfType<ActualState>().Last().Machines.Any(machine => machine.Machine == wanted.Machine && machine.State == MachineState.Ready)),
            "the machine is ready");
        return wanted.Machine;
    }

    public async Task SayAsync(FleetMessage message) => await _broker.SendAsync(message, default);

    /// <summary>Desires no machine any more.</summary>
    public Task DesireNothingAsync()
    {
        _desired.Clear();
        return SayAsync(new DesiredState([]));
    }

    public Task EpochIsAsync(Guid machine, long epoch) => Eventually.HoldsAsync(
        () => Task.FromResult(_heard.OfType<ActualState>().Last().Machines.Any(actual => actual.Machine == machine && actual.Epoch == epoch)), "the host knows the epoch");

    public Task GoneAsync(Guid machine) => Eventually.HoldsAsync(
        () => Task.FromResult(_heard.OfType<ActualState>().Last().Machines.All(actual => actual.Machine != machine)), "the machine is gone");

    public static Admit AdmitTo(Guid machine) =>
        new("", Guid.NewGuid(), machine, 1, $"somebody-{Guid.NewGuid():N}", "Desktop", All, TimeProvider.System.GetUtcNow().AddSeconds(60));

    /// <summary>A ticket that the host has taken note of; to show it is to come in.</summary>
    public async Task<byte[]> TicketAsync(Admit admit)
    {
        var secret = RandomNumberGenerator.GetBytes(Hello.SecretLength);
        Assert.Null((await AdmitAsync(admit with { TicketHash = Admissions.HashOf(secret) })).Refusal);
        return secret;
    }

    public async Task<Admitted> AdmitAsync(Admit admit)
    {
        await SayAsync(admit);
        Admitted? answer = null;
        await Eventually.HoldsAsync(() => Task.FromResult((answer = _heard.OfType<Admitted>().FirstOrDefault(admitted => admitted.TicketHash == admit.TicketHash)) is not null), "the host answers");
        return answer!;
    }

    /// <summary>Comes in with a fresh ticket.</summary>
    public async Task<DesktopClient> OpenAsync(Admit admit) => await ComeAsync(CredentialKind.Ticket, await TicketAsync(admit));

    public Task<DesktopClient> ComeAsync(CredentialKind kind, byte[] secret) => DesktopClient.ConnectAsync(Address, Hub, kind, secret);

    public Task<HubLine> LineAsync(Action<Microsoft.AspNetCore.Http.Connections.Client.HttpConnectionOptions>? configure = null, string query = "") =>
        HubLine.ConnectAsync(Address + Hub + query, configure);

    /// <summary>How often the host said this of a session.</summary>
    public int Reports(Guid session, ViewState state) => _heard.OfType<SessionReport>().Count(report => report.Session == session && report.State == state);

    public Task ReportedAsync(Guid session, ViewState state) => Eventually.HoldsAsync(() => Task.FromResult(Reports(session, state) > 0), $"the host reports {state}");

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        await _stop.CancelAsync();
        await _hearing.ContinueWith(_ => { }, TaskScheduler.Default);
        _stop.Dispose();
    }

    private async Task HearAsync()
    {
        await foreach (var message in _broker.ReceiveAsync(_stop.Token))
        {
            _heard.Enqueue(message);
        }
    }
}
