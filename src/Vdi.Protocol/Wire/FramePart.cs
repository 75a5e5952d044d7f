using System.Buffers;

namespace Vdi.Protocol.Wire;

/// <summary>A rectangle of one colour.</summary>
public readonly record struct Fill(Rectangle Area, byte Red, byte Green, byte Blue);

/// <summary>Pixels that only moved: <paramref name="To"/> becomes what was at <paramref name="FromX"/>, <paramref name="FromY"/> before the
/// frame.</summary>
public readonly record struct Move(Rectangle To, int FromX, int FromY)
{
    /// <summary>Moves of one frame.</summary>
    public const int Most = 1024;
}

/// <summary>How a span's pixels lie in the blob; see docs/specs/wire.md.</summary>
public enum SpanCoding : byte
{
    /// <summary>A list of at most 256 colours, then indices of 1, 2, 4 or 8 bits.</summary>
    Palette = 0,

    /// <summary>Differences to a prediction from the neighbours, in three planes.</summary>
    Predicted = 1,
}

/// <summary>A rectangle whose pixels lie in the blob.</summary>
public readonly record struct PixelSpan(Rectangle Area, SpanCoding Coding);

/// <summary>A rectangle as a picture of its own, which is near to it and not it: JPEG (ITU-T T.81), 8 bits a channel.</summary>
public readonly record struct Image(Rectangle Area, ReadOnlyMemory<byte> Jpeg);

/// <summary>One part of a frame: moves, then fills, then spans whose pixels are one zstd frame of <paramref name="RawLength"/> bytes, then
/// images. Decodes without any earlier part.</summary>
public sealed record FramePart(
    uint Sequence,
    FrameFlags Flags,
    IReadOnlyList<Move> Moves,
    IReadOnlyList<Fill> Fills,
    IReadOnlyList<PixelSpan> Spans,
    IReadOnlyList<Image> Images,
    int RawLength,
    ReadOnlyMemory<byte> Blob) : FrameMessage(Sequence, Flags)
{
    public const int MaxRaw = 1024 * 1024;
    public const int HeaderLength = 22;
    public const int MoveLength = 12;
    public const int FillLength = 11;
    public const int SpanLength = 9;
    public const int ImageLength = 10;

    /// <summary>Everything that it paints, moves apart.</summary>
    public IEnumerable<Rectangle> Areas => Fills.Select(fill => fill.Area).Concat(Spans.Select(span => span.Area)).Concat(Images.Select(image => image.Area));

    public override int Length => HeaderLength + (Moves.Count * MoveLength) + (Fills.Count * FillLength) + (Spans.Count * SpanLength) + (Images.Count * ImageLength) + Blob.Length + Images.Sum(image => image.Jpeg.Length);

    public override void Write(IBufferWriter<byte> to)
    {
        to.U8((byte)ServerMessageType.Frame);
        to.U32(Sequence);
        to.U8((byte)Flags);
        to.U16(Moves.Count);
        to.U16(Fills.Count);
        to.U16(Spans.Count);
        to.U16(Images.Count);
        foreach (var move in Moves)
        {
            move.To.Write(to);
            to.U16(move.FromX);
            to.U16(move.FromY);
        }

        foreach (var fill in Fills)
        {
            fill.Area.Write(to);
            to.U8(fill.Red);
            to.U8(fill.Green);
            to.U8(fill.Blue);
        }

        foreach (var span in Spans)
        {
            span.Area.Write(to);
            to.U8((byte)span.Coding);
        }

        foreach (var image in Images)
        {
            image.Area.Write(to);
            to.U16(image.Jpeg.Length);
        }

        to.U32((uint)RawLength);
        to.U32((uint)Blob.Length);
        to.Write(Blob.Span);
        foreach (var image in Images)
        {
            to.Write(image.Jpeg.Span);
        }
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
        int moveCount = reader.U16(), fillCount = reader.U16(), spanCount = reader.U16(), imageCount = reader.U16();
        if (moveCount > Move.Most || reader.Remaining < (moveCount * MoveLength) + (fillCount * FillLength) + (spanCount * SpanLength) + (imageCount * ImageLength) + 8)
        {
            throw new ProtocolException("wire: frame shorter than its counts");
        }

        var moves = new Move[moveCount];
        for (var i = 0; i < moveCount; i++)
        {
            moves[i] = new Move(Rectangle.Read(ref reader), reader.U16(), reader.U16());
        }

        var fills = new Fill[fillCount];
        for (var i = 0; i < fillCount; i++)
        {
            fills[i] = new Fill(Rectangle.Read(ref reader), reader.U8(), reader.U8(), reader.U8());
        }

        var spans = new PixelSpan[spanCount];
        for (var i = 0; i < spanCount; i++)
        {
            spans[i] = new PixelSpan(Rectangle.Read(ref reader), (SpanCoding)reader.U8());
            if (!Enum.IsDefined(spans[i].Coding))
            {
                throw new ProtocolException($"wire: unknown coding {(byte)spans[i].Coding}");
            }
        }

        var pictures = new (Rectangle Area, int Length)[imageCount];
        for (var i = 0; i < imageCount; i++)
        {
            pictures[i] = (Rectangle.Read(ref reader), reader.U16());
        }

        var (rawLength, blobLength) = (reader.U32(), reader.U32());
        if (rawLength > MaxRaw || (rawLength == 0) != (spanCount == 0) || blobLength > MaxMessage)
        {
            throw new ProtocolException("wire: frame lengths do not agree");
        }

        var blob = reader.Bytes((int)blobLength).ToArray();
        var images = new Image[imageCount];
        for (var i = 0; i < imageCount; i++)
        {
            images[i] = new Image(pictures[i].Area, reader.Bytes(pictures[i].Length).ToArray());
        }

        reader.End();
        return new FramePart(sequence, flags, moves, fills, spans, images, (int)rawLength, blob);
    }
}
