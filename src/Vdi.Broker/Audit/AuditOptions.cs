namespace Vdi.Broker.Audit;

public sealed class AuditOptions
{
    /// <summary>This broker's id, which names its chain.</summary>
    public string Broker { get; set; } = "local";

    /// <summary>Who acts where no request does.</summary>
    public string Outside { get; set; } = "system";

    /// <summary>Where checkpoints are written; null for nowhere.</summary>
    public string? Folder { get; set; }

    /// <summary>Where the key is kept that signs them.</summary>
    public string? Keys { get; set; }

    /// <summary>So many new entries, and a checkpoint is written.</summary>
    public int CheckpointEntries { get; set; } = 1000;

    /// <summary>As long after the last one, where there are any new entries at all.</summary>
    public TimeSpan CheckpointAfter { get; set; } = TimeSpan.FromHours(1);

    /// <summary>What another broker noted and left for so long is taken into this one's chain: that broker is gone.</summary>
    public TimeSpan OrphanedAfter { get; set; } = TimeSpan.FromMinutes(10);
}
