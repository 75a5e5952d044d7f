using Vdi.Display.Framebuffer;
using Vdi.Protocol.Wire;

namespace Vdi.Benchmarks.Display.Rfb;

/// <summary>One encoding of rectangles. The rectangle lies inside the picture; pixels are as <see cref="RfbClient"/> asks for them.</summary>
internal interface IRectangleDecoder
{
    void Decode(RfbReader reader, Rectangle area, Picture picture);
}

/// <summary>Raw (RFC 6143, 7.7.1): 4 bytes a pixel.</summary>
internal sealed class RawDecoder : IRectangleDecoder
{
    public void Decode(RfbReader reader, Rectangle area, Picture picture)
    {
        for (var y = area.Y; y < area.Bottom; y++)
        {
            var row = picture.Words(area.X, y, area.Width);
            var bytes = reader.Take(area.Width * 4L);
            for (var x = 0; x < row.Length; x++)
            {
                row[x] = Pixels.Word(bytes[(x * 4) + 2], bytes[(x * 4) + 1], bytes[x * 4]);
            }
        }
    }
}

/// <summary>CopyRect (RFC 6143, 7.7.2): from elsewhere in the same picture.</summary>
internal sealed class CopyRectDecoder : IRectangleDecoder
{
    public void Decode(RfbReader reader, Rectangle area, Picture picture)
    {
        var (x, y) = (reader.U16(), reader.U16());
        if (x + area.Width > picture.Width || y + area.Height > picture.Height)
        {
            throw new Protocol.ProtocolException("rfb: a copy from outside the screen");
        }

        picture.Move([new Move(area, x, y)]);
    }
}

/// <summary>Pixels as pictures keep them.</summary>
internal static class Pixels
{
    public static uint Word(byte red, byte green, byte blue) => 0xFF000000u | ((uint)blue << 16) | ((uint)green << 8) | red;
}
