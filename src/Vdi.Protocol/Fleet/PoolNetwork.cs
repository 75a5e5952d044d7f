namespace Vdi.Protocol.Fleet;

public enum NetworkMode
{
    /// <summary>An address and nothing to reach with it.</summary>
    Isolated,

    /// <summary>The internet, but neither the host, nor other machines, nor private addresses unless a rule allows them.</summary>
    Internet,
}

/// <summary>Lets a pool's machines reach <paramref name="To"/> (an IPv4 address or CIDR block) over <paramref name="Protocol"/>
/// (tcp or udp) at the ports from <paramref name="FirstPort"/> to <paramref name="LastPort"/>, although the default would deny it.</summary>
public sealed record AllowRule(string To, string Protocol, int FirstPort, int LastPort);

/// <summary>The network of a pool's machines.</summary>
/// <param name="Pool">The pool's id; machines of one pool share a subnet, and cannot reach each other.</param>
/// <param name="Dns">Resolvers (IPv4) that answer the machines' questions; empty takes the host's own.</param>
/// <param name="Proxy">http://host:port that programs in the guest shall use, or null.</param>
public sealed record PoolNetwork(string Pool, NetworkMode Mode, IReadOnlyList<AllowRule> Allow, IReadOnlyList<string> Dns, string? Proxy)
{
    public static PoolNetwork Isolated(string pool) => new(pool, NetworkMode.Isolated, [], [], null);
}
