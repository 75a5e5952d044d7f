namespace Vdi.Broker.Audit;

/// <summary>One decision or change, for ever: each broker has a chain of its own, in which every entry bears the hash of the one before.</summary>
public sealed class AuditEntry
{
    /// <summary>The broker that wrote it.</summary>
    public required string Broker { get; set; }

    /// <summary>1, 2, 3 … in the broker's chain.</summary>
    public long Number { get; set; }

    public DateTimeOffset At { get; set; }

    /// <summary>Name of the person or part that did it: "admin", "system".</summary>
    public required string Who { get; set; }

    /// <summary>Address that it came from; empty for the broker's own decisions.</summary>
    public string From { get; set; } = "";

    /// <summary>What was done: "pool.edit", "session.open"; see docs/specs/api.md.</summary>
    public required string Action { get; set; }

    /// <summary>What it was done to: "pool/desktops".</summary>
    public required string Target { get; set; }

    /// <summary>As it was and became, or what was decided, as JSON; empty where there is none.</summary>
    public string Before { get; set; } = "";

    public string After { get; set; } = "";

    /// <summary>SHA-256 in hex of the entry before; of nothing for the first.</summary>
    public required string Previous { get; set; }

    /// <summary>SHA-256 in hex over everything above.</summary>
    public required string Hash { get; set; }
}
