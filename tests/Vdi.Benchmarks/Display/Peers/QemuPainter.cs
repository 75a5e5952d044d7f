using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using System.Text;
using Vdi.Display.Framebuffer;
using Vdi.Protocol.Wire;

namespace Vdi.Benchmarks.Display.Peers;

/// <summary>Paints on the screen of a QEMU without a guest: its display is a ramfb, whose pixels lie in the machine's memory, and that is a file
/// which is mapped here, too. What a driver would do, which is to say where they lie, is done over QEMU's device test protocol. QEMU looks for
/// changes by itself, as it does at a guest without a driver that says them; it may see half of a picture.</summary>
internal sealed unsafe class QemuPainter : IPainter
{
    private const int MemoryMiB = 64;

    /// <summary>Addresses in the machine's memory: the pixels, and two scratch places for <see cref="Configure"/>.</summary>
    private const int Pixels = 0x1000000;
    private const int Settings = 0x10000;
    private const int Transfer = 0x20000;

    /// <summary>XRGB8888 in drm_fourcc.h: bytes blue, green, red, unused.</summary>
    private const uint Format = 0x34325258;
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly uint* _pixels;
    private readonly int _width;

    /// <param name="folder">The one that <see cref="Arguments"/> was told.</param>
    public QemuPainter(string folder, int width, int height)
    {
        _width = width;
        using (var line = new QtestLine(Socket(folder)))
        {
            Configure(line, width, height);
        }

        _file = MemoryMappedFile.CreateFromFile(Memory(folder));
        _view = _file.CreateViewAccessor(Pixels, (long)width * height * 4);
        byte* at = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref at);
        _pixels = (uint*)(at + _view.PointerOffset);
    }

    /// <summary>QEMU's arguments for a machine that never runs and whose screen can be painted.</summary>
    public static string[] Arguments(string folder) =>
    [
        "-nodefaults", "-no-user-config", "-S", "-accel", "tcg", "-m", $"{MemoryMiB}M", "-machine", "pc-q35-10.0,memory-backend=ram",
        "-object", $"memory-backend-file,id=ram,size={MemoryMiB}M,mem-path={Memory(folder)},share=on", "-vga", "none", "-device", "ramfb",
        "-qtest", $"unix:{Socket(folder)},server=on,wait=off", "-qtest-log", "/dev/null", "-display", "none",
    ];

    public void Paint(Picture picture, Rectangle area) => BlueFirst.Copy(picture, area, _pixels, _width);

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }

    private static string Memory(string folder) => Path.Combine(folder, "memory");

    private static string Socket(string folder) => Path.Combine(folder, "qtest");

    /// <summary>Writes etc/ramfb by DMA (QEMU, docs/specs/fw_cfg): address, format, flags, width, height and stride, big-endian.</summary>
    private static void Configure(QtestLine line, int width, int height)
    {
        var settings = new byte[28];
        BinaryPrimitives.WriteUInt64BigEndian(settings, Pixels);
        BinaryPrimitives.WriteUInt32BigEndian(settings.AsSpan(8), Format);
        BinaryPrimitives.WriteInt32BigEndian(settings.AsSpan(16), width);
        BinaryPrimitives.WriteInt32BigEndian(settings.AsSpan(20), height);
        BinaryPrimitives.WriteInt32BigEndian(settings.AsSpan(24), width * 4);
        line.Write(Settings, settings);

        // Control (the selector, "select" and "write"), length, address.
        var transfer = new byte[16];
        BinaryPrimitives.WriteUInt32BigEndian(transfer, (uint)(SelectorOf(line, "etc/ramfb") << 16) | 8 | 16);
        BinaryPrimitives.WriteInt32BigEndian(transfer.AsSpan(4), settings.Length);
        BinaryPrimitives.WriteUInt64BigEndian(transfer.AsSpan(8), Settings);
        line.Write(Transfer, transfer);
        line.OutLong(0x514, 0);
        line.OutLong(0x518, BinaryPrimitives.ReverseEndianness((uint)Transfer));
        if (BinaryPrimitives.ReadUInt32BigEndian(line.Read(Transfer, 4)) != 0)
        {
            throw new InvalidOperationException("QEMU did not take the settings of its ramfb");
        }
    }

    private static int SelectorOf(QtestLine line, string name)
    {
        byte[] Take(int count) => [.. Enumerable.Range(0, count).Select(_ => line.InByte(0x511))];

        // The directory: a count, then size, selector, two bytes and 56 of name each.
        line.OutWord(0x510, 0x19);
        for (var left = BinaryPrimitives.ReadInt32BigEndian(Take(4)); left > 0; left--)
        {
            var entry = Take(64);
            if (Encoding.ASCII.GetString(entry, 8, 56).TrimEnd('\0') == name)
            {
                return BinaryPrimitives.ReadUInt16BigEndian(entry.AsSpan(4));
            }
        }

        throw new InvalidOperationException($"QEMU has no {name}");
    }
}
