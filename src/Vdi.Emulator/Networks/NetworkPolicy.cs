using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Vdi.Emulator.Machines;
using Vdi.Protocol.Fleet;

namespace Vdi.Emulator.Networks;

/// <summary>One allow rule, parsed.</summary>
internal sealed record Opening(IPNetwork To, bool Udp, int FirstPort, int LastPort)
{
    public bool IsOneAddress => To.PrefixLength == 32;
}

/// <summary>A pool's network settings, checked and parsed: nothing else ever gets into a rule set. A pool that is not (or no longer)
/// allowed the internet is <see cref="IsOpen"/> = false, which cuts machines that still run.</summary>
internal sealed record NetworkPolicy(bool IsOpen, IReadOnlyList<Opening> Openings, IReadOnlyList<IPAddress> Resolvers, IReadOnlyList<IPAddress> HostAddresses)
{
    private static readonly string[] ResolverFiles = ["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"];

    /// <summary>Throws where <paramref name="network"/> has faults; the broker should have refused it.</summary>
    public static NetworkPolicy From(PoolNetwork network)
    {
        if (PoolNetworkCheck.Check(network) is [var fault, ..])
        {
            throw new MachineException($"The network of pool '{network.Pool}' cannot be used: {fault.Field}: {fault.Detail}");
        }

        if (network.Mode != NetworkMode.Internet)
        {
            return new NetworkPolicy(false, [], [], HostsOwn());
        }

        List<Opening> openings = [.. network.Allow.Select(Parse)];

        // Whoever names a proxy wants it reached; elsewhere than in denied ranges this changes nothing.
        if (network.Proxy is { } text && PoolNetworkCheck.TryParseProxy(text) is { Address: { } address } proxy)
        {
            openings.Add(new Opening(new IPNetwork(address, 32), Udp: false, proxy.Port, proxy.Port));
        }

        return new NetworkPolicy(true, openings, network.Dns.Count > 0 ? [.. network.Dns.Select(IPAddress.Parse)] : HostsResolvers(), HostsOwn());
    }

    private static Opening Parse(AllowRule rule)
    {
        NetworkRanges.TryParseBlock(rule.To, out var block);
        return new Opening(block, rule.Protocol == "udp", rule.FirstPort, rule.LastPort);
    }

    /// <summary>The host's own resolvers, as far as a namespace can reach them: a stub on loopback stands for others, which systemd lists.</summary>
    private static IReadOnlyList<IPAddress> HostsResolvers() =>
        ResolverFiles.Select(file => ResolversIn(File.Exists(file) ? File.ReadAllLines(file) : [])).FirstOrDefault(found => found.Count > 0) ?? [];

    internal static List<IPAddress> ResolversIn(IEnumerable<string> lines) =>
        [.. lines.Select(line => line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
            .Where(words => words is ["nameserver", _, ..])
            .Select(words => NetworkRanges.TryParseAddress(words[1], out var address) ? address : null)
            .OfType<IPAddress>()
            .Where(address => !NetworkRanges.Never.Any(never => never.Contains(address)))
            .Distinct().Take(PoolNetworkCheck.MaxResolvers)];

    private static List<IPAddress> HostsOwn() =>
        [.. NetworkInterface.GetAllNetworkInterfaces()
            .SelectMany(card => card.GetIPProperties().UnicastAddresses.Select(unicast => unicast.Address))
            .Where(address => address.AddressFamily == AddressFamily.InterNetwork && !NetworkRanges.Pools.Contains(address) && !NetworkRanges.Never.Any(never => never.Contains(address)))
            .Distinct().OrderBy(address => address.ToString(), StringComparer.Ordinal)];
}
