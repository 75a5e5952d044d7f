namespace Vdi.Broker.Notices;

/// <summary>Words to people, shown over their desktops and on their start pages.</summary>
public sealed class Notice
{
    public Guid Id { get; set; }

    /// <summary>Whom it is for: one person, or everybody of a pool, or everybody where both are null.</summary>
    public Guid? UserId { get; set; }

    public string? PoolId { get; set; }

    public required string Text { get; set; }

    public DateTimeOffset At { get; set; }

    public DateTimeOffset Until { get; set; }

    public required string By { get; set; }
}

/// <summary>A person's report of a problem, with the trace of the launch that it is about.</summary>
public sealed class Report
{
    public Guid Id { get; set; }

    public Guid UserId { get; set; }

    public Guid? SessionId { get; set; }

    public required string Text { get; set; }

    /// <summary>The session as it was then: states, steps, machine, as JSON.</summary>
    public string Trace { get; set; } = "{}";

    public DateTimeOffset At { get; set; }

    public DateTimeOffset? Closed { get; set; }
}
