using System.Buffers;
using System.Runtime.InteropServices;
using Vdi.Display.Framebuffer;
using Vdi.Protocol.Wire;
using ZstdSharp;

namespace Vdi.Display.Encoding;

/// <summary>Rectangles of a picture -> frame parts of at most 64 KiB: fills where a rectangle is one colour, zstd elsewhere.</summary>
internal sealed class FrameEncoder : IDisposable
{
    private const int RawTarget = 256 * 1024;
    private readonly Compressor _compressor = new(1);

    /// <summary>The messages of one frame, in order.</summary>
    public List<byte[]> Encode(Picture picture, IReadOnlyList<Rectangle> areas, uint sequence, bool complete)
    {
        var fills = new List<Fill>();
        var spans = new List<Rectangle>();
        foreach (var area in areas.SelectMany(area => Split(area, RawTarget)))
        {
            if (SolidColour(picture, area) is { } colour)
            {
                fills.Add(new Fill(area, (byte)colour, (byte)(colour >> 8), (byte)(colour >> 16)));
            }
            else
            {
                spans.Add(area);
            }
        }

        var parts = Parts(picture, fills, spans);
        return [.. parts.Select((part, i) => Serialise(part with
        {
            Sequence = sequence,
            Flags = (i == 0 ? FrameFlags.First : 0) | (i == parts.Count - 1 ? FrameFlags.Last : 0) | (complete ? FrameFlags.Complete : 0),
        }))];
    }

    public void Dispose() => _compressor.Dispose();

    private List<FramePart> Parts(Picture picture, List<Fill> fills, List<Rectangle> spans)
    {
        var parts = new List<FramePart>();
        foreach (var some in fills.Chunk(4096))
        {
            parts.Add(new FramePart(0, 0, some, [], 0, ReadOnlyMemory<byte>.Empty));
        }

        var group = new List<Rectangle>();
        var size = 0;
        foreach (var span in spans)
        {
            if (size + (span.Area * 4) > RawTarget && group.Count > 0 || group.Count == 2048)
            {
                Compress(picture, group, parts);
                (group, size) = ([], 0);
            }

            group.Add(span);
            size += span.Area * 4;
        }

        if (group.Count > 0)
        {
            Compress(picture, group, parts);
        }

        if (parts.Count == 0)
        {
            parts.Add(new FramePart(0, 0, [], [], 0, ReadOnlyMemory<byte>.Empty));
        }

        return parts;
    }

    /// <summary>One part of these spans, or two of half each where the message would be too long.</summary>
    private void Compress(Picture picture, List<Rectangle> spans, List<FramePart> parts)
    {
        // Rented, not kept: a viewer that is idle or stalled holds no buffers.
        var raw = ArrayPool<byte>.Shared.Rent(spans.Sum(span => span.Area) * 4);
        var bound = ArrayPool<byte>.Shared.Rent(Compressor.GetCompressBound(raw.Length));
        try
        {
            Compress(picture, spans, parts, raw, bound);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(raw);
            ArrayPool<byte>.Shared.Return(bound);
        }
    }

    private void Compress(Picture picture, List<Rectangle> spans, List<FramePart> parts, byte[] raw, byte[] bound)
    {
        var length = 0;
        foreach (var span in spans)
        {
            for (var row = 0; row < span.Height; row++)
            {
                var pixels = picture.Row(span.X, span.Y + row, span.Width);
                pixels.CopyTo(raw.AsSpan(length));
                length += pixels.Length;
            }
        }

        var compressed = _compressor.Wrap(raw.AsSpan(0, length), bound);
        if (FramePart.HeaderLength + (spans.Count * FramePart.SpanLength) + compressed <= FramePart.MaxMessage)
        {
            parts.Add(new FramePart(0, 0, [], spans, length, bound.AsMemory(0, compressed).ToArray()));
            return;
        }

        if (spans.Count == 1)
        {
            spans = [.. Split(spans[0], length / 2)];
        }

        Compress(picture, spans[..(spans.Count / 2)], parts);
        Compress(picture, spans[(spans.Count / 2)..], parts);
    }

    /// <summary>Cuts an area into pieces of at most <paramref name="bytes"/>, by rows and, for a single row, by columns.</summary>
    private static IEnumerable<Rectangle> Split(Rectangle area, int bytes)
    {
        var columns = Math.Clamp(bytes / 4, 1, area.Width);
        var rows = Math.Clamp(bytes / 4 / columns, 1, area.Height);
        for (var y = area.Y; y < area.Bottom; y += rows)
        {
            for (var x = area.X; x < area.Right; x += columns)
            {
                yield return new Rectangle(x, y, Math.Min(columns, area.Right - x), Math.Min(rows, area.Bottom - y));
            }
        }
    }

    private static uint? SolidColour(Picture picture, Rectangle area)
    {
        var colour = MemoryMarshal.Cast<byte, uint>(picture.Row(area.X, area.Y, 1))[0];
        for (var row = 0; row < area.Height; row++)
        {
            if (MemoryMarshal.Cast<byte, uint>(picture.Row(area.X, area.Y + row, area.Width)).ContainsAnyExcept(colour))
            {
                return null;
            }
        }

        return colour;
    }

    private static byte[] Serialise(FramePart part)
    {
        var buffer = new ArrayBufferWriter<byte>(FramePart.HeaderLength + part.Blob.Length + (part.Spans.Count * FramePart.SpanLength) + (part.Fills.Count * FramePart.FillLength));
        part.Write(buffer);
        return buffer.WrittenSpan.ToArray();
    }
}
