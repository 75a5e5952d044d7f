using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using Vdi.Emulator.Machines;
using Vdi.Protocol.Fleet;

namespace Vdi.Emulator.Networks;

/// <summary>The network namespace of one pool: a bridge for the machines' taps, a line to the host's namespace, rules on both sides, and
/// dnsmasq. Everything is done again harmlessly; what is there already stays. Callers take turns.</summary>
internal sealed class PoolNamespace
{
    private const string SettingsFile = "network.json";
    private readonly string _folder;
    private string? _appliedInside;
    private string? _appliedOutside;

    public PoolNamespace(StateFolder state, PoolNames names)
    {
        Names = names;
        _folder = Path.Combine(state.Networks, names.Hash);
        Service = new NameService(_folder);
    }

    public PoolNames Names { get; }

    public NameService Service { get; }

    /// <summary>What was applied last, also by an earlier process.</summary>
    public PoolNetwork? Network => Read()?.Network;

    public bool IsThere => File.Exists($"/run/netns/{Names.Namespace}");

    /// <summary>Why names are not resolved here, or null.</summary>
    public string? Problem { get; private set; }

    public IEnumerable<PoolMachine> Machines => Directory.Exists(Service.Machines)
        ? Directory.EnumerateFiles(Service.Machines).Select(PoolMachine.TryRead).OfType<PoolMachine>()
        : [];

    public PoolMachine? Find(Guid machine) => PoolMachine.TryRead(Path.Combine(Service.Machines, $"{machine:N}"));

    /// <summary>Brings everything to what <paramref name="network"/> says.</summary>
    public async Task EnsureAsync(PoolNetwork network, CancellationToken stop)
    {
        var policy = NetworkPolicy.From(network);
        StateFolder.Make(Path.GetDirectoryName(_folder)!);
        StateFolder.Make(_folder);
        Directory.CreateDirectory(Service.Machines);
        File.SetUnixFileMode(Service.Machines, (UnixFileMode)0b111_101_101);

        await using var undo = new UndoStack();
        if (!IsThere)
        {
            undo.Push(async () => await RemoveAsync());
            await MakeNamespaceAsync(stop);
        }
        else
        {
            await ForgetGoneAsync(stop);
        }

        var subnet = await EnsureLinesAsync(network, policy, stop);
        Write(new Settings(network, subnet.ToString()));
        Service.SetResolvers(policy.Resolvers);
        await ApplyRulesAsync(subnet, policy, stop);
        await Service.EnsureAsync(Names, subnet, stop);
        Problem = policy.IsOpen && policy.Resolvers.Count == 0
            ? $"Pool '{network.Pool}': machines cannot resolve names, because this host has no resolver that they could use. Give the pool one with: vdi pool network {network.Pool} --mode internet --dns ADDRESS"
            : null;
        undo.Keep();
    }

    /// <summary>Notes the machine, with a MAC and an address that no other one of the pool has: those that it had before, where they are free.</summary>
    public async Task<PoolMachine> AddAsync(Guid machine, HeldNic? held, CancellationToken stop)
    {
        var settings = Read()!;
        var subnet = PoolSubnet.Parse(settings.Subnet);
        var there = Machines.ToList();
        var taken = there.Select(other => other.Address).ToHashSet();
        var mac = held?.Mac ?? IsolatedNetwork.NewMac();
        while (held is null && there.Exists(other => other.Mac == mac))
        {
            mac = IsolatedNetwork.NewMac();
        }

        // Begins somewhere else for each machine: an address rests for a while after its machine went.
        var first = (int)(BitConverter.ToUInt32(machine.ToByteArray(), 10) % PoolSubnet.Machines);
        var before = Enumerable.Range(0, PoolSubnet.Machines).Select(subnet.Machine).FirstOrDefault(candidate => candidate.ToString() == held?.Address && !taken.Contains(candidate));
        var address = before ?? Enumerable.Range(0, PoolSubnet.Machines).Select(index => subnet.Machine((first + index) % PoolSubnet.Machines)).FirstOrDefault(candidate => !taken.Contains(candidate))
            ?? throw new MachineException($"All {PoolSubnet.Machines} addresses of this pool on this host are taken; end machines first");
        var added = new PoolMachine(machine, mac, address);
        added.Write(Service.Machines);
        await ApplyRulesAsync(subnet, NetworkPolicy.From(settings.Network), stop);
        return added;
    }

