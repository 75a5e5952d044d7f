using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Machines;

/// <summary>One machine, as the broker knows it.</summary>
public sealed class MachineRow
{
    /// <summary>What a foreign screen has to be seen answering before anybody gets it.</summary>
    internal const string FreedReason = "is left by its last user";

    internal const string AssignedReason = "belongs to a session";

    /// <summary>A person's own, whose session has ended.</summary>
    internal const string AwayReason = "belongs to somebody who is away";

    internal const string WakingReason = "wakes up";

    /// <summary>Whether it waits for nothing.</summary>
    internal bool IsWell => Reason is ActualMachine.ReadyReason or ActualMachine.WokenReason or AssignedReason or AwayReason;

    public Guid Id { get; set; }

    /// <summary>Whether it is somebody else's screen (a <see cref="Pools.ForeignScreen"/> with the same id): neither made nor destroyed, and after one person
    /// the next one's.</summary>
    internal bool IsForeign => Image.Length == 0;

    public required string PoolId { get; set; }

    public required string Image { get; set; }

    /// <summary>The version that it was, or is to be, forked from; null for the host's newest.</summary>
    public string? ImageVersion { get; set; }

    public string Host { get; set; } = "";

    public MachineState State { get; set; }

    /// <summary>What it waits for or why it failed, for people.</summary>
    public string Reason { get; set; } = "";

    /// <summary>Grows with every assignment; hosts refuse commands with an older one.</summary>
    public long Epoch { get; set; } = 1;

    /// <summary>Somebody has had it: it is never ready for anybody else again.</summary>
    public bool Touched { get; set; }

    public DateTimeOffset Since { get; set; }

    public double? ForkMilliseconds { get; set; }

    public double? AgentMilliseconds { get; set; }
}
