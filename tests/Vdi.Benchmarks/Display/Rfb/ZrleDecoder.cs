using Vdi.Display.Framebuffer;
using Vdi.Protocol;
using Vdi.Protocol.Wire;

namespace Vdi.Benchmarks.Display.Rfb;

/// <summary>ZRLE (RFC 6143, 7.7.6): tiles of 64 x 64 in one zlib stream; a CPIXEL is 3 bytes: blue, green, red.</summary>
internal sealed class ZrleDecoder : IRectangleDecoder, IDisposable
{
    private const int Tile = 64;
    private readonly ContinuedZlib _zlib = new();
    private readonly uint[] _palette = new uint[128];
    private readonly uint[] _tile = new uint[Tile * Tile];
    private byte[] _bytes = [];
    private int _at;
    private int _end;

    public void Decode(RfbReader reader, Rectangle area, Picture picture)
    {
        // A tile of single-pixel runs is the longest: 4 bytes a pixel, and a palette.
        var tiles = ((area.Width + Tile - 1) / Tile) * ((area.Height + Tile - 1) / Tile);
        var room = checked((area.Area * 4) + (tiles * (1 + (3 * 128))));
        if (_bytes.Length < room)
        {
            _bytes = new byte[room];
        }

        (_at, _end) = (0, _zlib.ReadSome(reader.Piece(reader.U32()), _bytes.AsSpan(0, room)));
        for (var y = area.Y; y < area.Bottom; y += Tile)
        {
            for (var x = area.X; x < area.Right; x += Tile)
            {
                var tile = new Rectangle(x, y, Math.Min(Tile, area.Right - x), Math.Min(Tile, area.Bottom - y));
                Decode(tile.Width, tile.Height);
                for (var row = 0; row < tile.Height; row++)
                {
                    _tile.AsSpan(row * tile.Width, tile.Width).CopyTo(picture.Words(x, y + row, tile.Width));
                }
            }
        }

        if (_at != _end)
        {
            throw new ProtocolException("rfb: ZRLE goes on after its last tile");
        }
    }

    public void Dispose() => _zlib.Dispose();

    private void Decode(int width, int height)
    {
        var pixels = _tile.AsSpan(0, width * height);
        var kind = Next();
        switch (kind)
        {
            case 0:
                for (var i = 0; i < pixels.Length; i++)
                {
                    pixels[i] = NextPixel();
                }

                break;
            case 1:
                pixels.Fill(NextPixel());
                break;
            case <= 16:
                ReadPalette(kind);
                Packed(pixels, width, kind);
                break;
            case 128:
                Runs(pixels, _ => (NextPixel(), true));
                break;
            case >= 130:
                ReadPalette(kind - 128);
                Runs(pixels, _ => Next() is var index && index >= 128 ? (Colour(index - 128, kind - 128), true) : (Colour(index, kind - 128), false));
                break;
            default:
                throw new ProtocolException($"rfb: ZRLE has no tiles of kind {kind}");
        }
    }

    /// <summary>Indices of 1, 2 or 4 bits, each row from a new byte.</summary>
    private void Packed(Span<uint> pixels, int width, int count)
    {
        var bits = count <= 2 ? 1 : count <= 4 ? 2 : 4;
        for (var i = 0; i < pixels.Length; i += width)
        {
            var (value, left) = (0, 0);
            for (var x = 0; x < width; x++)
            {
                (value, left) = left == 0 ? (Next(), 8) : (value, left);
                left -= bits;
                pixels[i + x] = Colour((value >> left) & ((1 << bits) - 1), count);
            }
        }
    }

    private void Runs(Span<uint> pixels, Func<int, (uint Colour, bool IsRun)> next)
    {
        for (var i = 0; i < pixels.Length;)
        {
            var (colour, isRun) = next(i);
            var length = 1;
            if (isRun)
            {
                int more;
                do
                {
                    more = Next();
                    length += more;
                }
                while (more == 255);
            }

            if (length > pixels.Length - i)
            {
                throw new ProtocolException("rfb: a run goes beyond its tile");
            }

            pixels.Slice(i, length).Fill(colour);
            i += length;
        }
    }

    private void ReadPalette(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _palette[i] = NextPixel();
        }
    }

    private uint Colour(int index, int count) => index < count ? _palette[index] : throw new ProtocolException("rfb: an index outside the palette");

    private byte Next() => _at < _end ? _bytes[_at++] : throw new ProtocolException("rfb: ZRLE ends in the middle of a tile");

    private uint NextPixel()
    {
        var (blue, green, red) = (Next(), Next(), Next());
        return Pixels.Word(red, green, blue);
    }
}