    /// <summary>A new tap on the bridge. It belongs to the machine's address and MAC only, and reaches no other port.</summary>
    public async Task<SafeFileHandle> OpenTapAsync(PoolMachine machine, CancellationToken stop)
    {
        var tap = TapDevice.Open(machine.Tap);
        try
        {
            await NetworkTool.RunAsync("ip", ["link", "set", "dev", machine.Tap, "netns", Names.Namespace], null, stop);
            await NetworkTool.RunAsync("ip", ["-n", Names.Namespace, "-batch", "-"], $"""
                link set dev {machine.Tap} master {NetworkRules.Bridge}
                link set dev {machine.Tap} type bridge_slave isolated on mcast_flood off
                link set dev {machine.Tap} up

                """, stop);
            return tap;
        }
        catch
        {
            tap.Dispose();
            throw;
        }
    }

    /// <summary>Forgets the machine; its tap went with its QEMU, or goes now.</summary>
    public async Task RemoveAsync(PoolMachine machine, CancellationToken stop)
    {
        File.Delete(Path.Combine(Service.Machines, $"{machine.Id:N}"));
        if (!IsThere)
        {
            return;
        }

        await NetworkTool.TryRunAsync("ip", ["-n", Names.Namespace, "link", "delete", "dev", machine.Tap], null, stop);
        if (Read() is { } settings)
        {
            await ApplyRulesAsync(PoolSubnet.Parse(settings.Subnet), NetworkPolicy.From(settings.Network), stop);
        }

        Service.Reload();
    }

    public async Task<bool> HasTapAsync(PoolMachine machine, CancellationToken stop) => IsThere && (await TapsAsync(stop)).Contains(machine.Tap);

    /// <summary>Whether any machine's QEMU still holds a tap here.</summary>
    public async Task<bool> IsInUseAsync(CancellationToken stop) => IsThere && (await TapsAsync(stop)).Count > 0;

