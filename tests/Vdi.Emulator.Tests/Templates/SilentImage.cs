using System.Buffers.Binary;
using Vdi.Emulator.Disks;
using Vdi.Emulator.Images;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;

namespace Vdi.Emulator.Tests.Templates;

/// <summary>An image that boots in no time and then does nothing at all: its kernel is a jump to itself. A build of a template waits for
/// its agent until it is given up.</summary>
internal static class SilentImage
{
    public static async Task<Image> WriteAsync(TemporaryState state, string name)
    {
        var folder = Directory.CreateDirectory(Path.Combine(state.Folder.Images, ".silent")).FullName;

        // Boot protocol 2.03 (docs.kernel.org arch/x86/boot): setup begins at 0x200, where a jump over the header would be.
        var kernel = new byte[64 * 1024];
        (kernel[0x1F1], kernel[0x1FE], kernel[0x1FF], kernel[0x200], kernel[0x201]) = (4, 0x55, 0xAA, 0xEB, 0xFE);
        "HdrS"u8.CopyTo(kernel.AsSpan(0x202));
        BinaryPrimitives.WriteUInt16LittleEndian(kernel.AsSpan(0x206), 0x203);
        kernel[0x211] = 1;
        BinaryPrimitives.WriteUInt32LittleEndian(kernel.AsSpan(0x22C), 0x37FFFFFF);
        await File.WriteAllBytesAsync(Path.Combine(folder, "vmlinuz"), kernel);
        await File.WriteAllBytesAsync(Path.Combine(folder, "initrd"), new byte[512]);
        await DiskChain.RunAsync("/usr/bin/qemu-img", ["create", "-q", "-f", "qcow2", Path.Combine(folder, "disk.qcow2"), "1M"], TimeSpan.FromSeconds(30), default);

        var images = new ImageStore(state.Folder, Path.Combine(Repository.Root, "deploy", "image"), TimeProvider.System);
        var hardware = new ImageHardware(Firmware.Kernel, GuestDrivers.Virtio, Tpm: false, GuestSystem.Linux, Agent: true, MemoryMiB: 64, Cpus: 1);
        var image = await images.AddAsync(
            new ImageDraft(name, hardware, ImageOrigin.Recipe, null, "test", "", Path.Combine(folder, "disk.qcow2"), []) { NewKernel = (Path.Combine(folder, "vmlinuz"), Path.Combine(folder, "initrd")) },
            default);
        Directory.Delete(folder);
        return image;
    }
}
