using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Vdi.Protocol;

namespace Vdi.Display.Sources;

/// <summary>How four bytes of a pixel lie in memory, and the way from there to red, green, blue, unused.</summary>
internal readonly struct PixelOrder
{
    private readonly Vector128<byte> _shuffle;

    private PixelOrder(byte red, byte green, byte blue, byte rest)
    {
        var places = new byte[16];
        for (var i = 0; i < 16; i += 4)
        {
            (places[i], places[i + 1], places[i + 2], places[i + 3]) = ((byte)(i + red), (byte)(i + green), (byte)(i + blue), (byte)(i + rest));
        }

        _shuffle = Vector128.Create(places);
    }

    /// <summary>By pixman's format code (pixman.h, PIXMAN_FORMAT: a little-endian word of 32 bits, components named from the top): those
    /// that virtio-gpu has; QEMU's surfaces are of no other depth when the listener names none.</summary>
    public static PixelOrder Of(uint format) => format switch
    {
        0x20020888 or 0x20028888 => new PixelOrder(2, 1, 0, 3), // x8r8g8b8, a8r8g8b8
        0x20030888 or 0x20038888 => new PixelOrder(0, 1, 2, 3), // x8b8g8r8, a8b8g8r8
        0x20080888 or 0x20088888 => new PixelOrder(1, 2, 3, 0), // b8g8r8x8, b8g8r8a8
        0x20090888 or 0x20098888 => new PixelOrder(3, 2, 1, 0), // r8g8b8x8, r8g8b8a8
        _ => throw new ProtocolException($"dbus: pixels of an unknown format, 0x{format:x8}"),
    };

    /// <summary>Whole pixels; both may be the same memory.</summary>
    public void Convert(ReadOnlySpan<byte> from, Span<byte> to)
    {
        var vectors = MemoryMarshal.Cast<byte, Vector128<byte>>(from);
        var results = MemoryMarshal.Cast<byte, Vector128<byte>>(to);
        for (var i = 0; i < vectors.Length; i++)
        {
            results[i] = Vector128.Shuffle(vectors[i], _shuffle);
        }

        for (var at = vectors.Length * 16; at < from.Length; at += 4)
        {
            var (red, green, blue, rest) = (from[at + _shuffle[0]], from[at + _shuffle[1]], from[at + _shuffle[2]], from[at + _shuffle[3]]);
            (to[at], to[at + 1], to[at + 2], to[at + 3]) = (red, green, blue, rest);
        }
    }
}
