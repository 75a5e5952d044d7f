using System.Buffers.Binary;
using Vdi.Emulator.Machines;
using Vdi.Protocol.Fleet;

namespace Vdi.Emulator.Importing;

/// <summary>What a file is by its first bytes, and of some kinds its last.</summary>
internal static class FileKind
{
    private const string Convert = "convert it with qemu-img convert -O qcow2, then upload that";
    private const string Unpack = "unpack it, then upload the disk that is in it";

    /// <summary>Kinds that are not taken: where in the file which bytes are, what that is, and what to do. Negative counts from the end.</summary>
    private static readonly (long At, byte[] Magic, string What, string Do)[] Others =
    [
        (0, [.. "# Disk DescriptorFile"u8], "only the description of a VMware disk whose content is in other files", "export the disk as one file (streamOptimized, as in an OVA), then upload that"),
        (0, [.. "COWD"u8], "a disk of an old VMware ESX", Convert),
        (64, [0x7F, 0x10, 0xDA, 0xBE], "a VirtualBox disk (VDI)", "export it as VMDK or " + Convert),
        (0, [.. "conectix"u8], "a VHD disk", "convert it to VHDX (Convert-VHD), then upload that"),
        (-512, [.. "conectix"u8], "a VHD disk", "convert it to VHDX (Convert-VHD), then upload that"),
        (0, [.. "LUKS"u8, 0xBA, 0xBE], "an encrypted disk (LUKS)", "upload it decrypted"),
        (0, [.. "QED\0"u8], "a QED disk", Convert),
        (0, [.. "WithoutFreeSpace"u8], "a Parallels disk", Convert),
        (0, [.. "WithouFreSpacExt"u8], "a Parallels disk", Convert),
        (0, [.. "Bochs Virtual HD Image"u8], "a Bochs disk", Convert),
        (-512, [.. "koly"u8], "an Apple disk image (DMG)", Convert),
        (257, [.. "ustar"u8], "an archive (tar or OVA)", Unpack),
        (0, [.. "PK\u0003\u0004"u8], "an archive (ZIP)", Unpack),
        (0, [0x1F, 0x8B], "compressed (gzip)", Unpack),
        (0, [.. "BZh"u8], "compressed (bzip2)", Unpack),
        (0, [0xFD, .. "7zXZ\0"u8], "compressed (xz)", Unpack),
        (0, [0x28, 0xB5, 0x2F, 0xFD], "compressed (zstd)", Unpack),
        (0, [.. "7z"u8, 0xBC, 0xAF, 0x27, 0x1C], "an archive (7-Zip)", Unpack),
        (0, [.. "Rar!"u8], "an archive (RAR)", Unpack),
    ];

    /// <exception cref="MachineException">When the file is something else than <paramref name="format"/>.</exception>
    public static void Demand(HeaderFile file, MediumFormat format)
    {
        if (Known(file) is { } found)
        {
            if (found != format)
            {
                throw new MachineException($"The file is not {Name(format)}: it is {Name(found)}. Choose that, or upload another file");
            }

            return;
        }

        foreach (var (at, magic, what, todo) in Others)
        {
            if (Has(file, at, magic))
            {
                throw new MachineException($"The file is {what}: {todo}");
            }
        }

        if (format != MediumFormat.Raw)
        {
            throw new MachineException($"The file is not {Name(format)}: it does not begin like one. Choose what it is, or upload another file");
        }
    }

    /// <summary>Null where it is none of those that are taken and have a beginning of their own.</summary>
    private static MediumFormat? Known(HeaderFile file)
    {
        var head = file.Head(8);
        return head is [(byte)'Q', (byte)'F', (byte)'I', 0xFB, ..] ? Qcow(head)
            : head.AsSpan().StartsWith("KDMV"u8) ? MediumFormat.Vmdk
            : head.AsSpan().StartsWith("vhdxfile"u8) ? MediumFormat.Vhdx
            : IsoHeader.IsOne(file) ? MediumFormat.Iso
            : null;
    }

    private static MediumFormat Qcow(byte[] head) => head.Length == 8 && BinaryPrimitives.ReadUInt32BigEndian(head.AsSpan(4)) == 1
        ? throw new MachineException("The file is a disk of the first qcow format: " + Convert)
        : MediumFormat.Qcow2;

    private static bool Has(HeaderFile file, long at, byte[] magic)
    {
        var from = at < 0 ? file.Length + at : at;
        return from >= 0 && from + magic.Length <= file.Length && file.Read(from, magic.Length).AsSpan().SequenceEqual(magic);
    }

    private static string Name(MediumFormat format) => format switch
    {
        MediumFormat.Qcow2 => "a qcow2 disk",
        MediumFormat.Raw => "a raw disk",
        MediumFormat.Vmdk => "a VMware disk (VMDK)",
        MediumFormat.Vhdx => "a Hyper-V disk (VHDX)",
        _ => "an installer (ISO)",
    };
}
