using System.Buffers;

namespace Vdi.Protocol.Wire;

[Flags]
public enum VideoFlags : byte
{
    None = 0,

    /// <summary>The picture decodes without those before it.</summary>
    Key = 1,

    /// <summary>With these bytes the picture is whole.</summary>
    Last = 2,
}

/// <summary>One part of a frame: a picture of a video, or a piece of it. Unlike all else it leans on the pictures before it in its stream, from
/// the last key picture on.</summary>
/// <param name="Stream">Which of the screen's videos.</param>
/// <param name="Area">What the picture shows; the stream's own pictures may be wider and higher by a pixel.</param>
/// <param name="Bytes">Of an H.264 access unit (ITU-T H.264, Annex B), main profile, full range, colours by ITU-R BT.601.</param>
public sealed record VideoPart(uint Sequence, FrameFlags Flags, byte Stream, VideoFlags Video, Rectangle Area, ReadOnlyMemory<byte> Bytes)
    : FrameMessage(Sequence, Flags)
{
    public const int HeaderLength = 17;

    /// <summary>The only codec so far.</summary>
    private const byte H264 = 0;

    public override int Length => HeaderLength + Bytes.Length;

    public override void Write(IBufferWriter<byte> to)
    {
        to.U8((byte)ServerMessageType.Video);
        to.U32(Sequence);
        to.U8((byte)Flags);
        to.U8(H264);
        to.U8(Stream);
        to.U8((byte)Video);
        Area.Write(to);
        to.Write(Bytes.Span);
    }

    /// <summary>Reads a part, as a client does (tests, headless viewers).</summary>
    public static VideoPart Read(ReadOnlySpan<byte> message)
    {
        var reader = new WireReader(message);
        if (reader.U8() != (byte)ServerMessageType.Video)
        {
            throw new ProtocolException("wire: not a video");
        }

        var (sequence, flags) = (reader.U32(), (FrameFlags)reader.U8());
        if (reader.U8() is var codec and not H264)
        {
            throw new ProtocolException($"wire: unknown codec {codec}");
        }

        var (stream, video, area) = (reader.U8(), (VideoFlags)reader.U8(), Rectangle.Read(ref reader));
        return new VideoPart(sequence, flags, stream, video, area, reader.Bytes(reader.Remaining).ToArray());
    }
}
