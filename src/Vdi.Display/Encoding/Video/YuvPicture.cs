using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Vdi.Display.Framebuffer;
using Vdi.Protocol.Wire;

namespace Vdi.Display.Encoding.Video;

/// <summary>Luma and half the colour in each direction (4:2:0), full range, by the matrix of ITU-R BT.601. Width and height are even; what a picture
/// lacks to that repeats its last column and row.</summary>
internal sealed class YuvPicture
{
    public YuvPicture(int width, int height)
    {
        (Width, Height) = ((width + 1) & ~1, (height + 1) & ~1);
        (Luma, Blue, Red) = (new byte[Width * Height], new byte[Width * Height / 4], new byte[Width * Height / 4]);
        _reds = new int[Width];
        _greens = new int[Width];
        _blues = new int[Width];
    }

    private readonly int[] _reds;
    private readonly int[] _greens;
    private readonly int[] _blues;

    public int Width { get; }

    public int Height { get; }

    public byte[] Luma { get; }

    public byte[] Blue { get; }

    public byte[] Red { get; }

    /// <summary>Takes an area of at most this size.</summary>
    public void Take(Picture picture, Rectangle area)
    {
        for (var y = 0; y < Height; y += 2)
        {
            Row(picture, area, y, first: true);
            Row(picture, area, y + 1, first: false);
            Colours(y / 2);
        }
    }

    private void Row(Picture picture, Rectangle area, int y, bool first)
    {
        var from = picture.Words(area.X, area.Y + Math.Min(y, area.Height - 1), area.Width);
        var luma = Luma.AsSpan(y * Width, Width);
        var x = 0;
        for (; x + Vector256<uint>.Count <= from.Length; x += Vector256<uint>.Count)
        {
            var pixels = Vector256.Create<uint>(from[x..]);
            var red = (pixels & Vector256.Create(0xFFu)).AsInt32();
            var green = ((pixels >>> 8) & Vector256.Create(0xFFu)).AsInt32();
            var blue = ((pixels >>> 16) & Vector256.Create(0xFFu)).AsInt32();
            var sum = ((red * 77) + (green * 150) + (blue * 29) + Vector256.Create(128)) >> 8;
            var words = Vector128.Narrow(sum.GetLower().AsUInt32(), sum.GetUpper().AsUInt32());
            Vector64.Narrow(words.GetLower(), words.GetUpper()).CopyTo(luma[x..]);
            Gather(_reds, red, x, first);
            Gather(_greens, green, x, first);
            Gather(_blues, blue, x, first);
        }

        for (; x < Width; x++)
        {
            var word = from[Math.Min(x, from.Length - 1)];
            var (red, green, blue) = ((int)(byte)word, (int)(byte)(word >> 8), (int)(byte)(word >> 16));
            luma[x] = (byte)(((red * 77) + (green * 150) + (blue * 29) + 128) >> 8);
            _reds[x] = (first ? 0 : _reds[x]) + red;
            _greens[x] = (first ? 0 : _greens[x]) + green;
            _blues[x] = (first ? 0 : _blues[x]) + blue;
        }
    }

    private static void Gather(int[] sums, Vector256<int> values, int x, bool first)
    {
        ref var at = ref MemoryMarshal.GetArrayDataReference(sums);
        (first ? values : values + Vector256.LoadUnsafe(ref at, (nuint)x)).StoreUnsafe(ref at, (nuint)x);
    }

    /// <summary>Of two rows' sums, and two columns' each.</summary>
    private void Colours(int row)
    {
        var toBlue = Blue.AsSpan(row * Width / 2, Width / 2);
        var toRed = Red.AsSpan(row * Width / 2, Width / 2);
        for (var x = 0; x < toBlue.Length; x++)
        {
            var red = _reds[2 * x] + _reds[(2 * x) + 1];
            var green = _greens[2 * x] + _greens[(2 * x) + 1];
            var blue = _blues[2 * x] + _blues[(2 * x) + 1];
            toBlue[x] = (byte)Math.Clamp((((-43 * red) - (85 * green) + (128 * blue) + 512) >> 10) + 128, 0, 255);
            toRed[x] = (byte)Math.Clamp((((128 * red) - (107 * green) - (21 * blue) + 512) >> 10) + 128, 0, 255);
        }
    }
}
