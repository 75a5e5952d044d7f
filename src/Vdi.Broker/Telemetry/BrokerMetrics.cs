using System.Diagnostics.Metrics;

namespace Vdi.Broker.Telemetry;

/// <summary>What the broker counts. Names that Amazon WorkSpaces has for the same thing are kept; see docs/specs/telemetry.md.</summary>
public sealed class BrokerMetrics
{
    public const string Meter = "Vdi.Broker";

    private static readonly InstrumentAdvice<double> LaunchSeconds = new() { HistogramBucketBoundaries = [0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 20, 30, 60, 120, 300, 600] };
    private readonly Histogram<double> _launches;
    private readonly Counter<long> _connections;
    private readonly Counter<long> _failures;
    private readonly Counter<long> _refusals;

    public BrokerMetrics(IMeterFactory meters, TimeProvider time)
    {
        var meter = meters.Create(Meter);
        _launches = meter.CreateHistogram("SessionLaunchTime", "s", "From somebody's asking for a desktop to its first picture", tags: null, LaunchSeconds);
        _connections = meter.CreateCounter<long>("ConnectionSuccess", description: "Somebody came to a desktop");
        _failures = meter.CreateCounter<long>("ConnectionFailure", description: "Somebody wanted a desktop, and did not get to it");
        _refusals = meter.CreateCounter<long>("vdi.refusals", description: "Requests that were refused, by code");
        meter.CreateObservableGauge("vdi.machines", () => Newest.Machines.Select(count => new Measurement<int>(count.Number, Tag("pool", count.Pool), Tag("state", count.State))), description: "Machines that are not gone");
        meter.CreateObservableGauge("vdi.sessions", () => Newest.Sessions.Select(count => new Measurement<int>(count.Number, Tag("pool", count.Pool), Tag("state", count.State))), description: "Sessions that have not ended");
        meter.CreateObservableGauge("vdi.queue.length", () => Newest.Sessions.GroupBy(count => count.Pool).Select(pool => new Measurement<int>(pool.Where(count => count.State == "queued").Sum(count => count.Number), Tag("pool", pool.Key))), description: "People who wait for a machine");
        meter.CreateObservableGauge("vdi.audit.pending", () => Newest.AuditPending, description: "Notes that are not in an audit's chain yet");
        meter.CreateObservableGauge("vdi.audit.lag", () => Newest.AuditOldest is { } oldest ? Math.Max(0, (time.GetUtcNow() - oldest).TotalSeconds) : 0, "s", "Age of the oldest of them");
        meter.CreateObservableGauge("vdi.sample.age", () => Newest.At is { } at ? (time.GetUtcNow() - at).TotalSeconds : double.NaN, "s", "How old the numbers of machines, sessions and the audit are: they grow older while the database is away");
    }

    internal TelemetrySample Newest { get; set; } = TelemetrySample.Nothing;

    internal void Launched(string pool, TimeSpan took) => _launches.Record(took.TotalSeconds, Tag("pool", pool));

    internal void Connected(string pool) => _connections.Add(1, Tag("pool", pool));

    /// <param name="reason">A code, never words.</param>
    internal void ConnectionFailed(string reason) => _failures.Add(1, Tag("reason", reason));

    internal void Refused(string code) => _refusals.Add(1, Tag("code", code));

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);
}
