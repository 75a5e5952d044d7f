using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace Vdi.Protocol.Fleet;

/// <summary>What is wrong with the setting <paramref name="Field"/>, for people, with what to do.</summary>
public sealed record NetworkFault(string Field, string Detail);

/// <summary>Reads and checks the network settings of a pool. The broker, the command line and every host use the same code.</summary>
public static partial class PoolNetworkCheck
{
    public const int MaxRules = 64;
    public const int MaxResolvers = 4;

    /// <summary>All faults of <paramref name="network"/>; none means that a host can apply it.</summary>
    public static IReadOnlyList<NetworkFault> Check(PoolNetwork network)
    {
        List<NetworkFault> faults = [];
        if (!Enum.IsDefined(network.Mode))
        {
            faults.Add(new("mode", "The mode is 'isolated' or 'internet'."));
        }

        if (network.Mode == NetworkMode.Isolated && (network.Allow.Count > 0 || network.Dns.Count > 0 || network.Proxy is not null))
        {
            faults.Add(new("mode", "An isolated network reaches nothing, so it has neither allow rules nor resolvers nor a proxy: take them away, or set the mode to 'internet'."));
        }

        if (network.Allow.Count > MaxRules)
        {
            faults.Add(new("allow", $"A pool has at most {MaxRules} allow rules; join some to blocks or ranges of ports."));
        }

        for (var i = 0; i < network.Allow.Count; i++)
        {
            Check(network.Allow[i], $"allow[{i}]", faults);
        }

        if (network.Dns.Count > MaxResolvers)
        {
            faults.Add(new("dns", $"A pool has at most {MaxResolvers} resolvers."));
        }

        for (var i = 0; i < network.Dns.Count; i++)
        {
            CheckResolver(network.Dns[i], $"dns[{i}]", faults);
        }

        if (network.Proxy is { } proxy && TryParseProxy(proxy) is null)
        {
            faults.Add(new("proxy", $"'{Shown(proxy)}' is no proxy: write it as http://host:port, where host is a name or an IPv4 address."));
        }
        else if (network.Proxy is not null && TryParseProxy(network.Proxy) is { Address: { } address })
        {
            CheckReach(new IPNetwork(address, 32), "proxy", faults);
        }

        return faults;
    }

    /// <summary>Reads a rule as people write it: tcp:10.0.0.5:443, udp:10.1.0.0/16:5000-5010. Whether it may be is <see cref="Check(PoolNetwork)"/>'s to say.</summary>
    public static AllowRule? TryParseRule(string text)
    {
        var match = RuleText().Match(text);
        if (!match.Success)
        {
            return null;
        }

        var first = int.Parse(match.Groups["first"].Value, CultureInfo.InvariantCulture);
        var last = match.Groups["last"].Success ? int.Parse(match.Groups["last"].Value, CultureInfo.InvariantCulture) : first;
        return new AllowRule(match.Groups["to"].Value, match.Groups["protocol"].Value, first, last);
    }

    /// <summary>The rule as <see cref="TryParseRule"/> reads it.</summary>
    public static string Describe(AllowRule rule) => rule.FirstPort == rule.LastPort
        ? $"{rule.Protocol}:{rule.To}:{rule.FirstPort}"
        : $"{rule.Protocol}:{rule.To}:{rule.FirstPort}-{rule.LastPort}";

    /// <summary>Host, port and, where the host is one, the address of http://host:port; null for anything else.</summary>
    public static (string Host, int Port, IPAddress? Address)? TryParseProxy(string text)
    {
        var match = ProxyText().Match(text);
        var port = match.Success ? int.Parse(match.Groups["port"].Value, CultureInfo.InvariantCulture) : 0;
        if (port is < 1 or > 65535)
        {
            return null;
        }

        var host = match.Groups["host"].Value;
        if (host.All(letter => char.IsAsciiDigit(letter) || letter == '.'))
        {
            return NetworkRanges.TryParseAddress(host, out var address) ? (host, port, address) : null;
        }

        return host.Split('.').All(label => label.Length is > 0 and <= 63 && label[0] != '-' && label[^1] != '-') ? (host, port, null) : null;
    }

