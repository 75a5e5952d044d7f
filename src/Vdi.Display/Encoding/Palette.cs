using System.Runtime.InteropServices;
using Vdi.Display.Framebuffer;
using Vdi.Protocol.Wire;

namespace Vdi.Display.Encoding;

/// <summary>Spans of few colours: text, buttons, icons. A count less one, the colours in the order in which they first appear
/// (all reds, all greens, all blues: greys cost one of them), then indices of 1, 2, 4 or 8 bits, row by row, each row from its own byte, the first pixel in the highest bits.</summary>
internal sealed class Palette
{
    public const int Most = 256;
    private const int Slots = 1024;
    private readonly uint[] _slots = new uint[Slots];
    private readonly short[] _indices = new short[Slots];
    private readonly uint[] _colours = new uint[Most];

    public int Count { get; private set; }

    /// <summary>Bits of an index into so many colours.</summary>
    public static int BitsFor(int colours) => colours switch { <= 2 => 1, <= 4 => 2, <= 16 => 4, _ => 8 };

    /// <summary>Bytes of a span's indices.</summary>
    public static int IndexBytes(Rectangle area, int bits) => ((area.Width * bits) + 7) / 8 * area.Height;

    /// <summary>Collects the colours of an area; false where there are too many.</summary>
    public bool Collect(Picture picture, Rectangle area)
    {
        Array.Clear(_slots);
        Count = 0;
        for (var y = area.Y; y < area.Bottom; y++)
        {
            var last = 0u;
            foreach (var pixel in picture.Words(area.X, y, area.Width))
            {
                if (pixel != last && !Take(pixel))
                {
                    return false;
                }

                last = pixel;
            }
        }

        return true;
    }

    /// <summary>Writes the area whose colours were collected; returns how many bytes.</summary>
    public int Write(Picture picture, Rectangle area, Span<byte> to)
    {
        var at = 0;
        to[at++] = (byte)(Count - 1);
        for (var plane = 0; plane < 24; plane += 8)
        {
            foreach (var colour in _colours.AsSpan(0, Count))
            {
                to[at++] = (byte)(colour >> plane);
            }
        }

        var bits = BitsFor(Count);
        for (var y = area.Y; y < area.Bottom; y++)
        {
            var (pending, filled) = (0, 0);
            var (last, index) = (0u, 0);
            foreach (var pixel in picture.Words(area.X, y, area.Width))
            {
                if (pixel != last)
                {
                    (last, index) = (pixel, _indices[SlotOf(pixel)]);
                }

                pending = (pending << bits) | index;
                filled += bits;
                if (filled == 8)
                {
                    to[at++] = (byte)pending;
                    (pending, filled) = (0, 0);
                }
            }

            if (filled > 0)
            {
                to[at++] = (byte)(pending << (8 - filled));
            }
        }

        return at;
    }

    private bool Take(uint pixel)
    {
        var slot = SlotOf(pixel);
        if (_slots[slot] == pixel)
        {
            return true;
        }

        if (Count == Most)
        {
            return false;
        }

        (_slots[slot], _indices[slot]) = (pixel, (short)Count);
        _colours[Count++] = pixel;
        return true;
    }

    /// <summary>A pixel's fourth byte is 255, so 0 is a free slot.</summary>
    private int SlotOf(uint pixel)
    {
        var slot = (int)((pixel * 0x9E3779B1u) >> 22);
        while (_slots[slot] != 0 && _slots[slot] != pixel)
        {
            slot = (slot + 1) & (Slots - 1);
        }

        return slot;
    }
}
