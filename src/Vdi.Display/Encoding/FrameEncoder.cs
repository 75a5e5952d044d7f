using System.Buffers;
using Vdi.Display.Framebuffer;
using Vdi.Protocol.Wire;
using ZstdSharp;

namespace Vdi.Display.Encoding;

/// <summary>Moves and rectangles of a picture -> frame parts of at most 64 KiB: fills where a rectangle is one colour, palettes where it has
/// few, predicted pixels elsewhere, all spans of a part in one zstd frame.</summary>
internal sealed class FrameEncoder : IDisposable
{
    /// <summary>Raw bytes of a part that are compressed together; more context is smaller, less is sooner on the screen.</summary>
    private const int RawTarget = 256 * 1024;

    /// <summary>Sides of what is looked at as one: what has too many colours for a palette is cut into pieces of this size.</summary>
    private const int Tile = 64;

    /// <summary>What is so short that trying harder takes no time: a key's worth of text.</summary>
    private const int Short = 16 * 1024;
    private readonly Compressor _fast = new(1);
    private readonly Compressor _thorough = new(6);
    private readonly Palette _palette = new();

    /// <summary>The messages of one frame, in order.</summary>
    public List<byte[]> Encode(Picture picture, IReadOnlyList<Move> moves, IReadOnlyList<Rectangle> areas, uint sequence, bool complete)
    {
        var parts = Parts(picture, moves, areas);
        return [.. parts.Select((part, i) => Serialise(part with
        {
            Sequence = sequence,
            Flags = (i == 0 ? FrameFlags.First : 0) | (i == parts.Count - 1 ? FrameFlags.Last : 0) | (complete ? FrameFlags.Complete : 0),
        }))];
    }

    public void Dispose()
    {
        _fast.Dispose();
        _thorough.Dispose();
    }

    private List<FramePart> Parts(Picture picture, IReadOnlyList<Move> moves, IReadOnlyList<Rectangle> areas)
    {
        var parts = new List<FramePart>();
        var batch = new Batch { Moves = [.. moves] };
        var raw = ArrayPool<byte>.Shared.Rent(FramePart.MaxRaw);
        var bound = ArrayPool<byte>.Shared.Rent(Compressor.GetCompressBound(FramePart.MaxRaw));
        try
        {
            foreach (var area in areas.SelectMany(Pieces))
            {
                Add(picture, area, batch, raw);
                if (batch.Length >= RawTarget || batch.Spans.Count >= 2048 || batch.Fills.Count >= 3072)
                {
                    Close(picture, batch, parts, raw, bound);
                    batch = new Batch();
                }
            }

            if (batch.IsWorthSaying || parts.Count == 0)
            {
                Close(picture, batch, parts, raw, bound);
            }

            return parts;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(raw);
            ArrayPool<byte>.Shared.Return(bound);
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
            batch.Spans.Add(new PixelSpan(area, SpanCoding.Predicted));
            batch.Length += Prediction.Write(picture, area, raw.AsSpan(batch.Length));
        }
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

        var half = batch.Spans.Count / 2;
        var areas = batch.Spans.Select(span => span.Area).ToList();
        if (half == 0)
        {
            var area = areas[0];
            areas = [area with { Height = area.Height / 2 }, area with { Y = area.Y + (area.Height / 2), Height = area.Height - (area.Height / 2) }];
            half = 1;
        }

        foreach (var (some, first) in (IEnumerable<(List<Rectangle>, bool)>)[(areas[..half], true), (areas[half..], false)])
        {
            var smaller = first ? new Batch { Moves = batch.Moves, Fills = batch.Fills } : new Batch();
            some.ForEach(area => Add(picture, area, smaller, raw));
            Close(picture, smaller, parts, raw, bound);
        }
    }

    private static byte[] Serialise(FramePart part)
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
