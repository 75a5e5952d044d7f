using Vdi.Emulator.Machines;

namespace Vdi.Emulator.Images;

/// <summary>A golden image: kernel, initrd and root disk, known by name and by the hash of its content.</summary>
public sealed record Image(string Folder, string Name, string Version, DateTimeOffset Built, int MemoryMiB, int Cpus)
{
    internal const string FileName = "image.json";

    /// <summary>The machine that this image makes.</summary>
    public MachineDefinition Machine => new(
        Name,
        Version,
        MemoryMiB,
        Cpus,
        Path.Combine(Folder, "disk.qcow2"),
        "qcow2",
        new DirectKernel(Path.Combine(Folder, "vmlinuz"), Path.Combine(Folder, "initrd"), "root=/dev/vda rw console=ttyS0 quiet"),
        HasAgent: true);
}
