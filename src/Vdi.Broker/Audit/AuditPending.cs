namespace Vdi.Broker.Audit;

/// <summary>What somebody did, on its way into the chain: written in the same transaction as the change itself, moved by <see cref="AuditChain"/>.</summary>
public sealed class AuditPending
{
    /// <summary>Grows; gives the order in the chain.</summary>
    public long Id { get; set; }

    /// <summary>The broker into whose chain it goes.</summary>
    public required string Broker { get; set; }

    public DateTimeOffset At { get; set; }

    public required string Who { get; set; }

    public string From { get; set; } = "";

    public required string Action { get; set; }

    public required string Target { get; set; }

    public string Before { get; set; } = "";

    public string After { get; set; } = "";
}
