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

    public DateTimeOffset Created { get; set; }

    public DateTimeOffset Since { get; set; }

    /// <summary>Set when the machine is no longer this person's.</summary>
    public DateTimeOffset? Released { get; set; }

    /// <summary>The launch's trace.</summary>
    public List<LaunchStep> Steps { get; set; } = [];

    internal void Move(SessionState state, string reason, DateTimeOffset now) => (State, Reason, Since) = (state, reason, now);

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

    public double Milliseconds { get; set; }
}
