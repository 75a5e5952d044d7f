using System.Text.Json;
using System.Text.Json.Serialization;
using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Pools;

/// <summary>The network of a pool as it is kept: a value, replaced as a whole, stored as JSON. See docs/specs/networks.md.</summary>
public sealed record NetworkSettings
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };

    public static NetworkSettings Isolated { get; } = new();

    public NetworkMode Mode { get; init; } = NetworkMode.Isolated;

    public IReadOnlyList<AllowRule> Allow { get; init; } = [];

    public IReadOnlyList<string> Dns { get; init; } = [];

    public string? Proxy { get; init; }

    /// <summary>The message that hosts get.</summary>
    public PoolNetwork Of(string pool) => new(pool, Mode, Allow, Dns, Proxy);

    /// <summary>Everything that is wrong, for people; none means that it can be stored.</summary>
    public IReadOnlyList<NetworkFault> Check() => PoolNetworkCheck.Check(Of(""));

    /// <summary>'isolated' or 'internet'; null for anything else.</summary>
    public static NetworkMode? TryParseMode(string? text) => text switch
    {
        "isolated" => NetworkMode.Isolated,
        "internet" => NetworkMode.Internet,
        _ => null,
    };

    // Two are the same where they say the same: EF Core finds changes so.
    public bool Equals(NetworkSettings? other) => other is not null && ToJson() == other.ToJson();

    public override int GetHashCode() => ToJson().GetHashCode(StringComparison.Ordinal);

    internal string ToJson() => JsonSerializer.Serialize(this, Json);

    internal static NetworkSettings FromJson(string json) => JsonSerializer.Deserialize<NetworkSettings>(json, Json) ?? Isolated;
}
