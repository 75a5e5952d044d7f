namespace Vdi.Protocol.Fleet;

/// <summary>An image by its name, and one version of it; null for the newest there is.</summary>
public readonly record struct ImageRef(string Name, string? Version = null)
{
    public static implicit operator ImageRef(string name) => new(name);

    public override string ToString() => Version is null ? Name : $"{Name} {Version}";
}

/// <summary>An image version that a host has.</summary>
/// <param name="Version">Hash of its content, or another name that is never given twice.</param>
/// <param name="MemoryMiB">What a machine of it has where its pool says nothing else; null where that is not known.</param>
public sealed record HostImage(string Name, string Version, DateTimeOffset Built, int? MemoryMiB = null);
