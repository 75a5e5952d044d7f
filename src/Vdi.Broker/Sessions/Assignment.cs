namespace Vdi.Broker.Sessions;

/// <summary>A machine that stays one person's, of a dedicated pool.</summary>
public sealed class Assignment
{
    public Guid Id { get; set; }

    public Guid UserId { get; set; }

    public required string PoolId { get; set; }

    /// <summary>1 is the person's first in the pool.</summary>
    public int Slot { get; set; } = 1;

    public Guid MachineId { get; set; }

    public DateTimeOffset Since { get; set; }

    /// <summary>Set when the machine is no longer this person's.</summary>
    public DateTimeOffset? Released { get; set; }
}
