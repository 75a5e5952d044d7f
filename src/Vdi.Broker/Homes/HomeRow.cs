using Vdi.Broker.Api;

namespace Vdi.Broker.Homes;

/// <summary>A person's own disk. It bears its person's id, so that a database that was restored from before it was made finds it all the same.</summary>
public sealed class HomeRow : IEdited
{
    public Guid UserId { get; set; }

    /// <summary>How much it may hold; it grows to that at the next launch.</summary>
    public int GiB { get; set; }

    public DateTimeOffset Created { get; set; }

    /// <summary>When a machine last had it.</summary>
    public DateTimeOffset? Used { get; set; }

    /// <summary>The machine that has it; null where none does. No other machine gets it until this one is gone.</summary>
    public Guid? MachineId { get; set; }

    public long Version { get; set; }
}
