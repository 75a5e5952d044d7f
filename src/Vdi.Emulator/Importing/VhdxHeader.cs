using System.Buffers.Binary;
using System.Numerics;
using Vdi.Emulator.Machines;

namespace Vdi.Emulator.Importing;

/// <summary>The headers of a VHDX file (Microsoft, MS-VHDX 2.2 and 2.6): two headers, two region tables, and the metadata; little-endian.</summary>
internal static class VhdxHeader
{
    private const long MiB = 1 << 20;
    private const int HeaderBytes = 4096;
    private const int RegionTable = 192 << 10;
    private const int TableBytes = 64 << 10;

    /// <summary>Entries that fit into a table of 64 KiB.</summary>
    private const int MaxEntries = 2047;
    private static readonly Guid BlockTable = new("2DC27766-F623-4200-9D64-115E9BFD4A08");
    private static readonly Guid Metadata = new("8B7CA206-4790-4B9A-B8FE-575F050F886E");
    private static readonly Guid FileParameters = new("CAA16737-FA36-4D43-B3B6-33F0AA44E76B");
    private static readonly Guid VirtualDiskSize = new("2FA54224-CD1B-4876-B211-5DBED83BF4B8");
    private static readonly Guid VirtualDiskId = new("BECA12AB-B2E6-4523-93EF-C309E000C746");
    private static readonly Guid LogicalSectorSize = new("8141BF1D-A96F-4709-BA47-F233A8FAAB5F");
    private static readonly Guid PhysicalSectorSize = new("CDA348C7-445D-4471-9CC9-E9885251C556");
    private static readonly Guid ParentLocator = new("A8D35F2D-B30B-454D-ABF7-D3D84834AB0C");

    /// <summary>The virtual size in bytes.</summary>
    public static long Check(HeaderFile file)
    {
        DemandClosed(file);
        var regions = Entries(file.Read(RegionTable, TableBytes), "regi"u8, countAt: 8, first: 16)
            .Select(entry => (Id: new Guid(entry.AsSpan(0, 16)), Offset: BinaryPrimitives.ReadUInt64LittleEndian(entry.AsSpan(16)), Length: U32(entry, 24), Required: (U32(entry, 28) & 1) != 0))
            .ToList();
        foreach (var region in regions)
        {
            if (region.Required && region.Id != BlockTable && region.Id != Metadata)
            {
                throw Unknown();
            }

            if (region.Offset < MiB || region.Offset % MiB != 0 || region.Offset > long.MaxValue || region.Length == 0)
            {
                throw DiskHeader.Absurd("VHDX", $"a region of {region.Length} bytes at {region.Offset}");
            }

            file.Demand((long)region.Offset, region.Length);
        }

        var metadata = regions.FindAll(region => region.Id == Metadata);
        var blocks = regions.FindAll(region => region.Id == BlockTable);
        if (metadata.Count != 1 || blocks.Count != 1)
        {
            throw DiskHeader.Absurd("VHDX", "not one region each for metadata and blocks");
        }

        return DemandDisk(file, (long)metadata[0].Offset, metadata[0].Length, blocks[0].Length);
    }

    /// <summary>Of the two headers the one that is whole and newer counts; where that names a log, changes wait in it.</summary>
    private static void DemandClosed(HeaderFile file)
    {
        byte[]? current = null;
        foreach (var at in (int[])[64 << 10, 128 << 10])
        {
            var header = file.Read(at, HeaderBytes);
            if (header.AsSpan().StartsWith("head"u8) && U32(header, 4) == Checksum(header) && (current is null || U64(header, 8) > U64(current, 8)))
            {
                current = header;
            }
        }

        if (current is null)
        {
            throw DiskHeader.Absurd("VHDX", "no copy that is whole");
        }

        if (BinaryPrimitives.ReadUInt16LittleEndian(current.AsSpan(66)) != 1)
        {
            throw Unknown();
        }

        if (current.AsSpan(48, 16).ContainsAnyExcept((byte)0))
        {
            throw new MachineException("The disk was not closed properly, changes wait in its log: shut its machine down (or attach and detach the disk once in Windows), and copy it then");
        }
    }

