using Vdi.Display.Framebuffer;
using Vdi.Protocol.Wire;

namespace Vdi.Benchmarks.Display.Peers;

/// <summary>Pixels as X servers and PC graphics have them: blue, green, red, unused.</summary>
internal static unsafe class BlueFirst
{
    /// <summary>Copies an area of a picture to its place in one that is <paramref name="width"/> pixels wide.</summary>
    public static void Copy(Picture picture, Rectangle area, uint* pixels, int width)
    {
        for (var y = area.Y; y < area.Bottom; y++)
        {
            var from = picture.Words(area.X, y, area.Width);
            var to = new Span<uint>(pixels + ((long)y * width) + area.X, area.Width);
            for (var x = 0; x < from.Length; x++)
            {
                to[x] = (from[x] & 0xFF00) | ((from[x] & 0xFF) << 16) | (from[x] >> 16 & 0xFF);
            }
        }
    }
}
