using SkiaSharp;
using Vdi.Display.Encoding;
using Vdi.Display.Encoding.Video;
using Vdi.Display.Framebuffer;
using Vdi.Protocol;
using Vdi.Protocol.Wire;
using ZstdSharp;

namespace Vdi.TestSupport;

/// <summary>Makes a picture of server messages, as a browser does.</summary>
public sealed class PictureDecoder : IDisposable
{
    private readonly Decompressor _decompressor = new();
    private readonly Dictionary<byte, VideoDecoder> _videos = [];
    private readonly List<byte> _pieces = [];

    public Picture? Picture { get; private set; }

    /// <summary>Whole frames so far.</summary>
    public int Frames { get; private set; }

    /// <summary>The longest message so far.</summary>
    public int Largest { get; private set; }

    /// <summary>Whether the newest frame was a complete one.</summary>
    public bool Complete { get; private set; }

    /// <summary>Whether the newest frame said that everything is exact.</summary>
    public bool Exact { get; private set; }

    public Bye? Bye { get; private set; }

    /// <summary>Parts of what was copied on the desktop, in order.</summary>
    public List<ClipboardPiece> Copied { get; } = [];

    public List<(NoticeKind Kind, uint Seconds)> Notices { get; } = [];

    /// <summary>Takes one message; returns the sequence of the frame that it completes, else null.</summary>
    public uint? Accept(byte[] message)
    {
        Largest = Math.Max(Largest, message.Length);
        switch ((ServerMessageType)message[0])
        {
            case ServerMessageType.Size:
                Picture = new Picture(BitConverter.ToUInt16(message, 1), BitConverter.ToUInt16(message, 3));
                return null;
            case ServerMessageType.Bye:
                Bye = new Bye((ByeReason)message[1], System.Text.Encoding.UTF8.GetString(message, 4, message.Length - 4));
                return null;
            case ServerMessageType.Frame:
                var part = FramePart.Read(message);
                Apply(part, Picture ?? throw new ProtocolException("wire: a frame came before the size"));
                return Note(part);
            case ServerMessageType.Video:
                var video = VideoPart.Read(message);
                Play(video, Picture ?? throw new ProtocolException("wire: a video came before the size"));
                return Note(video);
            case ServerMessageType.Clipboard:
                Copied.Add(ClipboardPiece.Read(message, (byte)ServerMessageType.Clipboard));
                return null;
            case ServerMessageType.Notice:
                Notices.Add(((NoticeKind)message[1], BitConverter.ToUInt32(message, 2)));
                return null;
            default:
                return null;
        }
    }

    /// <summary>Pictures of videos so far.</summary>
    public int VideoPictures { get; private set; }

    /// <summary>A screen of this size is there, as Welcome says.</summary>
    public void Start(int width, int height) => Picture = width > 0 ? new Picture(width, height) : null;

    public void Dispose()
    {
        _decompressor.Dispose();
        foreach (var decoder in _videos.Values)
        {
            decoder.Dispose();
        }
    }

    private uint? Note(FrameMessage part)
    {
        Complete = part.Flags.HasFlag(FrameFlags.Complete);
        Exact = part.Flags.HasFlag(FrameFlags.Exact);
        Frames += part.Flags.HasFlag(FrameFlags.Last) ? 1 : 0;
        return part.Flags.HasFlag(FrameFlags.Last) ? part.Sequence : null;
    }

    private void Play(VideoPart part, Picture picture)
    {
        _pieces.AddRange(part.Bytes.Span);
        if (!part.Video.HasFlag(VideoFlags.Last))
        {
            return;
        }

        if (part.Video.HasFlag(VideoFlags.Key) && _videos.Remove(part.Stream, out var before))
        {
            before.Dispose();
        }

        if (!_videos.TryGetValue(part.Stream, out var decoder))
        {
            decoder = part.Video.HasFlag(VideoFlags.Key)
                ? _videos[part.Stream] = new VideoDecoder()
                : throw new ProtocolException($"wire: video {part.Stream} does not begin with a key picture");
        }

        decoder.Decode(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_pieces), picture, part.Area);
        VideoPictures++;
        _pieces.Clear();
    }

    private void Apply(FramePart part, Picture picture)
    {
        picture.Move(part.Moves);
        foreach (var fill in part.Fills)
        {
            for (var y = fill.Area.Y; y < fill.Area.Bottom; y++)
            {
                picture.Words(fill.Area.X, y, fill.Area.Width).Fill(Word(fill.Red, fill.Green, fill.Blue));
            }
        }

        ApplySpans(part, picture);
        foreach (var image in part.Images)
        {
            using var bitmap = SKBitmap.Decode(image.Jpeg.Span, new SKImageInfo(image.Area.Width, image.Area.Height, SKColorType.Rgba8888, SKAlphaType.Opaque))
                ?? throw new ProtocolException("wire: an image that is no JPEG");
            picture.Write(image.Area, bitmap.GetPixelSpan(), bitmap.RowBytes);
        }
    }

    private void ApplySpans(FramePart part, Picture picture)
    {
        if (part.RawLength == 0)
        {
            return;
        }

        var raw = _decompressor.Unwrap(part.Blob.Span);
        if (raw.Length != part.RawLength)
        {
            throw new ProtocolException($"wire: {raw.Length} bytes of pixels where {part.RawLength} were said");
        }

        var at = 0;
        foreach (var span in part.Spans)
        {
            at += span.Coding == SpanCoding.Palette ? ReadPalette(raw[at..], picture, span.Area) : ReadPredicted(raw[at..], picture, span.Area);
        }

        if (at != raw.Length)
        {
            throw new ProtocolException($"wire: {raw.Length - at} bytes of pixels too many");
        }
    }

    private static int ReadPalette(ReadOnlySpan<byte> raw, Picture picture, Rectangle area)
    {
        var count = raw[0] + 1;
        var bits = count switch { <= 2 => 1, <= 4 => 2, <= 16 => 4, _ => 8 };
        var indices = raw[(1 + (3 * count))..];
        var stride = ((area.Width * bits) + 7) / 8;
        for (var y = 0; y < area.Height; y++)
        {
            var row = picture.Words(area.X, area.Y + y, area.Width);
            for (var x = 0; x < area.Width; x++)
            {
                var index = (indices[(y * stride) + (x * bits / 8)] >> (8 - bits - (x * bits % 8))) & ((1 << bits) - 1);
                row[x] = Word(raw[1 + index], raw[1 + count + index], raw[1 + (2 * count) + index]);
            }
        }

        return 1 + (3 * count) + (stride * area.Height);
    }

    private static int ReadPredicted(ReadOnlySpan<byte> raw, Picture picture, Rectangle area)
    {
        Prediction.Read(raw, picture, area);
        return 3 * area.Area;
    }

    private static uint Word(byte red, byte green, byte blue) => 0xFF000000u | ((uint)blue << 16) | ((uint)green << 8) | red;
}