    private static long DemandDisk(HeaderFile file, long offset, uint length, uint blockTable)
    {
        if (length < TableBytes)
        {
            throw DiskHeader.Absurd("VHDX", $"metadata of {length} bytes");
        }

        uint? block = null, sector = null;
        ulong? size = null;
        foreach (var entry in Entries(file.Read(offset, TableBytes), "metadata"u8, countAt: 10, first: 32))
        {
            var (id, at, bytes, required) = (new Guid(entry.AsSpan(0, 16)), U32(entry, 16), U32(entry, 20), (U32(entry, 24) & 4) != 0);
            byte[] Value(uint wanted) => bytes == wanted && at >= TableBytes && at <= length - wanted ? file.Read(offset + at, (int)wanted) : throw DiskHeader.Absurd("VHDX", $"{bytes} bytes of metadata at {at}");
            if (id == FileParameters)
            {
                var value = Value(8);
                block = U32(value, 0);
                if ((U32(value, 4) & 2) != 0)
                {
                    throw Differencing();
                }
            }
            else if (id == VirtualDiskSize)
            {
                size = U64(Value(8), 0);
            }
            else if (id == LogicalSectorSize)
            {
                sector = U32(Value(4), 0);
            }
            else if (id == ParentLocator)
            {
                throw Differencing();
            }
            else if (required && id != VirtualDiskId && id != PhysicalSectorSize)
            {
                throw Unknown();
            }
        }

        if (block is not { } blockBytes || blockBytes < MiB || blockBytes > 256 * MiB || !BitOperations.IsPow2(blockBytes))
        {
            throw DiskHeader.Absurd("VHDX", $"blocks of {block} bytes");
        }

        if (sector is not (512 or 4096) || size is not { } virtualBytes || virtualBytes % sector.Value != 0 || virtualBytes > long.MaxValue)
        {
            throw DiskHeader.Absurd("VHDX", $"a size of {size} bytes in sectors of {sector}");
        }

        // 8 bytes for each block, and more where bitmaps of sectors lie between.
        return virtualBytes / blockBytes > blockTable / 8 ? throw DiskHeader.Absurd("VHDX", "fewer blocks than its size needs") : (long)virtualBytes;
    }

    /// <summary>Entries of 32 bytes after a table's beginning.</summary>
    private static IEnumerable<byte[]> Entries(byte[] table, ReadOnlySpan<byte> signature, int countAt, int first)
    {
        // The region table counts in 32 bits, the metadata's in 16.
        var count = countAt == 8 ? U32(table, countAt) : BinaryPrimitives.ReadUInt16LittleEndian(table.AsSpan(countAt));
        return !table.AsSpan().StartsWith(signature) || count > MaxEntries
            ? throw DiskHeader.Absurd("VHDX", "a table that is none")
            : Enumerable.Range(0, (int)count).Select(i => table[(first + (i * 32))..(first + ((i + 1) * 32))]);
    }

    /// <summary>CRC-32C over the header with this field as zeros.</summary>
    private static uint Checksum(byte[] header)
    {
        var crc = uint.MaxValue;
        for (var i = 0; i < header.Length; i++)
        {
            crc = BitOperations.Crc32C(crc, i is >= 4 and < 8 ? (byte)0 : header[i]);
        }

        return ~crc;
    }

    private static MachineException Differencing() => new("The disk is only what was changed over another one (a differencing VHDX): merge it with its parent (Convert-VHD to a dynamic one), then upload that");

    private static MachineException Unknown() => new("The disk needs features of VHDX that are not known here: convert it to a dynamic VHDX (Convert-VHD), then upload that");

    private static uint U32(byte[] bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));

    private static ulong U64(byte[] bytes, int at) => BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at));
}
