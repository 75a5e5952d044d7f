using System.Buffers.Text;
using System.Security.Cryptography;
using Vdi.Display.Recording;
using Vdi.Emulator;
using Vdi.Emulator.Machines;
using Vdi.Host;
using Vdi.Host.Desktops;
using Vdi.Host.Traces;
using Vdi.Protocol;
using Vdi.Protocol.Fleet;
using Vdi.Protocol.Wire;
using Vdi.Server.Web;
using HostOptions = Vdi.Host.HostOptions;

namespace Vdi.Server.Replays;

/// <summary>A recorded screen for a browser on this computer: the host role over a machine that is the recording, the web client, and in the
/// broker's place whoever holds the link. The hub's path is told at /api/replay, the ticket is in the link's fragment, which browsers do not
/// send; it gives the right to look, once, and when somebody left there is a new one.</summary>
internal sealed class ReplayServer : IAsyncDisposable
{
    /// <summary>A person carries the link from a terminal to a browser.</summary>
    private static readonly TimeSpan LinkIsGood = TimeSpan.FromMinutes(10);
    private readonly string _folder = Directory.CreateTempSubdirectory("vdi-replay-").FullName;
    private readonly Guid _machine = Guid.NewGuid();
    private readonly Guid _session = Guid.NewGuid();
    private readonly ReplayHypervisor _recording;
    private readonly IFleetLink _host;
    private readonly WebApplication _app;
    private readonly string _title;
    private string _secret = "";

    private ReplayServer(string file, bool loops, int port)
    {
        (_title, _recording) = (Path.GetFileName(file), new ReplayHypervisor(file, loops));
        (_host, var link) = InProcessFleetLink.Create();
        var (state, options) = (new StateFolder(_folder), new HostOptions());
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory, Args = [] });
        builder.AddListening(new VdiServerOptions(state, $"http://127.0.0.1:{port}", _title, 1));
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(TimeProvider.System).AddSingleton(state).AddSingleton(options).AddSingleton<IHypervisor>(_recording).AddSingleton<IFleetLink>(link).AddHost();
        _app = builder.Build();
        _app.UseSecureHeaders();
        _app.UseKnownHostsOnly();
        _app.UseOwnOriginOnly();
        _app.UseWebSockets();
        _app.MapHost();
        _app.MapGet("/api/replay", () => new { hub = $"/h/{options.Id}/hub/desktop", name = _title });
        _app.Map("/api/{**rest}", () => Results.NotFound());
        _app.MapWebClient();
    }

    /// <summary>Serves until <paramref name="stop"/>.</summary>
    /// <param name="port">On loopback; 0 for any that is free.</param>
    /// <param name="link">Told each link as it becomes good.</param>
    /// <exception cref="ProtocolException">The file is no trace, or is damaged.</exception>
    public static async Task RunAsync(string file, bool loops, int port, Action<string> link, CancellationToken stop)
    {
        if (!await ReplaySource.IsTraceAsync(file, stop))
        {
            throw new ProtocolException($"{file} is not a trace of this version: record one with vdi trace record");
        }

        await using var server = new ReplayServer(Path.GetFullPath(file), loops, port);
        await server._app.StartAsync(stop);
        try
        {
            await server.LeadAsync(link, stop);
        }
        finally
        {
            await server.SayGoodbyeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>What a broker does: desires the machine, admits to it, and hears what becomes of both.</summary>
    private async Task LeadAsync(Action<string> link, CancellationToken stop)
    {
        await _host.SendAsync(new DesiredState([new DesiredMachine(_machine, _title, 1, Create: true, PoolNetwork.Isolated("replay"))]), stop);
        var ready = false;
        await foreach (var message in _host.ReceiveAsync(stop))
        {
            switch (message)
            {
                case ActualState actual when actual.Machines.FirstOrDefault(machine => machine.Machine == _machine) is { } machine:
                    if (machine.State == MachineState.Failed)
                    {
                        throw new ProtocolException(machine.Reason);
                    }

                    if (!ready && machine.State == MachineState.Ready)
                    {
                        ready = true;
                        await AdmitAsync(stop);
                    }

                    break;
                case Admitted { Refusal: null }:
                    link($"{_app.Urls.Single()}/replay#{_secret}");
                    break;
                case SessionReport { State: ViewState.Connected }:
                    _recording.Begin();
                    break;
                case SessionReport { State: ViewState.Disconnected }:
                    await AdmitAsync(stop);
                    break;
            }
        }
    }

    private async Task AdmitAsync(CancellationToken stop)
    {
        var secret = RandomNumberGenerator.GetBytes(Hello.SecretLength);
        _secret = Base64Url.EncodeToString(secret);
        await _host.SendAsync(new Admit(Admissions.HashOf(secret), _session, _machine, 1, "replay", _title, Rights.View, TimeProvider.System.GetUtcNow() + LinkIsGood), stop);
    }

    /// <summary>Whoever looks is told that it is over, and does not wait for this server to come back.</summary>
    private async Task SayGoodbyeAsync()
    {
        await _host.SendAsync(new Revoke(_session, ByeReason.SessionEnded, "The replay was stopped"), CancellationToken.None);
        await Task.Delay(TimeSpan.FromMilliseconds(300), CancellationToken.None);
    }
}
