namespace Vdi.Broker.Images;

/// <summary>A file that somebody sends to a host, to make an image or a medium of it. The broker never sees its bytes.</summary>
public sealed class ImageUpload
{
    public Guid Id { get; set; }

    /// <summary>As its sender calls it; only shown.</summary>
    public required string FileName { get; set; }

    public long Bytes { get; set; }

    /// <summary>What the whole must be, in lower-case hex; null where the sender did not know.</summary>
    public string? Sha256 { get; set; }

    public required string Host { get; set; }

    public required string Who { get; set; }

    public DateTimeOffset Created { get; set; }

    /// <summary>When somebody last asked to go on with it.</summary>
    public DateTimeOffset Touched { get; set; }
}
