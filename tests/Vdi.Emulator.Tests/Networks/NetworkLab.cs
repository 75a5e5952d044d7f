using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Vdi.Emulator.Images;
using Vdi.Emulator.Machines;
using Vdi.Emulator.Networks;
using Vdi.Emulator.Templates;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;

namespace Vdi.Emulator.Tests.Networks;

/// <summary>Real guests of the tiny image, networks, and something to reach or not: made once for all tests of the collection.</summary>
public sealed class NetworkLab : IAsyncLifetime
{
    /// <summary>Two ports that are free on this computer, also for UDP where nothing is likely to listen.</summary>
    public static readonly int Port = FreePort();
    public static readonly int OtherPort = FreePort();
    private readonly TemporaryState _state = new();
    private readonly ConcurrentDictionary<Guid, Machine> _machines = new();
    private Template? _template;
    private Forker? _forker;

    public StateFolder State => _state.Folder;

    public MachineNetworks Networks { get; private set; } = null!;

    internal Outside Outside { get; private set; } = null!;

    /// <summary>Two machines of one pool with the internet.</summary>
    internal NetworkGuest One { get; private set; } = null!;

    internal NetworkGuest Two { get; private set; } = null!;

    /// <summary>A machine of another pool with the internet.</summary>
    internal NetworkGuest Other { get; private set; } = null!;

    /// <summary>The pool's settings as the tests begin and leave them.</summary>
    public static PoolNetwork Pool { get; } = new("lab", NetworkMode.Internet, [], [Outside.Internet.ToString()], null);

    /// <summary>Every IPv4 address of this computer, loopback aside.</summary>
    public static IReadOnlyList<IPAddress> HostAddresses => [.. NetworkInterface.GetAllNetworkInterfaces()
        .SelectMany(card => card.GetIPProperties().UnicastAddresses.Select(unicast => unicast.Address))
        .Where(address => address.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(address))];

    public async Task InitializeAsync()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return;
        }

        var images = await TestImages.Shared.ProvideAsync("tiny", _state);
        Networks = NewNetworks();
        var emulator = new TestEmulator(State);
        _forker = emulator.Forker;
        Outside = await Outside.MakeAsync();
        foreach (var address in (IPAddress[])[Outside.Internet, Outside.Private])
        {
            Outside.ListenTcp(address, Port);
            Outside.ListenTcp(address, OtherPort);
            Outside.ListenUdp(address, Port);
        }

        Outside.ListenTcp(IPAddress.Any, Port, onHost: true);
        Outside.ListenUdp(IPAddress.Any, Port, onHost: true);
        Outside.ListenDns(Outside.Internet, IPAddress.Parse("203.0.113.77"));
        _template = await emulator.Supply(images).GetAsync("tiny", size: null, app: null, null, default);
        var (one, two, other) = (ForkAsync(Pool), ForkAsync(Pool), ForkAsync(Pool with { Pool = "other" }));
        (One, Two, Other) = (await one, await two, await other);
    }

    public async Task DisposeAsync()
    {
        foreach (var machine in _machines.Values)
        {
            await machine.DestroyAsync(default);
            await Networks.ReleaseAsync(machine.Id, default);
        }

        if (Networks is not null)
        {
            await Networks.RemoveUnusedAsync([], default);
        }

        if (Outside is not null)
        {
            await Outside.DisposeAsync();
        }

        _state.Dispose();
    }

    public MachineNetworks NewNetworks() => new(State, TimeProvider.System, NullLogger<MachineNetworks>.Instance);

    /// <summary>The pool's namespace in the kernel.</summary>
    public string Namespace(PoolNetwork network) => PoolNames.Of(State, network.Pool).Namespace;

    /// <summary>Another machine, with its card plugged and, where it has one, its address there.</summary>
    internal async Task<NetworkGuest> ForkAsync(PoolNetwork network)
    {
        var began = Stopwatch.GetTimestamp();
        var machine = await ForkWithoutCardAsync();
        await machine.ConnectAgentAsync(TimeSpan.FromSeconds(60), default);
        var agent = Stopwatch.GetElapsedTime(began);
        var nic = await Networks.PlugAsync(machine.Qmp, machine.Id, network, GuestDrivers.Virtio, default);
        var plugged = Stopwatch.GetElapsedTime(began);
        var guest = new NetworkGuest(machine, nic);
        await guest.HasAddressAsync();
        var addressed = Stopwatch.GetElapsedTime(began);
        return guest with { Times = $"running {machine.Times.Running:0} ms, agent {agent.TotalMilliseconds:0} ms, plugged {plugged.TotalMilliseconds:0} ms, address {addressed.TotalMilliseconds:0} ms" };
    }

    public async Task<Machine> ForkWithoutCardAsync()
    {
        var machine = await _forker!.ForkAsync(_template!, Guid.NewGuid(), 1, network: null, default);
        _machines[machine.Id] = machine;
        return machine;
    }

    internal async Task EndAsync(NetworkGuest guest)
    {
        _machines.TryRemove(guest.Machine.Id, out _);
        await guest.Machine.DestroyAsync(default);
        await Networks.ReleaseAsync(guest.Machine.Id, default);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Any, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

[CollectionDefinition(Name)]
public sealed class NetworkCollection : ICollectionFixture<NetworkLab>
{
    public const string Name = "network";
}
