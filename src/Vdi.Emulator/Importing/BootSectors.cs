using System.Buffers.Binary;
using Vdi.Protocol.Fleet;

namespace Vdi.Emulator.Importing;

/// <summary>What starts a disk, by its first sectors: the master boot record (446 bytes of code, four entries of 16 bytes, 55 AA) and the GUID
/// partition table (UEFI specification, 5.2 and 5.3).</summary>
internal static class BootSectors
{
    /// <summary>What has to be read: a partition table of 128 entries, also where sectors have 4096 bytes.</summary>
    public const int Bytes = 64 << 10;
    private const int MaxEntries = 128;
    private const int EntryBytes = 128;
    private const byte EfiSystemType = 0xEF;
    private static readonly Guid EfiSystem = new("C12A7328-F81F-11D2-BA4B-00A0C93EC93B");
    private static readonly Guid BiosBoot = new("21686148-6449-6E6F-744E-656564454649");

    /// <summary>Null where nothing tells.</summary>
    public static Firmware? FirmwareOf(ReadOnlySpan<byte> disk)
    {
        foreach (var sector in (ReadOnlySpan<int>)[512, 4096])
        {
            if (disk.Length >= sector + 92 && disk[sector..].StartsWith("EFI PART"u8))
            {
                return OfTable(disk, sector);
            }
        }

        return OfBootRecord(disk);
    }

    private static Firmware? OfTable(ReadOnlySpan<byte> disk, int sector)
    {
        var header = disk[sector..];
        var (first, count, size) = (BinaryPrimitives.ReadUInt64LittleEndian(header[72..]), BinaryPrimitives.ReadUInt32LittleEndian(header[80..]), BinaryPrimitives.ReadUInt32LittleEndian(header[84..]));
        if (first > (ulong)(disk.Length / sector) || size is < EntryBytes or > Bytes)
        {
            return null;
        }

        Firmware? found = null;
        for (var i = 0; i < Math.Min(count, MaxEntries); i++)
        {
            var at = ((long)first * sector) + (i * (long)size);
            if (at + 16 > disk.Length)
            {
                break;
            }

            var type = new Guid(disk.Slice((int)at, 16));
            if (type == EfiSystem)
            {
                return Firmware.Uefi;
            }

            found = type == BiosBoot ? Firmware.Bios : found;
        }

        return found;
    }

    private static Firmware? OfBootRecord(ReadOnlySpan<byte> disk)
    {
        if (disk.Length < 512 || disk[510] != 0x55 || disk[511] != 0xAA)
        {
            return null;
        }

        // A file system without partitions ends its first sector like this, too; its code lies where the entries would be.
        var (partitions, efi) = (0, false);
        for (var at = 446; at < 510; at += 16)
        {
            if ((disk[at] & 0x7F) != 0)
            {
                return null;
            }

            partitions += disk[at + 4] == 0 ? 0 : 1;
            efi |= disk[at + 4] == EfiSystemType;
        }

        return efi ? Firmware.Uefi : partitions > 0 && disk[..440].ContainsAnyExcept((byte)0) ? Firmware.Bios : null;
    }
}
