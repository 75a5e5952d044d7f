using System.Buffers.Binary;

namespace Vdi.TestSupport;

/// <summary>What QEMU's blklogwrites wrote down of a disk: every write and flush in order (Linux Documentation/admin-guide/device-mapper/log-writes; little-endian:
/// a sector with magic, version, number of entries, size of a sector; then each entry as a sector with its place, its length in sectors, and flags, before its data).</summary>
public sealed class WriteLog : IDisposable
{
    private const ulong Magic = 0x6a736677736872;
    private const ulong Flush = 1;
    private const ulong Discard = 4;
    private readonly FileStream _file;

    public WriteLog(string path)
    {
        _file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1 << 16);
        var head = Read(0, 32);
        if (U64(head, 0) != Magic)
        {
            throw new InvalidDataException($"{path} is no log of writes");
        }

        var sector = BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(24));
        var entries = new List<Entry>();
        var at = (long)sector;
        for (ulong i = 0; i < U64(head, 16); i++)
        {
            var entry = Read(at, 32);
            var (flags, length) = (U64(entry, 16), (long)U64(entry, 8) * sector);
            var data = (flags & Discard) != 0 ? 0 : length;
            entries.Add(new Entry((long)U64(entry, 0) * sector, length, (flags & Flush) != 0, (flags & Discard) != 0, at + sector));
            at += sector + data;
        }

        Entries = entries;
    }

    public IReadOnlyList<Entry> Entries { get; }

    /// <summary>How many entries there are by now, while QEMU writes; it says so at each flush.</summary>
    public static long Count(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 0);
        var head = new byte[32];
        file.ReadExactly(head);
        return (long)U64(head, 16);
    }

    /// <summary>Does to the disk what the entry did.</summary>
    public void Apply(Entry entry, FileStream disk)
    {
        // What was discarded may be anything; it is nothing here.
        var data = entry.IsDiscard ? new byte[entry.Length] : Read(entry.DataAt, (int)entry.Length);
        if (data.Length > 0)
        {
            disk.Position = entry.At;
            disk.Write(data);
        }
    }

    public void Dispose() => _file.Dispose();

    private byte[] Read(long at, int length)
    {
        var bytes = new byte[length];
        _file.Position = at;
        _file.ReadExactly(bytes);
        return bytes;
    }

    private static ulong U64(byte[] bytes, int at) => BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at));

    /// <param name="At">Byte of the disk.</param>
    /// <param name="DataAt">Byte of the log.</param>
    public sealed record Entry(long At, long Length, bool IsFlush, bool IsDiscard, long DataAt);
}
