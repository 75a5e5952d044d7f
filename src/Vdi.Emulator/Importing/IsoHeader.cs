using System.Buffers.Binary;
using Vdi.Emulator.Machines;

namespace Vdi.Emulator.Importing;

/// <summary>The volume descriptors of an installer's file: ISO 9660 (ECMA-119, 8) and UDF (ECMA-167, parts 2 and 3), from sector 16 of
/// 2048 bytes on.</summary>
internal static class IsoHeader
{
    private const int Sector = 2048;
    private const int FirstDescriptor = 16;
    private const int MaxDescriptors = 64;

    public static bool IsOne(HeaderFile file) => file.Length >= (FirstDescriptor + 1) * Sector && file.Read((FirstDescriptor * Sector) + 1, 5).AsSpan() is var id && (id.SequenceEqual("CD001"u8) || id.SequenceEqual("BEA01"u8));

    /// <summary>The file's length, when all of its volumes are in it.</summary>
    public static long Check(HeaderFile file)
    {
        var (iso, udf) = (0L, false);
        for (var sector = FirstDescriptor; sector < FirstDescriptor + MaxDescriptors && (sector + 1L) * Sector <= file.Length; sector++)
        {
            var descriptor = file.Read((long)sector * Sector, Sector);
            var id = descriptor.AsSpan(1, 5);
            if (id.SequenceEqual("CD001"u8) && descriptor[0] == 1)
            {
                // The size is there twice, in either order (ECMA-119, 7.3.3 and 8.4.8); the block's size, too.
                var (blocks, block) = (BinaryPrimitives.ReadUInt32LittleEndian(descriptor.AsSpan(80)), BinaryPrimitives.ReadUInt16LittleEndian(descriptor.AsSpan(128)));
                if (blocks == 0 || blocks != BinaryPrimitives.ReadUInt32BigEndian(descriptor.AsSpan(84)) || block is not (512 or 1024 or 2048) || block != BinaryPrimitives.ReadUInt16BigEndian(descriptor.AsSpan(130)))
                {
                    throw DiskHeader.Absurd("ISO", $"{blocks} blocks of {block} bytes");
                }

                iso = (long)blocks * block;
            }
            else if (id.SequenceEqual("NSR02"u8) || id.SequenceEqual("NSR03"u8))
            {
                udf = true;
            }
            else if (!id.SequenceEqual("CD001"u8) && !id.SequenceEqual("BEA01"u8) && !id.SequenceEqual("BOOT2"u8) && !id.SequenceEqual("TEA01"u8))
            {
                break;
            }
        }

        if (iso == 0 && !udf)
        {
            throw DiskHeader.Absurd("ISO", "no volume");
        }

        file.Demand(0, Math.Max(iso, udf ? UdfEnd(file) : 0));
        return file.Length;
    }

    /// <summary>Where UDF's last partition ends, in bytes: the anchor in sector 256 (ECMA-167, 3/10.2) tells where the sequence of volume
    /// descriptors is, and a partition descriptor in it (3/10.5) where the partition is.</summary>
    private static long UdfEnd(HeaderFile file)
    {
        const int Anchor = 256;
        const ushort AnchorTag = 2;
        const ushort PartitionTag = 5;
        var anchor = file.Read(Anchor * Sector, 24);
        if (BinaryPrimitives.ReadUInt16LittleEndian(anchor) != AnchorTag)
        {
            throw DiskHeader.Absurd("UDF", "no anchor");
        }

        var (count, first) = (Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(anchor.AsSpan(16)) / Sector, MaxDescriptors), BinaryPrimitives.ReadUInt32LittleEndian(anchor.AsSpan(20)));
        var end = 0L;
        for (var i = 0L; i < count; i++)
        {
            var descriptor = file.Read((first + i) * Sector, 196);
            if (BinaryPrimitives.ReadUInt16LittleEndian(descriptor) == PartitionTag)
            {
                end = Math.Max(end, ((long)BinaryPrimitives.ReadUInt32LittleEndian(descriptor.AsSpan(188)) + BinaryPrimitives.ReadUInt32LittleEndian(descriptor.AsSpan(192))) * Sector);
            }
        }

        return end;
    }
}
