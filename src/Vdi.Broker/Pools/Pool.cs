namespace Vdi.Broker.Pools;

/// <summary>Machines alike, forked from one image, for the people entitled to them.</summary>
public sealed class Pool
{
    /// <summary>Short name in addresses: lower-case letters, digits, hyphens.</summary>
    public required string Id { get; set; }

    public required string Name { get; set; }

    public string Description { get; set; } = "";

    public required string Image { get; set; }

    /// <summary>Machines kept ready for the next who comes.</summary>
    public int Warm { get; set; } = 2;

    /// <summary>Most machines at a time.</summary>
    public int Capacity { get; set; } = 8;

    /// <summary>How long a desktop is kept after its person left.</summary>
    public TimeSpan Linger { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>What its machines may reach.</summary>
    public NetworkSettings Network { get; set; } = NetworkSettings.Isolated;
}

/// <summary>Everybody in <paramref name="Role"/> may open machines of the pool.</summary>
public sealed record Entitlement(string PoolId, string Role);
