using System.Buffers;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Vdi.Protocol.Wire;

namespace Vdi.Display.Framebuffer;

/// <summary>Pixels in memory order red, green, blue, 255; rows without gaps.</summary>
public sealed class Picture(int width, int height)
{
    public int Width { get; } = width;

    public int Height { get; } = height;

    public byte[] Pixels { get; } = new byte[checked(width * height * 4)];

    public Rectangle Bounds => new(0, 0, Width, Height);

    public int Stride => Width * 4;

    public Span<byte> Row(int x, int y, int width) => Pixels.AsSpan((y * Stride) + (x * 4), width * 4);

    /// <summary>The same as pixels.</summary>
    public Span<uint> Words(int x, int y, int width) => MemoryMarshal.Cast<byte, uint>(Row(x, y, width));

    /// <summary>Copies areas inside the picture; each of them reads what was there before the first.</summary>
    public void Move(IReadOnlyList<Move> moves)
    {
        var kept = new byte[moves.Count][];
        for (var i = 0; i < moves.Count; i++)
        {
            var (to, x, y) = (moves[i].To, moves[i].FromX, moves[i].FromY);
            kept[i] = ArrayPool<byte>.Shared.Rent(to.Area * 4);
            for (var row = 0; row < to.Height; row++)
            {
                Row(x, y + row, to.Width).CopyTo(kept[i].AsSpan(row * to.Width * 4));
            }
        }

        for (var i = 0; i < moves.Count; i++)
        {
            var to = moves[i].To;
            for (var row = 0; row < to.Height; row++)
            {
                kept[i].AsSpan(row * to.Width * 4, to.Width * 4).CopyTo(Row(to.X, to.Y + row, to.Width));
            }

            ArrayPool<byte>.Shared.Return(kept[i]);
        }
    }

    /// <summary>Takes pixels whose fourth byte is undefined; it becomes 255.</summary>
    public void Write(Rectangle area, ReadOnlySpan<byte> pixels, int stride)
    {
        for (var row = 0; row < area.Height; row++)
        {
            var to = MemoryMarshal.Cast<byte, uint>(Row(area.X, area.Y + row, area.Width));
            var from = MemoryMarshal.Cast<byte, uint>(pixels.Slice(row * stride, area.Width * 4));
            TensorPrimitives.BitwiseOr(from, 0xFF000000u, to);
        }
    }

    public void CopyTo(Picture other, Rectangle area)
    {
        for (var row = 0; row < area.Height; row++)
        {
            Row(area.X, area.Y + row, area.Width).CopyTo(other.Row(area.X, area.Y + row, area.Width));
        }
    }
}
