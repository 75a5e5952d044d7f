namespace Vdi.Protocol.Fleet;

/// <summary>What a machine has; null for what its image says.</summary>
/// <param name="Cpus">Processors. Another count than the image's, as other memory, needs a template of its own.</param>
/// <param name="MemoryMiB">Its guest's memory.</param>
/// <param name="DiskGiB">Its disk, at least as large as the image's.</param>
public sealed record MachineSize(int? Cpus, int? MemoryMiB, int? DiskGiB)
{
    public static MachineSize OfImage { get; } = new(null, null, null);
}