    /// <summary>Takes everything down; nothing of it stays in the kernel or on disk.</summary>
    public async Task RemoveAsync()
    {
        await Service.StopAsync();
        if (Directory.Exists($"/sys/class/net/{Names.Veth}"))
        {
            await NetworkTool.TryRunAsync("ip", ["link", "delete", "dev", Names.Veth], null, CancellationToken.None);
        }

        if (IsThere)
        {
            await NetworkTool.TryRunAsync("ip", ["netns", "delete", Names.Namespace], null, CancellationToken.None);
        }

        await NetworkTool.TryRunAsync("nft", ["delete", "table", "inet", Names.Table], null, CancellationToken.None);
        (_appliedInside, _appliedOutside) = (null, null);
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    /// <summary>Machines that nobody released: a record without a tap is of a QEMU that ended, for both come and go in one turn.</summary>
    private async Task ForgetGoneAsync(CancellationToken stop)
    {
        var taps = await TapsAsync(stop);
        var gone = Machines.Where(machine => !taps.Contains(machine.Tap)).ToList();
        foreach (var machine in gone)
        {
            File.Delete(Path.Combine(Service.Machines, $"{machine.Id:N}"));
        }

        if (gone.Count > 0)
        {
            Service.Reload();
        }
    }

    private async Task MakeNamespaceAsync(CancellationToken stop)
    {
        // Where there is no namespace no machine can be in it: records are from before a reboot.
        foreach (var file in Directory.EnumerateFiles(Service.Machines))
        {
            File.Delete(file);
        }

        (_appliedInside, _appliedOutside) = (null, null);
        await NetworkTool.RunAsync("ip", ["netns", "add", Names.Namespace], null, stop);
        string[] switches = ["/proc/sys/net/ipv4/ip_forward", "/proc/sys/net/ipv6/conf/all/disable_ipv6", "/proc/sys/net/ipv6/conf/default/disable_ipv6"];
        await NetworkTool.RunAsync("ip", ["netns", "exec", Names.Namespace, NetworkTool.Find("tee")!, .. switches.Where(File.Exists)], "1\n", stop);
    }

    /// <summary>Bridge and line. Rules come before anything is up, so that there is no moment without them.</summary>
    private async Task<PoolSubnet> EnsureLinesAsync(PoolNetwork network, NetworkPolicy policy, CancellationToken stop)
    {
        var saved = Read();
        if (saved is not null && Directory.Exists($"/sys/class/net/{Names.Veth}"))
        {
            return PoolSubnet.Parse(saved.Subnet);
        }

        var routed = PoolSubnet.RoutedAlready(await NetworkTool.RunAsync("ip", ["-4", "-json", "route", "show", "table", "all"], null, stop));
        var hasBridge = (await NetworkTool.TryRunAsync("ip", ["-n", Names.Namespace, "link", "show", "dev", NetworkRules.Bridge], null, stop)).Code == 0;
        PoolSubnet? wanted = saved is null ? null : PoolSubnet.Parse(saved.Subnet);
        var subnet = hasBridge && wanted is { } kept ? kept : PoolSubnet.Choose(wanted, routed);
        Write(new Settings(network, subnet.ToString()));
        await ApplyRulesAsync(subnet, policy, stop);

        if (!hasBridge)
        {
            await NetworkTool.RunAsync("ip", ["-n", Names.Namespace, "-batch", "-"], $"""
                link set dev lo up
                link add name {NetworkRules.Bridge} address 52:54:00:00:00:01 type bridge stp_state 0 mcast_snooping 0
                address add {subnet.Gateway}/{subnet.Network.PrefixLength} dev {NetworkRules.Bridge}
                link set dev {NetworkRules.Bridge} up

                """, stop);
        }

        await NetworkTool.RunAsync("ip", ["link", "add", "name", Names.Veth, "type", "veth", "peer", "name", NetworkRules.Uplink, "netns", Names.Namespace], null, stop);
        var ipv6 = $"/proc/sys/net/ipv6/conf/{Names.Veth}/disable_ipv6";
        if (File.Exists(ipv6))
        {
            await File.WriteAllTextAsync(ipv6, "1", stop);
        }

        await NetworkTool.RunAsync("ip", ["-batch", "-"], $"""
            address add {subnet.HostEnd}/32 dev {Names.Veth}
            link set dev {Names.Veth} up
            route add {subnet} via {subnet.Gateway} dev {Names.Veth} onlink

            """, stop);
        await NetworkTool.RunAsync("ip", ["-n", Names.Namespace, "-batch", "-"], $"""
            link set dev {NetworkRules.Uplink} up
            route add default via {subnet.HostEnd} dev {NetworkRules.Uplink} onlink src {subnet.Gateway}

            """, stop);
        return subnet;
    }

    private async Task ApplyRulesAsync(PoolSubnet subnet, NetworkPolicy policy, CancellationToken stop)
    {
        var (inside, outside) = (NetworkRules.ForNamespace(subnet, policy, Machines), NetworkRules.ForHost(Names, subnet, policy));
        if (inside != _appliedInside)
        {
            await NetworkTool.RunAsync("ip", ["netns", "exec", Names.Namespace, NetworkTool.Find("nft")!, "-f", "-"], inside, stop);
            _appliedInside = inside;
        }

        // Whoever reloads the host's firewall flushes our table with it.
        if (outside != _appliedOutside || (await NetworkTool.TryRunAsync("nft", ["list", "table", "inet", Names.Table], null, stop)).Code != 0)
        {
            await NetworkTool.RunAsync("nft", ["-f", "-"], outside, stop);
            _appliedOutside = outside;
        }
    }

    private async Task<HashSet<string>> TapsAsync(CancellationToken stop)
    {
        using var links = JsonDocument.Parse(await NetworkTool.RunAsync("ip", ["-n", Names.Namespace, "-json", "link", "show"], null, stop));
        return [.. links.RootElement.EnumerateArray().Select(link => link.GetProperty("ifname").GetString() ?? "").Where(name => name.StartsWith("vt", StringComparison.Ordinal))];
    }

    private Settings? Read()
    {
        try
        {
            return JsonSerializer.Deserialize<Settings>(File.ReadAllBytes(Path.Combine(_folder, SettingsFile)));
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            return null;
        }
    }

    private void Write(Settings settings) => JsonFile.Write(Path.Combine(_folder, SettingsFile), settings);

    private sealed record Settings(PoolNetwork Network, string Subnet);
}
