using System.Buffers.Binary;
using System.Text;
using Vdi.Emulator.Machines;

namespace Vdi.Emulator.Importing;

/// <summary>The header of a qcow2 file (QEMU, docs/interop/qcow2): big-endian, 72 bytes in version 2, and 104 or more in version 3.</summary>
internal static class Qcow2Header
{
    private const int Version2Bytes = 72;
    private const int Version3Bytes = 104;

    // Incompatible features.
    private const ulong Dirty = 1 << 0;
    private const ulong Corrupt = 1 << 1;
    private const ulong ExternalDataFile = 1 << 2;
    private const ulong OtherCompression = 1 << 3;
    private const ulong ExtendedL2 = 1 << 4;

    // Header extensions.
    private const uint EndOfExtensions = 0;
    private const uint DataFileName = 0x44415441;
    private const uint Encryption = 0x0537BE77;
    private const int MaxExtensions = 64;

    /// <summary>What QEMU opens at most: 32 MiB of L1 table, 8 MiB of refcount table, 65536 snapshots; of these no more are sane.</summary>
    private const long MaxL1Bytes = 32 << 20;
    private const long MaxRefcountTableBytes = 8 << 20;
    private const uint MaxSnapshots = 1024;

    /// <summary>The virtual size in bytes.</summary>
    public static long Check(HeaderFile file)
    {
        var header = file.Read(0, Version2Bytes);
        var version = U32(header, 4);
        if (version is not (2 or 3))
        {
            throw DiskHeader.Absurd("qcow2", $"an unknown version {version}");
        }

        header = version == 3 ? file.Read(0, Version3Bytes + 8 <= file.Length ? Version3Bytes + 8 : Version3Bytes) : header;
        DemandAlone(file, header);
        if (U32(header, 32) != 0)
        {
            throw Encrypted();
        }

        var bits = U32(header, 20);
        if (bits is < 9 or > 21)
        {
            throw DiskHeader.Absurd("qcow2", $"clusters of 2^{bits} bytes");
        }

        var cluster = 1L << (int)bits;
        var features = version == 3 ? DemandFeatures(header) : 0;
        var length = version == 3 ? U32(header, 100) : Version2Bytes;
        if (version == 3 && (length < Version3Bytes || length % 8 != 0 || length > cluster))
        {
            throw DiskHeader.Absurd("qcow2", $"a length of {length} bytes");
        }

        DemandExtensions(file, length, cluster);
        return DemandTables(file, header, cluster, extended: (features & ExtendedL2) != 0);
    }

    private static void DemandAlone(HeaderFile file, byte[] header)
    {
        var (offset, length) = (U64(header, 8), U32(header, 16));
        if (offset == 0 && length == 0)
        {
            return;
        }

        // At most 1023 bytes, says the format.
        var name = length is > 0 and < 1024 && offset <= (ulong)file.Length ? $" '{PeerText.Head(Encoding.UTF8.GetString(file.Read((long)offset, (int)length)))}'" : "";
        throw new MachineException($"The disk is only what was changed over another file{name}: make it whole with qemu-img convert -O qcow2, or commit it, then upload that");
    }

    private static ulong DemandFeatures(byte[] header)
    {
        var features = U64(header, 72);
        if ((features & ExternalDataFile) != 0)
        {
            throw DataElsewhere();
        }

        if ((features & Corrupt) != 0)
        {
            throw new MachineException("The disk is marked as corrupt by the program that wrote it: mend it with qemu-img check -r all, or export it again");
        }

        if ((features & Dirty) != 0)
        {
            throw new MachineException("The disk was not closed properly: shut its machine down and copy the disk then, or mend it with qemu-img check -r all");
        }

        if ((features & ~(OtherCompression | ExtendedL2)) != 0)
        {
            throw new MachineException($"The disk needs features that are not known here (0x{features:x}): convert it with qemu-img convert -O qcow2, then upload that");
        }

        // Byte 104 is part of the header only where the feature is named; zstd is 1.
        var compression = header.Length > Version3Bytes && U32(header, 100) > Version3Bytes ? header[Version3Bytes] : 0;
        var named = (features & OtherCompression) != 0;
        if (compression > 1 || named != (compression == 1))
        {
            throw DiskHeader.Absurd("qcow2", $"an unknown compression {compression}");
        }

        if (U32(header, 96) > 6)
        {
            throw DiskHeader.Absurd("qcow2", "reference counts of more than 64 bits");
        }

        return features;
    }

    private static void DemandExtensions(HeaderFile file, long from, long cluster)
    {
        for (var count = 0; from + 8 <= Math.Min(cluster, file.Length); count++)
        {
            var head = file.Read(from, 8);
            var (type, length) = (U32(head, 0), U32(head, 4));
            if (type == EndOfExtensions)
            {
                return;
            }

            if (type == DataFileName)
            {
                throw DataElsewhere();
            }

            if (type == Encryption)
            {
                throw Encrypted();
            }

            // Each is padded to a multiple of 8 bytes.
            from += 8 + ((length + 7L) & ~7L);
            if (from > cluster || count == MaxExtensions)
            {
                throw DiskHeader.Absurd("qcow2", "extensions without end");
            }
        }
    }

    /// <summary>L1 table, refcount table and snapshots are in the file and fit to the size.</summary>
    private static long DemandTables(HeaderFile file, byte[] header, long cluster, bool extended)
    {
        var size = U64(header, 24);
        if (size > long.MaxValue || size % 512 != 0)
        {
            throw DiskHeader.Absurd("qcow2", $"a size of {size} bytes");
        }

        var perL2 = cluster * (cluster / (extended ? 16 : 8));
        var needed = ((long)size / perL2) + ((long)size % perL2 == 0 ? 0 : 1);
        var entries = (long)U32(header, 36);
        if (entries < needed || entries * 8 > MaxL1Bytes)
        {
            throw DiskHeader.Absurd("qcow2", $"an L1 table of {entries} entries for {size} bytes");
        }

        DemandTable(file, U64(header, 40), entries * 8, cluster, "L1 table");
        var refcounts = (long)U32(header, 56) * cluster;
        if (refcounts is 0 or > MaxRefcountTableBytes)
        {
            throw DiskHeader.Absurd("qcow2", $"a refcount table of {refcounts} bytes");
        }

        DemandTable(file, U64(header, 48), refcounts, cluster, "refcount table");
        var snapshots = U32(header, 60);
        if (snapshots > MaxSnapshots)
        {
            throw DiskHeader.Absurd("qcow2", $"{snapshots} snapshots");
        }

        if (snapshots > 0)
        {
            // The shortest entry has 40 bytes.
            DemandTable(file, U64(header, 64), snapshots * 40L, cluster, "table of snapshots");
        }

        return (long)size;
    }

    private static void DemandTable(HeaderFile file, ulong offset, long length, long cluster, string what)
    {
        if (offset % (ulong)cluster != 0 || (offset == 0 && length > 0) || offset > long.MaxValue)
        {
            throw DiskHeader.Absurd("qcow2", $"its {what} at {offset}");
        }

        file.Demand((long)offset, length);
    }

    private static MachineException DataElsewhere() => new("The disk's content is in another file: make it whole with qemu-img convert -O qcow2, then upload that");

    private static MachineException Encrypted() => new("The disk is encrypted: upload it decrypted (qemu-img convert with its secret)");

    private static uint U32(byte[] bytes, int at) => BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(at));

    private static ulong U64(byte[] bytes, int at) => BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(at));
}
