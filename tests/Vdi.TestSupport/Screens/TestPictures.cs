using Vdi.Display.Framebuffer;
using Vdi.Protocol.Wire;

namespace Vdi.TestSupport.Screens;

/// <summary>Pictures of what screens show, the same on every computer: made of whole numbers only. Colours are 0xRRGGBB.</summary>
public static class TestPictures
{
    private const int LetterWidth = 9;
    private const int LineHeight = 18;

    /// <summary>A picture by the colour of each place.</summary>
    public static Picture Of(int width, int height, Func<int, int, uint> colour)
    {
        var picture = new Picture(width, height);
        Paint(picture, picture.Bounds, colour);
        return picture;
    }

    public static void Paint(Picture picture, Rectangle area, Func<int, int, uint> colour)
    {
        for (var y = area.Y; y < area.Bottom; y++)
        {
            var row = picture.Words(area.X, y, area.Width);
            for (var x = 0; x < row.Length; x++)
            {
                var word = colour(area.X + x, y);
                row[x] = 0xFF000000 | ((word & 0xFF) << 16) | (word & 0xFF00) | ((word >> 16) & 0xFF);
            }
        }
    }

    /// <summary>Grey letters on white, in lines and words: few colours and many edges.</summary>
    public static uint Text(int x, int y)
    {
        var (column, line) = (x / LetterWidth, y / LineHeight);
        var letter = Hash(column, line, 1) % 32;
        if (letter < 5 || line % 9 == 8)
        {
            return 0xFFFFFF;
        }

        var (inside, row) = (x % LetterWidth, y % LineHeight);
        var strokes = Hash((int)letter, 0, 2) | 1;
        var upright = inside is >= 1 and <= 7 && row is >= 3 and <= 14 && (strokes >> (inside / 3) & 1) != 0;
        var level = inside is >= 1 and <= 7 && row is 3 or 8 or 14 && (strokes >> (3 + (row / 5)) & 1) != 0;
        var grey = level ? 0x20u : upright ? (inside % 3) switch { 1 => 0x10u, 2 => 0x90u + ((strokes >> 8) % 4 * 0x10), _ => 0xC8u } : 0xFFu;
        return grey * 0x010101;
    }

    /// <summary>Soft light and shade with fine grain, as of a camera: every pixel another colour. Frames of a film move by three pixels to the left and
    /// one up, and have grain of their own.</summary>
    public static uint Photograph(int x, int y, int frame = 0)
    {
        var (atX, atY) = (x + (3 * frame), y + frame);
        var light = ((4 * Soft(atX, atY, 7, 3)) + (2 * Soft(atX, atY, 5, 4)) + Soft(atX, atY, 3, 5)) / 7;
        var tint = Soft(atX, atY, 6, 6) - 128;
        var grain = (int)(Hash(x, y, 7 + frame) % 7) - 3;
        return (Byte(light + (tint / 3) + grain) << 16) | (Byte(light + grain) << 8) | Byte(light - (tint / 2) + grain);
    }

    /// <summary>Nothing but chance.</summary>
    public static uint Noise(int x, int y) => Hash(x, y, 8) & 0xFFFFFF;

    /// <summary>Random values of a lattice of 2^<paramref name="shift"/> pixels, linear between them: 0 to 255.</summary>
    private static int Soft(int x, int y, int shift, int seed)
    {
        var (column, row, side) = (x >> shift, y >> shift, 1 << shift);
        var (right, down) = (x & (side - 1), y & (side - 1));
        var above = (At(column, row) * (side - right)) + (At(column + 1, row) * right);
        var below = (At(column, row + 1) * (side - right)) + (At(column + 1, row + 1) * right);
        return ((above * (side - down)) + (below * down)) >> (2 * shift);

        int At(int column, int row) => (int)(Hash(column, row, seed) & 255);
    }

    private static uint Byte(int value) => (uint)Math.Clamp(value, 0, 255);

    /// <summary>The finisher of MurmurHash3 over three numbers.</summary>
    private static uint Hash(int x, int y, int seed)
    {
        var hash = ((uint)x * 0x9E3779B1) ^ ((uint)y * 0x85EBCA77) ^ ((uint)seed * 0xC2B2AE3D);
        hash = (hash ^ (hash >> 16)) * 0x85EBCA6B;
        hash = (hash ^ (hash >> 13)) * 0xC2B2AE35;
        return hash ^ (hash >> 16);
    }
}
