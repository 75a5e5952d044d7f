using System.Buffers;
using Vdi.Display.Encoding.Jpeg;
using Vdi.Display.Framebuffer;
using Vdi.Protocol.Wire;
using ZstdSharp;

namespace Vdi.Display.Encoding;

/// <summary>Moves and rectangles of a picture -> frame parts of at most 64 KiB: fills where a rectangle is one colour, palettes where it has
/// few, and elsewhere, as its <see cref="PhotoPolicy"/> says, predicted pixels or JPEGs. Spans of a part share one zstd frame.</summary>
internal sealed class FrameEncoder : IDisposable
{
    /// <summary>Raw bytes of a part that are compressed together; more context is smaller, less is sooner on the screen.</summary>
    private const int RawTarget = 256 * 1024;

    /// <summary>The same on a line that may not take the whole frame at once.</summary>
    private const int RawTargetInPieces = 32 * 1024;

    /// <summary>Sides of what is looked at as one: what has too many colours for a palette is cut into pieces of this size.</summary>
    private const int Tile = 64;

    /// <summary>Pixels of a span that is worth coding twice: a letter, a caret.</summary>
    private const int Small = 2048;

    /// <summary>Sides of one JPEG: larger ones would not fit into a message.</summary>
    private const int MaxImage = 256;

    /// <summary>What is so short that trying harder takes no time: a key's worth of text.</summary>
    private const int Short = 16 * 1024;
    private readonly Compressor _fast = new(1);
    private readonly Compressor _thorough = new(6);
    private readonly Palette _palette = new();

    private readonly Lazy<IJpegEncoder> _jpeg = new(JpegEncoders.Create);
    private readonly List<Rectangle> _photos = [];

    /// <summary>The parts of one frame, in order, and the areas that they bring only nearly.</summary>
    /// <param name="inPieces">Small parts, of which some may be left for the next frame; moves are in the first.</param>
    public (List<FramePart> Parts, List<Rectangle> Near) Encode(Picture picture, IReadOnlyList<Move> moves, IReadOnlyList<Rectangle> areas, PhotoPolicy policy, bool inPieces = false)
    {
        var parts = new List<FramePart>();
        var near = Parts(picture, moves, areas, policy, inPieces ? RawTargetInPieces : RawTarget, parts);
        return (parts, near);
    }

    /// <summary>Of the frame encoded last the tiles that had too many colours for a palette.</summary>
    public IReadOnlyList<Rectangle> Photographs => _photos;

    /// <summary>The messages of a frame: its parts with their number and flags.</summary>
    public static List<byte[]> Messages(IReadOnlyList<FrameMessage> parts, uint sequence, FrameFlags flags) => [.. parts.Select((part, i) => Serialise(part with
    {
        Sequence = sequence,
        Flags = flags | (i == 0 ? FrameFlags.First : 0) | (i == parts.Count - 1 ? FrameFlags.Last : 0),
    }))];

    public void Dispose()
    {
        _fast.Dispose();
        _thorough.Dispose();
        if (_jpeg.IsValueCreated)
        {
            _jpeg.Value.Dispose();
        }
    }

    private List<Rectangle> Parts(Picture picture, IReadOnlyList<Move> moves, IReadOnlyList<Rectangle> areas, PhotoPolicy policy, int rawTarget, List<FramePart> parts)
    {
        var batch = new Batch { Moves = [.. moves] };
        var raw = ArrayPool<byte>.Shared.Rent(FramePart.MaxRaw);
        var bound = ArrayPool<byte>.Shared.Rent(Compressor.GetCompressBound(FramePart.MaxRaw));
        _photos.Clear();
        try
        {
            foreach (var area in areas.SelectMany(Pieces))
            {
                Add(picture, area, batch, raw);
                batch = CloseIfFull(picture, batch, rawTarget, parts, raw, bound);
            }

            // Text first: of photographs there are so many bytes that everything would wait for them.
            var (exact, near, quality) = policy.Split(_photos);
            foreach (var tile in exact)
            {
                AddPredicted(picture, tile, batch, raw);
                batch = CloseIfFull(picture, batch, rawTarget, parts, raw, bound);
            }

            var images = Images(picture, near, quality);
            if (batch.IsWorthSaying || (parts.Count == 0 && images.Count == 0))
            {
                Close(picture, batch, parts, raw, bound);
            }

            AddImages(images, parts);
            return near;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(raw);
            ArrayPool<byte>.Shared.Return(bound);
        }
    }

    private Batch CloseIfFull(Picture picture, Batch batch, int rawTarget, List<FramePart> parts, byte[] raw, byte[] bound)
    {
        if (batch.Length < rawTarget && batch.Spans.Count < 2048 && batch.Fills.Count < 3072)
        {
            return batch;
        }

        Close(picture, batch, parts, raw, bound);
        return new Batch();
    }

    private List<Image> Images(Picture picture, List<Rectangle> near, int quality)
    {
        var images = new List<Image>();
        var areas = new Stack<Rectangle>(Tiles.Merge(near, MaxImage).Reverse<Rectangle>());
        while (areas.TryPop(out var area))
        {
            var jpeg = _jpeg.Value.Encode(picture, area, quality);
            if (FramePart.HeaderLength + FramePart.ImageLength + jpeg.Length <= FramePart.MaxMessage)
            {
                images.Add(new Image(area, jpeg));
                continue;
            }

            var half = area.Height / 2;
            areas.Push(area with { Y = area.Y + half, Height = area.Height - half });
            areas.Push(area with { Height = half });
        }

        return images;
    }

