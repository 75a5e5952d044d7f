using Vdi.Protocol.Fleet;

namespace Vdi.Emulator.Machines;

/// <summary>Kernel, initrd and command line given to QEMU directly: no boot loader, no firmware menu.</summary>
public sealed record DirectKernel(string Kernel, string Initrd, string CommandLine);

/// <summary>What a machine is made of: everything that a fork must share with its template.</summary>
/// <param name="MemoryMiB">Guest memory.</param>
/// <param name="Disk">The image's root disk, never written.</param>
/// <param name="DiskFormat">qcow2 or raw; given, never probed.</param>
/// <param name="Kernel">Null boots from the disk.</param>
/// <param name="HasAgent">Whether a guest agent runs inside.</param>
public sealed record MachineDefinition(
    string Image,
    string ImageVersion,
    int MemoryMiB,
    int Cpus,
    string Disk,
    string DiskFormat,
    DirectKernel? Kernel,
    bool HasAgent)
{
    public const string MachineType = "pc-q35-10.0";
    public const int Width = 1280;
    public const int Height = 800;

    /// <summary>Empty root ports for what is plugged after a fork: NIC, home disk, spares.</summary>
    public const int RootPorts = 6;

    /// <summary>The same with other memory and processors, where the size says so.</summary>
    internal MachineDefinition Sized(MachineSize? size) => this with { MemoryMiB = size?.MemoryMiB ?? MemoryMiB, Cpus = size?.Cpus ?? Cpus };
}
