namespace Vdi.Protocol.Fleet;

/// <summary>An image by its name, and one version of it; null for the newest there is.</summary>
public readonly record struct ImageRef(string Name, string? Version = null)
{
    public static implicit operator ImageRef(string name) => new(name);

    public override string ToString() => Version is null ? Name : $"{Name} {Version}";
}