    private static void AddImages(List<Image> images, List<FramePart> parts)
    {
        for (var i = 0; i < images.Count;)
        {
            var some = new List<Image>();
            var length = FramePart.HeaderLength;
            for (; i < images.Count && length + FramePart.ImageLength + images[i].Jpeg.Length <= FramePart.MaxMessage; i++)
            {
                some.Add(images[i]);
                length += FramePart.ImageLength + images[i].Jpeg.Length;
            }

            parts.Add(new FramePart(0, 0, [], [], [], some, 0, ReadOnlyMemory<byte>.Empty));
        }
    }

    /// <summary>Pieces of which each, whatever its coding, fits into what is left of a part.</summary>
    private static IEnumerable<Rectangle> Pieces(Rectangle area)
    {
        var rows = Math.Max(1, RawTarget / area.Width);
        for (var y = area.Y; y < area.Bottom; y += rows)
        {
            yield return area with { Y = y, Height = Math.Min(rows, area.Bottom - y) };
        }
    }

    private void Add(Picture picture, Rectangle area, Batch batch, byte[] raw)
    {
        if (_palette.Collect(picture, area))
        {
            if (_palette.Count == 1)
            {
                var colour = picture.Words(area.X, area.Y, 1)[0];
                batch.Fills.Add(new Fill(area, (byte)colour, (byte)(colour >> 8), (byte)(colour >> 16)));
                return;
            }

            if (area.Area <= Small && _palette.Count > 16 && PredictionIsShorter(picture, area))
            {
                AddPredicted(picture, area, batch, raw);
                return;
            }

            batch.Spans.Add(new PixelSpan(area, SpanCoding.Palette));
            batch.Length += _palette.Write(picture, area, raw.AsSpan(batch.Length));
        }
        else if (area.Width > Tile || area.Height > Tile)
        {
            // Cut between tiles of the whole screen, so that neighbouring frames cut alike.
            for (var y = area.Y; y < area.Bottom; y = (y / Tile * Tile) + Tile)
            {
                for (var x = area.X; x < area.Right; x = (x / Tile * Tile) + Tile)
                {
                    Add(picture, new Rectangle(x / Tile * Tile, y / Tile * Tile, Tile, Tile).Intersect(area), batch, raw);
                }
            }
        }
        else
        {
            _photos.Add(area);
        }
    }

    /// <summary>Of a letter the list of its greys may be longer than all its pixels: both are tried.</summary>
    private bool PredictionIsShorter(Picture picture, Rectangle area)
    {
        Span<byte> raw = stackalloc byte[3 * Small];
        Span<byte> bound = stackalloc byte[8 * 1024];
        var palette = _thorough.Wrap(raw[.._palette.Write(picture, area, raw)], bound);
        return _thorough.Wrap(raw[..Prediction.Write(picture, area, raw)], bound) < palette;
    }

    private static void AddPredicted(Picture picture, Rectangle area, Batch batch, byte[] raw)
    {
        batch.Spans.Add(new PixelSpan(area, SpanCoding.Predicted));
        batch.Length += Prediction.Write(picture, area, raw.AsSpan(batch.Length));
    }

    /// <summary>One part of the batch, or two of half each where the message would be too long.</summary>
    private void Close(Picture picture, Batch batch, List<FramePart> parts, byte[] raw, byte[] bound)
    {
        var compressed = batch.Length > 0 ? (batch.Length <= Short ? _thorough : _fast).Wrap(raw.AsSpan(0, batch.Length), bound) : 0;
        var part = new FramePart(0, 0, batch.Moves, batch.Fills, batch.Spans, [], batch.Length, bound.AsMemory(0, compressed));
        if (part.Length <= FramePart.MaxMessage)
        {
            parts.Add(part with { Blob = part.Blob.ToArray() });
            return;
        }

        var spans = batch.Spans;
        var half = spans.Count / 2;
        if (half == 0)
        {
            var (area, coding) = spans[0];
            spans = [new(area with { Height = area.Height / 2 }, coding), new(area with { Y = area.Y + (area.Height / 2), Height = area.Height - (area.Height / 2) }, coding)];
            half = 1;
        }

        foreach (var (some, first) in (IEnumerable<(List<PixelSpan>, bool)>)[(spans[..half], true), (spans[half..], false)])
        {
            var smaller = first ? new Batch { Moves = batch.Moves, Fills = batch.Fills } : new Batch();
            foreach (var span in some)
            {
                if (span.Coding == SpanCoding.Predicted)
                {
                    AddPredicted(picture, span.Area, smaller, raw);
                }
                else
                {
                    Add(picture, span.Area, smaller, raw);
                }
            }

            Close(picture, smaller, parts, raw, bound);
        }
    }

    private static byte[] Serialise(FrameMessage part)
    {
        var buffer = new ArrayBufferWriter<byte>(part.Length);
        part.Write(buffer);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>What becomes one part.</summary>
    private sealed class Batch
    {
        public List<Move> Moves { get; init; } = [];

        public List<Fill> Fills { get; init; } = [];

        public List<PixelSpan> Spans { get; } = [];

        /// <summary>Bytes of the spans' pixels.</summary>
        public int Length { get; set; }

        public bool IsWorthSaying => Moves.Count + Fills.Count + Spans.Count > 0;
    }
}
