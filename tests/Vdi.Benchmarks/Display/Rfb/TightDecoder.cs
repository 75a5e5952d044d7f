using SkiaSharp;
using Vdi.Display.Framebuffer;
using Vdi.Protocol;
using Vdi.Protocol.Wire;

namespace Vdi.Benchmarks.Display.Rfb;

/// <summary>Tight (the community's RFB specification, "Tight Encoding"): fill, JPEG, or one of four zlib streams with a filter. A TPIXEL is
/// 3 bytes: red, green, blue.</summary>
internal sealed class TightDecoder : IRectangleDecoder, IDisposable
{
    /// <summary>Shorter data come without zlib.</summary>
    private const int MinCompressed = 12;
    private const int MaxWidth = 4096;
    private readonly ContinuedZlib[] _streams = [new(), new(), new(), new()];
    private byte[] _data = [];

    public void Decode(RfbReader reader, Rectangle area, Picture picture)
    {
        var control = reader.U8();
        for (var i = 0; i < _streams.Length; i++)
        {
            if ((control >> i & 1) != 0)
            {
                _streams[i].Reset();
            }
        }

        switch (control >> 4)
        {
            case 8:
                Fill(reader.Take(3), area, picture);
                break;
            case 9:
                Jpeg(reader.Take(CompactLength(reader)), area, picture);
                break;
            case < 8:
                Basic(reader, control >> 4, area, picture);
                break;
            default:
                throw new ProtocolException($"rfb: Tight has no compression {control >> 4}");
        }
    }

    public void Dispose()
    {
        foreach (var stream in _streams)
        {
            stream.Dispose();
        }
    }

    /// <summary>1 to 3 bytes of 7, 7 and 8 bits, least significant first.</summary>
    private static int CompactLength(RfbReader reader)
    {
        int first = reader.U8();
        if (first < 128)
        {
            return first;
        }

        int second = reader.U8();
        return (first & 127) | ((second & 127) << 7) | (second < 128 ? 0 : reader.U8() << 14);
    }

    private static void Fill(ReadOnlySpan<byte> colour, Rectangle area, Picture picture)
    {
        for (var y = area.Y; y < area.Bottom; y++)
        {
            picture.Words(area.X, y, area.Width).Fill(Pixels.Word(colour[0], colour[1], colour[2]));
        }
    }

    private static void Jpeg(ReadOnlySpan<byte> bytes, Rectangle area, Picture picture)
    {
        using var bitmap = SKBitmap.Decode(bytes, new SKImageInfo(area.Width, area.Height, SKColorType.Rgba8888, SKAlphaType.Opaque))
            ?? throw new ProtocolException("rfb: a JPEG that is none");
        picture.Write(area, bitmap.GetPixelSpan(), bitmap.RowBytes);
    }

    private void Basic(RfbReader reader, int control, Rectangle area, Picture picture)
    {
        if (area.Width > MaxWidth)
        {
            throw new ProtocolException("rfb: a Tight rectangle is too wide");
        }

        var stream = _streams[control & 3];
        var filter = (control & 4) != 0 ? reader.U8() : 0;
        switch (filter)
        {
            case 0:
                Copy(Data(reader, stream, area.Area * 3), area, picture);
                break;
            case 1:
                var count = reader.U8() + 1;
                var palette = reader.Take(count * 3).ToArray();
                var stride = count <= 2 ? (area.Width + 7) / 8 : area.Width;
                Palette(Data(reader, stream, stride * area.Height), stride, palette, area, picture);
                break;
            case 2:
                Gradient(Data(reader, stream, area.Area * 3), area, picture);
                break;
            default:
                throw new ProtocolException($"rfb: Tight has no filter {filter}");
        }
    }

    private ReadOnlySpan<byte> Data(RfbReader reader, ContinuedZlib stream, int length)
    {
        if (length < MinCompressed)
        {
            return reader.Take(length);
        }

        if (_data.Length < length)
        {
            _data = new byte[length];
        }

        stream.Read(reader.Piece(CompactLength(reader)), _data.AsSpan(0, length));
        return _data.AsSpan(0, length);
    }

    private static void Copy(ReadOnlySpan<byte> data, Rectangle area, Picture picture)
    {
        var at = 0;
        for (var y = area.Y; y < area.Bottom; y++)
        {
            var row = picture.Words(area.X, y, area.Width);
            for (var x = 0; x < row.Length; x++, at += 3)
            {
                row[x] = Pixels.Word(data[at], data[at + 1], data[at + 2]);
            }
        }
    }

    /// <summary>Two colours: a bit each, most significant first, rows from a new byte; more: a byte each.</summary>
    private static void Palette(ReadOnlySpan<byte> data, int stride, byte[] palette, Rectangle area, Picture picture)
    {
        for (var y = 0; y < area.Height; y++)
        {
            var row = picture.Words(area.X, area.Y + y, area.Width);
            for (var x = 0; x < row.Length; x++)
            {
                var index = 3 * (palette.Length <= 6 ? data[(y * stride) + (x >> 3)] >> (7 - (x & 7)) & 1 : data[(y * stride) + x]);
                if (index >= palette.Length)
                {
                    throw new ProtocolException("rfb: an index outside the palette");
                }

                row[x] = Pixels.Word(palette[index], palette[index + 1], palette[index + 2]);
            }
        }
    }

    /// <summary>Differences to left + above - left above, clamped; outside of the rectangle all is 0.</summary>
    private static void Gradient(ReadOnlySpan<byte> data, Rectangle area, Picture picture)
    {
        var above = new byte[(area.Width + 1) * 3];
        var current = new byte[(area.Width + 1) * 3];
        for (var y = 0; y < area.Height; y++)
        {
            for (var i = 3; i < current.Length; i++)
            {
                var predicted = Math.Clamp(current[i - 3] + above[i] - above[i - 3], 0, 255);
                current[i] = (byte)(predicted + data[(y * area.Width * 3) + i - 3]);
            }

            Copy(current.AsSpan(3), new Rectangle(area.X, area.Y + y, area.Width, 1), picture);
            (above, current) = (current, above);
        }
    }
}
