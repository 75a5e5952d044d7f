using System.Buffers;

namespace Vdi.Protocol.Wire;

[Flags]
public enum FrameFlags : byte
{
    None = 0,
    First = 1,
    Last = 2,
    Complete = 4,
}

/// <summary>A rectangle of one colour.</summary>
public readonly record struct Fill(Rectangle Area, byte Red, byte Green, byte Blue);

/// <summary>One part of a frame: fills, then spans whose pixels (RGBA, alpha 255) are one zstd frame of <paramref name="RawLength"/>
/// bytes. Decodes without any earlier part.</summary>
public sealed record FramePart(uint Sequence, FrameFlags Flags, IReadOnlyList<Fill> Fills, IReadOnlyList<Rectangle> Spans, int RawLength, ReadOnlyMemory<byte> Blob)
{
    public const int MaxMessage = 64 * 1024;
    public const int MaxRaw = 1024 * 1024;
    public const int HeaderLength = 18;
    public const int FillLength = 11;
    public const int SpanLength = 8;

    public void Write(IBufferWriter<byte> to)
    {
        to.U8((byte)ServerMessageType.Frame);
        to.U32(Sequence);
        to.U8((byte)Flags);
        to.U16(Fills.Count);
        to.U16(Spans.Count);
        foreach (var fill in Fills)
        {
            fill.Area.Write(to);
            to.U8(fill.Red);
            to.U8(fill.Green);
            to.U8(fill.Blue);
        }

        foreach (var span in Spans)
        {
            span.Write(to);
        }

        to.U32((uint)RawLength);
        to.U32((uint)Blob.Length);
        to.Write(Blob.Span);
    }

    /// <summary>Reads a part, as a client does (tests, headless viewers).</summary>
    public static FramePart Read(ReadOnlySpan<byte> message)
    {
        var reader = new WireReader(message);
        if (reader.U8() != (byte)ServerMessageType.Frame)
        {
            throw new ProtocolException("wire: not a frame");
        }

        var (sequence, flags) = (reader.U32(), (FrameFlags)reader.U8());
        int fillCount = reader.U16(), spanCount = reader.U16();
        if (reader.Remaining < (fillCount * FillLength) + (spanCount * SpanLength) + 8)
        {
            throw new ProtocolException("wire: frame shorter than its counts");
        }

        var fills = new Fill[fillCount];
        for (var i = 0; i < fillCount; i++)
        {
            fills[i] = new Fill(Rectangle.Read(ref reader), reader.U8(), reader.U8(), reader.U8());
        }

        long raw = 0;
        var spans = new Rectangle[spanCount];
        for (var i = 0; i < spanCount; i++)
        {
            spans[i] = Rectangle.Read(ref reader);
            raw += spans[i].Area * 4L;
        }

        var (rawLength, blobLength) = (reader.U32(), reader.U32());
        if (rawLength != raw || raw > MaxRaw || blobLength > MaxMessage)
        {
            throw new ProtocolException("wire: frame lengths do not agree");
        }

        var blob = reader.Bytes((int)blobLength).ToArray();
        reader.End();
        return new FramePart(sequence, flags, fills, spans, (int)rawLength, blob);
    }
}
