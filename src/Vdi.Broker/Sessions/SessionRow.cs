using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Sessions;

public enum SessionState
{
    Queued,
    Preparing,
    Connecting,
    Connected,
    Disconnected,
    Ending,
    Ended,
}

/// <summary>What of a person's own files is in the machine of a session.</summary>
public enum SessionHome
{
    /// <summary>Its pool brings none.</summary>
    None,

    /// <summary>The person wanted none.</summary>
    Without,

    /// <summary>They are to be in it.</summary>
    Coming,

    Here,

    /// <summary>They could not be brought.</summary>
    Missing,
}

/// <summary>One person's use of one machine.</summary>
public sealed class SessionRow
{
    public Guid Id { get; set; }

    public Guid UserId { get; set; }

    public required string PoolId { get; set; }

    /// <summary>Which of the sessions that one person may have in this pool at a time; 1 is the first.</summary>
    public int Slot { get; set; } = 1;

    public Guid? MachineId { get; set; }

    public SessionState State { get; set; }

    /// <summary>What it waits for or why it ended, for people.</summary>
    public string Reason { get; set; } = "";

    /// <summary>Why it ended: one of <see cref="EndCode"/>, or empty.</summary>
    public string Code { get; set; } = "";

    public DateTimeOffset Created { get; set; }

    /// <summary>When somebody first saw it; null until then.</summary>
    public DateTimeOffset? Seen { get; set; }

    /// <summary>The last warning that was shown of its coming end.</summary>
    public DateTimeOffset? Warned { get; set; }

    public DateTimeOffset Since { get; set; }

    /// <summary>What of its person's files is in its machine.</summary>
    public SessionHome Home { get; set; }

    /// <summary>Why they are not in it, for people; null where they are, or none are to be.</summary>
    public string? HomeTrouble { get; set; }

    /// <summary>What is to be started in its machine, once; null where there is nothing, or it was.</summary>
    public AppRun? Run { get; set; }

    /// <summary>The link by which a visitor came, who did not sign in: <see cref="UserId"/> is then nobody's. Null for people.</summary>
    public Guid? LinkId { get; set; }

    /// <summary>SHA-256 of the secret by which a visitor comes back to it, in lower-case hex.</summary>
    public string? VisitorHash { get; set; }

    /// <summary>When it ends at the latest, whatever its pool says; null for what that says.</summary>
    public DateTimeOffset? Until { get; set; }

    /// <summary>Set when the machine is no longer this person's.</summary>
    public DateTimeOffset? Released { get; set; }

    /// <summary>The launch's trace.</summary>
    public List<LaunchStep> Steps { get; set; } = [];

    internal void Move(SessionState state, string reason, DateTimeOffset now) => (State, Reason, Since) = (state, reason, now);

    /// <summary>Somebody looks at it now.</summary>
    internal void Come(DateTimeOffset now)
    {
        Move(SessionState.Connected, "somebody is looking at it", now);
        Seen ??= now;
    }

    internal void Trace(string name, double milliseconds)
    {
        if (Steps.All(step => step.Name != name))
        {
            Steps.Add(new LaunchStep { Name = name, Milliseconds = Math.Round(milliseconds, 1) });
        }
    }
}

/// <summary>One step of a launch and how long it took.</summary>
public sealed class LaunchStep
{
    public required string Name { get; set; }

    public required double Milliseconds { get; set; }
}
