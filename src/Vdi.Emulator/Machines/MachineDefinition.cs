using Vdi.Protocol.Fleet;

namespace Vdi.Emulator.Machines;

/// <summary>Kernel, initrd and command line given to QEMU directly: no boot loader, no firmware menu.</summary>
public sealed record DirectKernel(string Kernel, string Initrd, string CommandLine);

/// <summary>What a machine is made of: everything that a fork must share with its template.</summary>
/// <param name="MemoryMiB">Guest memory.</param>
/// <param name="Disk">The image's root disk, or the topmost layer of it; never written.</param>
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

    /// <summary>The layers under <see cref="Disk"/>, topmost first; all qcow2.</summary>
    public IReadOnlyList<string> Backing { get; init; } = [];

    /// <summary>Of a machine without <see cref="Kernel"/>.</summary>
    public Firmware Firmware { get; init; } = Firmware.Bios;

    public GuestDrivers Drivers { get; init; } = GuestDrivers.Virtio;

    public GuestSystem System { get; init; } = GuestSystem.Linux;

    /// <summary>Whether it has a TPM 2.0.</summary>
    public bool HasTpm { get; init; }

    /// <summary>File with the UEFI variables that a machine begins with; null for those that come with the firmware.</summary>
    public string? Variables { get; init; }

    /// <summary>File with the TPM's state that a machine begins with; null for a new TPM.</summary>
    public string? TpmState { get; init; }

    /// <summary>Monitors that it may have; definitions of before there were two mean one.</summary>
    public int Heads { get; init; } = 1;

    /// <summary>The application that is open in it, on the whole screen; null for a desktop.</summary>
    public MachineApp? App { get; init; }

    internal bool IsUefi => Kernel is null && Firmware is Firmware.Uefi or Firmware.UefiSecure;

    /// <summary>The disk's files with their formats, topmost first.</summary>
    internal IEnumerable<(string Path, string Format)> Layers => Backing.Select(layer => (layer, "qcow2")).Prepend((Disk, DiskFormat));

    /// <summary>The same with other memory and processors, where the size says so.</summary>
    internal MachineDefinition Sized(MachineSize? size) => this with { MemoryMiB = size?.MemoryMiB ?? MemoryMiB, Cpus = size?.Cpus ?? Cpus };
}
