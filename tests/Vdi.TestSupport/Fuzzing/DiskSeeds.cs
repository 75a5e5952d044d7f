using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Vdi.TestSupport.Fuzzing;

/// <summary>The smallest files that are disks of 1 MiB, or installers, as far as their headers say. New ones at each call, to be changed.</summary>
public static class DiskSeeds
{
    public const long VirtualBytes = 1 << 20;

    /// <summary>Where in <see cref="Vhdx"/> the block size and its flags are.</summary>
    public const int VhdxParameters = Metadata + (64 << 10);

    /// <summary>Where in <see cref="Vhdx"/> the virtual size is.</summary>
    public const int VhdxSize = VhdxParameters + 8;
    private const int Metadata = 1 << 20;
    private const int BlockTable = 2 << 20;
    private const int IsoSector = 2048;

    /// <summary>Clusters of 512 bytes: header, L1 table of 32 entries, refcount table.</summary>
    public static byte[] Qcow2()
    {
        var file = new byte[3 * 512];
        "QFI"u8.CopyTo(file);
        file[3] = 0xFB;
        foreach (var (at, value) in new (int, uint)[] { (4, 3), (20, 9), (28, (uint)VirtualBytes), (36, 32), (44, 512), (52, 1024), (56, 1), (96, 4), (100, 104) })
        {
            BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(at), value);
        }

        return file;
    }

    /// <summary>Sectors: header, description, grain directory.</summary>
    /// <param name="change">What is done to the description.</param>
    public static byte[] Vmdk(Func<string, string>? change = null)
    {
        const string Description = "# Disk DescriptorFile\nversion=1\nCID=0badcafe\nparentCID=ffffffff\ncreateType=\"monolithicSparse\"\n\n# Extent description\nRW 2048 SPARSE \"disk.vmdk\"\n\n#DDB\nddb.adapterType = \"ide\"\n";
        var file = new byte[3 * 512];
        "KDMV"u8.CopyTo(file);
        foreach (var (at, value) in new (int, uint)[] { (4, 1), (8, 1), (12, 2048), (20, 128), (28, 1), (36, 1), (44, 512), (56, 2), (64, 3) })
        {
            BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(at), value);
        }

        "\n \r\n"u8.CopyTo(file.AsSpan(73));
        Encoding.Latin1.GetBytes(change is null ? Description : change(Description)).CopyTo(file, 512);
        return file;
    }

    /// <summary>Headers, region table, metadata at 1 MiB and blocks at 2 MiB.</summary>
    /// <param name="change">What is done to the first header, which is the newer.</param>
    public static byte[] Vhdx(Action<byte[]>? change = null)
    {
        var file = new byte[3 << 20];
        "vhdxfile"u8.CopyTo(file);
        foreach (var (at, sequence) in new[] { (64 << 10, 2), (128 << 10, 1) })
        {
            var header = new byte[4096];
            "head"u8.CopyTo(header);
            (header[8], header[66]) = ((byte)sequence, 1);
            if (sequence == 2)
            {
                change?.Invoke(header);
            }

            BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(4), ~header.Aggregate(uint.MaxValue, BitOperations.Crc32C));
            header.CopyTo(file, at);
        }

        var regions = file.AsSpan(192 << 10);
        "regi"u8.CopyTo(regions);
        regions[8] = 2;
        Region(regions[16..], "8B7CA206-4790-4B9A-B8FE-575F050F886E", Metadata);
        Region(regions[48..], "2DC27766-F623-4200-9D64-115E9BFD4A08", BlockTable);

        var metadata = file.AsSpan(Metadata);
        "metadata"u8.CopyTo(metadata);
        metadata[10] = 3;
        Item(metadata[32..], "CAA16737-FA36-4D43-B3B6-33F0AA44E76B", 64 << 10, 8);
        Item(metadata[64..], "2FA54224-CD1B-4876-B211-5DBED83BF4B8", (64 << 10) + 8, 8);
        Item(metadata[96..], "8141BF1D-A96F-4709-BA47-F233A8FAAB5F", (64 << 10) + 16, 4);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(VhdxParameters), 1 << 20);
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(VhdxSize), (ulong)VirtualBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(VhdxSize + 8), 512);
        return file;
    }

    /// <summary>ISO 9660: a primary volume descriptor and the one that ends them.</summary>
    public static byte[] Iso()
    {
        var file = new byte[20 * IsoSector];
        var volume = file.AsSpan(16 * IsoSector);
        volume[0] = 1;
        "CD001"u8.CopyTo(volume[1..]);
        (volume[6], volume[80], volume[87]) = (1, 20, 20);
        (volume[129], volume[130]) = (IsoSector >> 8, IsoSector >> 8);
        volume[IsoSector] = 255;
        "CD001"u8.CopyTo(volume[(IsoSector + 1)..]);
        volume[IsoSector + 6] = 1;
        return file;
    }

    /// <summary>UDF: what says that it is, the anchor, and one partition.</summary>
    public static byte[] Udf()
    {
        var file = new byte[260 * IsoSector];
        "BEA01"u8.CopyTo(file.AsSpan((16 * IsoSector) + 1));
        "NSR02"u8.CopyTo(file.AsSpan((17 * IsoSector) + 1));
        "TEA01"u8.CopyTo(file.AsSpan((18 * IsoSector) + 1));
        var anchor = file.AsSpan(256 * IsoSector);
        anchor[0] = 2;
        BinaryPrimitives.WriteUInt32LittleEndian(anchor[16..], IsoSector);
        BinaryPrimitives.WriteUInt32LittleEndian(anchor[20..], 257);
        var partition = file.AsSpan(257 * IsoSector);
        partition[0] = 5;
        BinaryPrimitives.WriteUInt32LittleEndian(partition[188..], 258);
        BinaryPrimitives.WriteUInt32LittleEndian(partition[192..], 2);
        return file;
    }

    private static void Region(Span<byte> entry, string id, ulong offset)
    {
        new Guid(id).TryWriteBytes(entry);
        BinaryPrimitives.WriteUInt64LittleEndian(entry[16..], offset);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[24..], 1 << 20);
        entry[28] = 1;
    }

    private static void Item(Span<byte> entry, string id, uint offset, uint length)
    {
        new Guid(id).TryWriteBytes(entry);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[16..], offset);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[20..], length);
        entry[24] = 4;
    }
}
