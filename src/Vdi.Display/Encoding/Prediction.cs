using Vdi.Display.Framebuffer;
using Vdi.Protocol.Wire;

namespace Vdi.Display.Encoding;

/// <summary>Spans of many colours, exactly: three planes (green, red less green, blue less green, modulo 256), each value less the
/// median edge prediction from its left, upper and upper left neighbours inside the span (Weinberger, Seroussi, Sapiro: LOCO-I, 2000).
/// Outside of the span, neighbours are 0 but that a first row is predicted from the left and a first column from above.</summary>
internal static class Prediction
{
    /// <summary>Writes 3 bytes a pixel; returns how many.</summary>
    public static int Write(Picture picture, Rectangle area, Span<byte> to)
    {
        var size = area.Area;
        var green = to[..size];
        var red = to.Slice(size, size);
        var blue = to.Slice(2 * size, size);
        var at = 0;
        for (var y = 0; y < area.Height; y++)
        {
            var row = picture.Words(area.X, area.Y + y, area.Width);
            var above = y > 0 ? picture.Words(area.X, area.Y + y - 1, area.Width) : default;
            int left = 0, upperLeft = 0;
            for (var x = 0; x < row.Length; x++, at++)
            {
                // Three channels in one word: green, red less green, blue less green.
                var here = Channels(row[x]);
                var upper = y > 0 ? Channels(above[x]) : 0;
                int g = (byte)here, r = (byte)(here >> 8), b = (byte)(here >> 16);
                if (y == 0)
                {
                    (green[at], red[at], blue[at]) = ((byte)(g - (byte)left), (byte)(r - (byte)(left >> 8)), (byte)(b - (byte)(left >> 16)));
                }
                else if (x == 0)
                {
                    (green[at], red[at], blue[at]) = ((byte)(g - (byte)upper), (byte)(r - (byte)(upper >> 8)), (byte)(b - (byte)(upper >> 16)));
                }
                else
                {
                    green[at] = (byte)(g - Median((byte)left, (byte)upper, (byte)upperLeft));
                    red[at] = (byte)(r - Median((byte)(left >> 8), (byte)(upper >> 8), (byte)(upperLeft >> 8)));
                    blue[at] = (byte)(b - Median((byte)(left >> 16), (byte)(upper >> 16), (byte)(upperLeft >> 16)));
                }

                (left, upperLeft) = (here, upper);
            }
        }

        return 3 * size;
    }

    /// <summary>The inverse, as a client does it.</summary>
    public static void Read(ReadOnlySpan<byte> from, Picture picture, Rectangle area)
    {
        var size = area.Area;
        var green = from[..size];
        var red = from.Slice(size, size);
        var blue = from.Slice(2 * size, size);
        var at = 0;
        for (var y = 0; y < area.Height; y++)
        {
            var row = picture.Words(area.X, area.Y + y, area.Width);
            var above = y > 0 ? picture.Words(area.X, area.Y + y - 1, area.Width) : default;
            int left = 0, upperLeft = 0;
            for (var x = 0; x < row.Length; x++, at++)
            {
                var upper = y > 0 ? Channels(above[x]) : 0;
                var basis = y == 0 ? left : x == 0 ? upper : -1;
                int g, r, b;
                if (basis >= 0)
                {
                    (g, r, b) = ((byte)(green[at] + basis), (byte)(red[at] + (basis >> 8)), (byte)(blue[at] + (basis >> 16)));
                }
                else
                {
                    g = (byte)(green[at] + Median((byte)left, (byte)upper, (byte)upperLeft));
                    r = (byte)(red[at] + Median((byte)(left >> 8), (byte)(upper >> 8), (byte)(upperLeft >> 8)));
                    b = (byte)(blue[at] + Median((byte)(left >> 16), (byte)(upper >> 16), (byte)(upperLeft >> 16)));
                }

                row[x] = 0xFF000000u | ((uint)(byte)(b + g) << 16) | ((uint)g << 8) | (byte)(r + g);
                (left, upperLeft) = (g | (r << 8) | (b << 16), upper);
            }
        }
    }

    private static int Channels(uint pixel)
    {
        int red = (byte)pixel, green = (byte)(pixel >> 8), blue = (byte)(pixel >> 16);
        return green | ((byte)(red - green) << 8) | ((byte)(blue - green) << 16);
    }

    private static int Median(int left, int upper, int upperLeft)
    {
        var (low, high) = (Math.Min(left, upper), Math.Max(left, upper));
        return upperLeft >= high ? low : upperLeft <= low ? high : left + upper - upperLeft;
    }
}
