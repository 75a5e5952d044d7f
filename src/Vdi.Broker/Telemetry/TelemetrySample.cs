namespace Vdi.Broker.Telemetry;

internal sealed record PoolCount(string Pool, string State, int Number);

/// <summary>What there was in the database at a time.</summary>
internal sealed record TelemetrySample(DateTimeOffset? At, IReadOnlyList<PoolCount> Machines, IReadOnlyList<PoolCount> Sessions, int AuditPending, DateTimeOffset? AuditOldest)
{
    public static TelemetrySample Nothing { get; } = new(null, [], [], 0, null);
}
