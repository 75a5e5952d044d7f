using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Hosts;

/// <summary>A computer that runs machines, as it reported itself last.</summary>
public sealed class HostRow
{
    public required string Id { get; set; }

    public string Accelerator { get; set; } = "";

    /// <summary>Why it can make no further machine; null where it can.</summary>
    public string? Problem { get; set; }

    public List<HostImage> Images { get; set; } = [];

    public DateTimeOffset Seen { get; set; }

    /// <summary>While set it gets no new machines; the text says why.</summary>
    public string? Draining { get; set; }
}
