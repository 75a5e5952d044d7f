using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Vdi.Emulator.Machines;
using Vdi.Protocol.Fleet;

namespace Vdi.Emulator.Networks;

/// <summary>The networks of this host's machines. Isolated ones are QEMU's own; a pool with the internet has a network namespace, which
/// outlives this process together with its dnsmasq, like the machines. Every call may be repeated.</summary>
public sealed partial class MachineNetworks(StateFolder state, TimeProvider time, ILogger<MachineNetworks> log)
{
    private const string ForwardSwitch = "/proc/sys/net/ipv4/ip_forward";
    private static readonly TimeSpan Verify = TimeSpan.FromSeconds(5);
    private readonly ConcurrentDictionary<string, PoolNamespace> _pools = new();
    private readonly ConcurrentDictionary<string, (PoolNetwork Network, DateTimeOffset At)> _verified = new();
    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>Why this host cannot give machines the internet, and what to do about it; null where it can.</summary>
    public static string? WhyNoInternet()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return "Networks with the internet need root: run vdi as root, or set the pool's network to isolated";
        }

        var missing = NetworkTool.Needed.Where(tool => NetworkTool.Find(tool.Key) is null).ToList();
        if (missing.Count > 0)
        {
            return $"Networks with the internet need {string.Join(", ", missing.Select(tool => tool.Key))}: install {string.Join(" ", missing.Select(tool => tool.Value).Distinct())}";
        }

        return File.Exists(TapDevice.Device) ? null : $"Networks with the internet need {TapDevice.Device}: load the kernel module tun";
    }

    /// <summary>Plugs the machine's network card into root port 0 of a running fork; a card that is there already is returned as it is.
    /// What fails midway is taken back.</summary>
    public async Task<PluggedNic> PlugAsync(QmpClient qmp, Guid machine, PoolNetwork network, GuestDrivers drivers, CancellationToken stop)
    {
        if (await FindMacAsync(qmp, stop) is { } plugged)
        {
            return Find(machine)?.Machine is { } record && record.Mac == plugged ? record.Nic : new PluggedNic(plugged, null);
        }

        if (network.Mode == NetworkMode.Isolated)
        {
            return new PluggedNic(await IsolatedNetwork.PlugAsync(qmp, drivers, stop), null);
        }

        await using var undo = new UndoStack();
        var (nic, tap) = await MakeTapAsync(machine, network, null, undo, stop);
        using (tap)
        {
            await qmp.SendDescriptorAsync("net0", tap, stop);
            try
            {
                await qmp.CallAsync("netdev_add", new JsonObject { ["type"] = "tap", ["id"] = "net0", ["fd"] = "net0" }, stop);
            }
            catch (MachineException)
            {
                await qmp.CallAsync("closefd", new JsonObject { ["fdname"] = "net0" }, CancellationToken.None);
                throw;
            }

            undo.Push(async () => await qmp.CallAsync("netdev_del", new JsonObject { ["id"] = "net0" }, CancellationToken.None));
            await qmp.CallAsync("device_add", new JsonObject { ["driver"] = QemuArguments.NicModel(drivers), ["netdev"] = "net0", ["id"] = "nic0", ["bus"] = "port0", ["mac"] = nic.Mac }, stop);
        }

        undo.Keep();
        return nic.Nic;
    }

    /// <summary>What must be kept of a running machine's card so that it gets the same again; null where it has none.</summary>
    internal async Task<HeldNic?> HoldAsync(QmpClient qmp, Guid machine, CancellationToken stop) =>
        await FindMacAsync(qmp, stop) is { } mac ? new HeldNic(mac, Find(machine)?.Machine.Address.ToString()) : null;

    /// <summary>A card for a machine to start with.</summary>
    /// <param name="held">The one that it had before, if any: it is the same again where it can be.</param>
    internal async Task<StartingNic> StartAsync(Guid machine, PoolNetwork network, HeldNic? held, GuestDrivers drivers, UndoStack undo, CancellationToken stop)
    {
        if (network.Mode == NetworkMode.Isolated)
        {
            return new StartingNic(held?.Mac ?? IsolatedNetwork.NewMac(), null, drivers);
        }

        var (nic, tap) = await MakeTapAsync(machine, network, held is { Address: not null } ? held : null, undo, stop);
        return new StartingNic(nic.Mac, tap, drivers);
    }

    /// <summary>The card that a suspended machine had, for its QEMU to start with. Its address is the same unless somebody else got it
    /// meanwhile. Of the kind that it was: what was saved of it says so.</summary>
    internal async Task<StartingNic> PlugAgainAsync(Guid machine, HeldNic nic, PoolNetwork network, GuestDrivers drivers, UndoStack undo, CancellationToken stop)
    {
        if (nic.Address is null)
        {
            return new StartingNic(nic.Mac, null, drivers);
        }

        var (_, tap) = await MakeTapAsync(machine, network, nic, undo, stop);
        return new StartingNic(nic.Mac, tap, drivers);
    }

    /// <summary>Gives back what a machine had, after its QEMU ended; nothing happens where it had nothing.</summary>
    public Task ReleaseAsync(Guid machine, CancellationToken stop) => InTurnAsync(async () =>
    {
        if (Find(machine) is { } found)
        {
            await found.Pool.RemoveAsync(found.Machine, stop);
        }

        return true;
    }, stop);

    /// <summary>Takes up a machine that outlived an earlier process: its namespace and dnsmasq are brought back to what they were. Null for a
    /// machine that has no network of ours (an isolated one).</summary>
    public Task<PluggedNic?> AdoptAsync(Guid machine, CancellationToken stop) => InTurnAsync(async () =>
    {
        if (Find(machine) is not { } found || found.Pool.Network is not { } network || !await found.Pool.HasTapAsync(found.Machine, stop))
        {
            return null;
        }

        await EnsureAsync(found.Pool, network, stop);
        return found.Machine.Nic;
    }, stop);

    /// <summary>Brings the live network of a pool to changed settings; rules change in one transaction, and connections that are no longer
    /// allowed stop. A pool that became isolated is cut; one whose machines are all isolated has nothing to change. Cheap enough for
    /// every pass: what is unchanged is looked at every 5 s.</summary>
    public async Task ApplyAsync(PoolNetwork network, CancellationToken stop)
    {
        var pool = Pool(network.Pool);
        if (!pool.IsThere || (_verified.TryGetValue(network.Pool, out var last) && Same(last.Network, network) && time.GetUtcNow() - last.At < Verify))
        {
            return;
        }

        await InTurnAsync(async () =>
        {
            await EnsureAsync(pool, network, stop);
            return true;
        }, stop);
    }

    /// <summary>Takes down the networks of pools that are not in <paramref name="poolsInUse"/> and have no running machine any more.</summary>
    public Task RemoveUnusedAsync(IEnumerable<string> poolsInUse, CancellationToken stop) => InTurnAsync(async () =>
    {
        var kept = poolsInUse.Select(pool => PoolNames.Of(state, pool).Hash).ToHashSet();
        foreach (var hash in Hashes().Where(hash => !kept.Contains(hash)).ToList())
        {
            var (id, pool) = _pools.FirstOrDefault(known => known.Value.Names.Hash == hash) is { Key: { } known } entry ? (known, entry.Value) : (null, new PoolNamespace(state, new PoolNames(hash)));
            if (await pool.IsInUseAsync(stop))
            {
                continue;
            }

            await pool.RemoveAsync();
            if (id is not null)
            {
                _pools.TryRemove(id, out _);
                _verified.TryRemove(id, out _);
            }

            LogRemoved(hash);
        }

        return true;
    }, stop);

    private async Task<(PoolMachine, Microsoft.Win32.SafeHandles.SafeFileHandle)> MakeTapAsync(Guid machine, PoolNetwork network, HeldNic? held, UndoStack undo, CancellationToken stop)
    {
        if (WhyNoInternet() is { } why)
        {
            throw new MachineException(why);
        }

        return await InTurnAsync(async () =>
        {
            // A record without a card in QEMU is of a plug that was interrupted.
            if (Find(machine) is { } half)
            {
                await half.Pool.RemoveAsync(half.Machine, stop);
            }

            var pool = Pool(network.Pool);
            await EnsureAsync(pool, network, stop);
            undo.Push(async () => await ReleaseAsync(machine, CancellationToken.None));
            var added = await pool.AddAsync(machine, held, stop);
            return (added, await pool.OpenTapAsync(added, stop));
        }, stop);
    }

    private async Task EnsureAsync(PoolNamespace pool, PoolNetwork network, CancellationToken stop)
    {
        var before = pool.Problem;
        await pool.EnsureAsync(network, stop);
        if (pool.Problem is { } problem && problem != before)
        {
            LogProblem(problem);
        }

        if ((await File.ReadAllTextAsync(ForwardSwitch, stop)).Trim() == "0")
        {
            await File.WriteAllTextAsync(ForwardSwitch, "1", stop);
            LogForwarding();
        }

        _verified[network.Pool] = (network, time.GetUtcNow());
    }

    private PoolNamespace Pool(string pool) => _pools.GetOrAdd(pool, id => new PoolNamespace(state, PoolNames.Of(state, id)));

    private IEnumerable<string> Hashes() => Directory.Exists(state.Networks) ? Directory.EnumerateDirectories(state.Networks).Select(folder => Path.GetFileName(folder)) : [];

    private (PoolNamespace Pool, PoolMachine Machine)? Find(Guid machine)
    {
        foreach (var hash in Hashes())
        {
            var pool = new PoolNamespace(state, new PoolNames(hash));
            if (pool.Find(machine) is { } record)
            {
                return (pool.Network is { } network ? Pool(network.Pool) : pool, record);
            }
        }

        return null;
    }

    private async Task<T> InTurnAsync<T>(Func<Task<T>> work, CancellationToken stop)
    {
        await _turn.WaitAsync(stop);
        try
        {
            return await work();
        }
        finally
        {
            _turn.Release();
        }
    }

    private static async Task<string?> FindMacAsync(QmpClient qmp, CancellationToken stop)
    {
        var devices = await qmp.CallAsync("qom-list", new JsonObject { ["path"] = "/machine/peripheral" }, stop);
        return devices.EnumerateArray().Any(device => device.GetProperty("name").GetString() == "nic0")
            ? (await qmp.CallAsync("qom-get", new JsonObject { ["path"] = "/machine/peripheral/nic0", ["property"] = "mac" }, stop)).GetString()
            : null;
    }

    private static bool Same(PoolNetwork one, PoolNetwork other) => JsonSerializer.Serialize(one) == JsonSerializer.Serialize(other);

    [LoggerMessage(Level = LogLevel.Warning, Message = "net.ipv4.ip_forward is switched on, because a pool has the internet: this computer now forwards packets. Where it has several networks, let its firewall say between which")]
    private partial void LogForwarding();

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Problem}")]
    private partial void LogProblem(string problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "The network {Hash} was taken down: no pool uses it any more")]
    private partial void LogRemoved(string hash);
}
