using System.Buffers.Binary;
using Vdi.Emulator.Machines;

namespace Vdi.Emulator.Importing;

/// <summary>The header of a sparse extent (VMware, Virtual Disk Format 5.0, "Hosted Sparse Extents" and "Stream-Optimized Compressed Sparse
/// Extents"): 512 bytes, little-endian, sizes and places in sectors of 512 bytes.</summary>
internal static class VmdkHeader
{
    private const int Sector = 512;
    private const uint Magic = 0x564D444B;
    private const uint ValidNewLines = 1 << 0;
    private const uint Compressed = 1 << 16;
    private const uint Markers = 1 << 17;

    /// <summary>The grain directory's place is in a copy of the header at the end.</summary>
    private const ulong AtEnd = ulong.MaxValue;

    /// <summary>Sectors of the description; VMware writes 20.</summary>
    private const ulong MaxDescriptor = 128;
    private const ulong MaxDirectoryBytes = 32 << 20;

    /// <summary>The virtual size in bytes.</summary>
    public static long Check(HeaderFile file)
    {
        var header = file.Read(0, Sector);
        var capacity = DemandSane(header);
        var (place, length) = (U64(header, 28), U64(header, 36));
        if (place == 0 || length == 0)
        {
            throw new MachineException("The disk is one of several files: export it as one file (streamOptimized, as in an OVA), then upload that");
        }

        if (length > MaxDescriptor || place > (ulong)file.Length / Sector)
        {
            throw DiskHeader.Absurd("VMDK", $"a description of {length} sectors at {place}");
        }

        VmdkDescriptor.Demand(file.Read((long)place * Sector, (int)length * Sector), capacity);
        var directory = U64(header, 56);
        if (directory == AtEnd)
        {
            // Three sectors end it: a marker, the footer, and the end of the stream, which is nothing but zeros.
            var footer = file.Read(file.Length - (2 * Sector), Sector);
            if (file.Length % Sector != 0 || U32(footer, 0) != Magic || file.Read(file.Length - Sector, Sector).AsSpan().ContainsAnyExcept((byte)0))
            {
                throw new MachineException("The file is not whole: a VMDK of this kind has a footer, and this one has none. Upload it again, and compare its length with the original's");
            }

            if (DemandSane(footer) != capacity || U64(footer, 20) != U64(header, 20))
            {
                throw DiskHeader.Absurd("VMDK", "another size than its footer");
            }

            directory = U64(footer, 56);
        }

        // One entry for each table of 512 grains.
        var perTable = U64(header, 20) * U32(header, 44);
        var entries = (capacity + perTable - 1) / perTable;
        if (directory == 0 || directory > (ulong)file.Length / Sector || entries * 4 > MaxDirectoryBytes)
        {
            throw DiskHeader.Absurd("VMDK", $"a grain directory of {entries} entries at {directory}");
        }

        file.Demand((long)directory * Sector, (long)entries * 4);
        return (long)capacity * Sector;
    }

    /// <summary>The capacity in sectors. At 0 QEMU would take the description for one whose content is in other files.</summary>
    private static ulong DemandSane(byte[] header)
    {
        var (version, flags, capacity, grain, entries) = (U32(header, 4), U32(header, 8), U64(header, 12), U64(header, 20), U32(header, 44));
        if (version is < 1 or > 3)
        {
            throw DiskHeader.Absurd("VMDK", $"an unknown version {version}");
        }

        if (capacity is 0 or > long.MaxValue / Sector)
        {
            throw DiskHeader.Absurd("VMDK", $"a capacity of {capacity} sectors");
        }

        if (grain is < 8 or > 2048 || (grain & (grain - 1)) != 0 || entries != 512)
        {
            throw DiskHeader.Absurd("VMDK", $"grains of {grain} sectors in tables of {entries}");
        }

        // Line ends that a transfer as text would have changed.
        if ((flags & ValidNewLines) != 0 && header.AsSpan(73, 4) is not [(byte)'\n', (byte)' ', (byte)'\r', (byte)'\n'])
        {
            throw new MachineException("The file was changed on its way, as a transfer in text mode does: copy and upload it again");
        }

        var compression = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(77));
        if (compression > 1 || (compression == 1) != ((flags & Compressed) != 0) || ((flags & Compressed) != 0 && (flags & Markers) == 0))
        {
            throw DiskHeader.Absurd("VMDK", $"an unknown compression {compression}");
        }

        return capacity;
    }

    private static uint U32(byte[] bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));

    private static ulong U64(byte[] bytes, int at) => BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at));
}