    private static void Check(AllowRule? rule, string field, List<NetworkFault> faults)
    {
        if (rule is null)
        {
            faults.Add(new(field, "A rule is empty: take it away."));
            return;
        }

        if (rule.Protocol is not ("tcp" or "udp"))
        {
            faults.Add(new(field, $"'{Shown(rule.Protocol)}' is no protocol that a rule can name: use 'tcp' or 'udp'."));
        }

        if (rule.FirstPort is < 1 or > 65535 || rule.LastPort is < 1 or > 65535 || rule.FirstPort > rule.LastPort)
        {
            faults.Add(new(field, $"{rule.FirstPort}-{rule.LastPort} is no range of ports: both lie between 1 and 65535, the first not after the last."));
        }

        if (NetworkRanges.TryParseBlock(rule.To, out var block))
        {
            CheckReach(block, field, faults);
        }
        else
        {
            faults.Add(new(field, Explain(rule.To)));
        }
    }

    private static void CheckReach(IPNetwork block, string field, List<NetworkFault> faults)
    {
        // A wider block is fine: hosts deny the pools' range before they look at rules.
        if (block.PrefixLength >= NetworkRanges.Pools.PrefixLength && NetworkRanges.Pools.Contains(block.BaseAddress))
        {
            faults.Add(new(field, $"{block} lies in {NetworkRanges.Pools}, where the pools' own machines are, and those never reach each other."));
        }
        else if (NetworkRanges.Never.FirstOrDefault(never => NetworkRanges.Overlap(block, never)) is { PrefixLength: > 0 } never)
        {
            faults.Add(new(field, $"{block} holds addresses of {never}, which no machine may reach: name smaller blocks, and what the host offers by the host's own address."));
        }
    }

    private static void CheckResolver(string resolver, string field, List<NetworkFault> faults)
    {
        if (!NetworkRanges.TryParseAddress(resolver, out var address))
        {
            faults.Add(new(field, IsIPv6(resolver) ? $"'{Shown(resolver)}' is IPv6: machines have IPv4 only, give an IPv4 resolver." : $"'{Shown(resolver)}' is no resolver: give an IPv4 address such as 9.9.9.9."));
            return;
        }

        CheckReach(new IPNetwork(address, 32), field, faults);
    }

    private static string Explain(string? to)
    {
        if (IsIPv6((to ?? "").Split('/')[0]))
        {
            return $"'{Shown(to)}' is IPv6: machines have IPv4 only, name an IPv4 address.";
        }

        var parts = (to ?? "").Split('/');
        return parts.Length == 2 && NetworkRanges.TryParseAddress(parts[0], out var address) && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var length) && length <= 32
            ? $"{Shown(to)} has bits beyond its prefix: write {NetworkRanges.Base(address, length)}/{length}, or one address without a prefix."
            : $"'{Shown(to)}' is neither an IPv4 address nor a block: write 10.0.0.5 or 10.0.0.0/24.";
    }

    private static bool IsIPv6(string? text) => IPAddress.TryParse(text, out var address) && address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6;

    private static string Shown(string? text) => text is null ? "" : text.Length <= 64 ? text : text[..64] + "…";

    [GeneratedRegex(@"\A(?<protocol>[a-z]{1,8}):(?<to>[0-9a-fA-F.:/]{1,64}):(?<first>[0-9]{1,6})(-(?<last>[0-9]{1,6}))?\z")]
    private static partial Regex RuleText();

    [GeneratedRegex(@"\Ahttp://(?<host>[A-Za-z0-9.-]{1,253}):(?<port>[0-9]{1,5})/?\z")]
    private static partial Regex ProxyText();
}
