using Vdi.Emulator;
using Vdi.Emulator.Images;
using Vdi.Emulator.Importing;
using Vdi.Emulator.Machines;
using Vdi.Protocol.Fleet;

namespace Vdi.TestSupport;

/// <summary>A guest that boots in a second: it paints the upper half of a 320x200 screen in one colour and, at every key, repaints
/// it in the key's ASCII code as colour.</summary>
public static class BootSector
{
    /// <summary>16-bit code at 0x7C00.</summary>
    private static readonly byte[] Code =
    [
        0xFC,             // cld
        0xB8, 0x13, 0x00, // mov ax, 0x0013  VGA mode 13h
        0xCD, 0x10,       // int 0x10
        0xB8, 0x00, 0xA0, // mov ax, 0xA000
        0x8E, 0xC0,       // mov es, ax
        0xB3, 0x2A,       // mov bl, 42
        0x31, 0xFF,       // draw: xor di, di
        0xB9, 0x00, 0x7D, // mov cx, 32000
        0x88, 0xD8,       // mov al, bl
        0xF3, 0xAA,       // rep stosb
        0xB4, 0x00,       // mov ah, 0
        0xCD, 0x16,       // int 0x16        wait for a key
        0x88, 0xC3,       // mov bl, al
        0xEB, 0xEF,       // jmp draw
    ];

    /// <summary>Writes the disk into <paramref name="folder"/> and says what machine boots it.</summary>
    public static MachineDefinition Write(string folder)
    {
        var disk = new byte[1024 * 1024];
        Code.CopyTo(disk, 0);
        (disk[510], disk[511]) = (0x55, 0xAA);
        var path = Path.Combine(folder, "bootsector.raw");
        File.WriteAllBytes(path, disk);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        return new MachineDefinition("bootsector", "1", MemoryMiB: 32, Cpus: 1, path, "raw", Kernel: null, HasAgent: false) { Heads = 2 };
    }

    /// <summary>An image of it in the store, as if it had been imported.</summary>
    public static async Task<Image> AddAsync(ImageStore images, StateFolder state, string name, bool agent = false)
    {
        var disk = Path.Combine(state.Images, ".bootsector.qcow2");
        await new DiskConverter().ConvertAsync(Write(state.Root).Disk, MediumFormat.Raw, disk, DiskLimits.Default with { SpareBytes = 0 }, null, default);
        var hardware = new ImageHardware(Firmware.Bios, GuestDrivers.Virtio, Tpm: false, GuestSystem.Other, agent, ImageHardware.MinMemoryMiB, 1);
        return await images.AddAsync(new ImageDraft(name, hardware, ImageOrigin.Import, null, "kim", "", disk, []), default);
    }
}
