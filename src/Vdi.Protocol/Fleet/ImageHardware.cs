namespace Vdi.Protocol.Fleet;

/// <summary>How a machine of an image starts.</summary>
public enum Firmware
{
    /// <summary>QEMU is given the kernel: no boot loader, no menu. Images of recipes only.</summary>
    Kernel,

    Bios,

    Uefi,

    /// <summary>UEFI that starts only what Microsoft's or the distribution's key has signed.</summary>
    UefiSecure,
}

/// <summary>The devices that a machine of an image has.</summary>
public enum GuestDrivers
{
    /// <summary>virtio: quick, for guests that have its drivers.</summary>
    Virtio,

    /// <summary>A SATA disk, an e1000e network card, a PS/2 keyboard and a USB tablet, which every system has drivers for.</summary>
    Pc,
}

public enum GuestSystem
{
    Linux,
    Windows,
    Other,
}

/// <summary>What the machines of an image are made of.</summary>
/// <param name="Tpm">Whether they have a TPM 2.0, each its own copy of the image's.</param>
/// <param name="Agent">Whether QEMU's guest agent runs inside.</param>
public sealed record ImageHardware(Firmware Firmware, GuestDrivers Drivers, bool Tpm, GuestSystem System, bool Agent, int MemoryMiB, int Cpus)
{
    public const int MinMemoryMiB = 128;
    public const int MaxMemoryMiB = 1 << 20;
    public const int MaxCpus = 64;
    public const int MaxDiskGiB = 2048;
}

/// <summary>What a disk's file is.</summary>
public enum MediumFormat
{
    Qcow2,
    Raw,
    Vmdk,
    Vhdx,

    /// <summary>An installer: it becomes a medium, which editing machines have in their drive.</summary>
    Iso,
}
