using Vdi.Broker.Pools;
using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Images;

/// <summary>A machine in which somebody works on an image, kept until it is published or discarded. An image has one at a time: a unique index
/// decides who was first.</summary>
public sealed class ImageEdit
{
    public const int MaxMedia = 3;

    /// <summary>Openings that are remembered, so that they can be ended with it.</summary>
    private const int MostOpenings = 64;

    /// <summary>Also that of its machine.</summary>
    public Guid Id { get; set; }

    public required string Image { get; set; }

    /// <summary>The version that it began from; null for an empty disk.</summary>
    public string? Version { get; set; }

    /// <summary>Of a machine with an empty disk; null takes the version's.</summary>
    public ImageHardware? Hardware { get; set; }

    public int? DiskGiB { get; set; }

    /// <summary>Hashes of what is in its drives.</summary>
    public List<string> Media { get; set; } = [];

    public NetworkSettings Network { get; set; } = NetworkSettings.Isolated;

    public Guid UserId { get; set; }

    /// <summary>Who began it.</summary>
    public required string Author { get; set; }

    public DateTimeOffset Created { get; set; }

    public long Epoch { get; set; } = 1;

    public MachineState State { get; set; }

    /// <summary>What it waits for or why it failed, for people.</summary>
    public string Reason { get; set; } = "waits for the host";

    /// <summary>Since when it is in its state.</summary>
    public DateTimeOffset Since { get; set; }

    /// <summary>The host was seen having it: one that is lost now is not made again.</summary>
    public bool Made { get; set; }

    public List<EditCheckpoint> Checkpoints { get; set; } = [];

    /// <summary>The checkpoint that it was last at; null for its beginning.</summary>
    public Guid? At { get; set; }

    public long Bytes { get; set; }

    /// <summary>Sessions of those who opened its screen.</summary>
    public List<Guid> Openings { get; set; } = [];

    public DateTimeOffset? Closed { get; set; }

    /// <summary>The version that came of it; null while it is open, and where it was discarded.</summary>
    public string? Published { get; set; }

    internal string NetworkName => $"edit-{Image}";

    internal void NoteOpening(Guid session) => Openings = [.. Openings.TakeLast(MostOpenings - 1), session];

    /// <summary>What the host is told.</summary>
    internal DesiredEdit ToDesired() => new(Id, Epoch, !Made, Image, Version, Hardware, DiskGiB, Media, Network.Of(NetworkName));
}
