using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using Vdi.Emulator.Disks;
using Vdi.Emulator.Images;
using Vdi.TestSupport;

namespace Vdi.Emulator.Tests.Templates;

/// <summary>An image that boots in no time and then does nothing at all: its kernel is a jump to itself. A build of a template waits for
/// its agent until it is given up.</summary>
internal static class SilentImage
{
    public static async Task<Image> WriteAsync(TemporaryState state, string name)
    {
        var folder = Directory.CreateDirectory(Path.Combine(state.Folder.Images, name, "building")).FullName;

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

        // An image's version is the hash of its files' hashes.
        using var all = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in (string[])["vmlinuz", "initrd", "disk.qcow2"])
        {
            all.AppendData(SHA256.HashData(await File.ReadAllBytesAsync(Path.Combine(folder, file))));
        }

        var version = Convert.ToHexStringLower(all.GetHashAndReset())[..16];
        var final = Path.Combine(state.Folder.Images, name, version);
        var image = new Image(final, name, version, DateTimeOffset.UnixEpoch, MemoryMiB: 64, Cpus: 1);
        await File.WriteAllBytesAsync(Path.Combine(folder, "image.json"), JsonSerializer.SerializeToUtf8Bytes(image));
        Directory.Move(folder, final);
        foreach (var path in (string[])[final, Path.GetDirectoryName(final)!])
        {
            File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
        }

        return image;
    }
}
