using Vdi.Display.Framebuffer;
using Vdi.Protocol;
using Vdi.Protocol.Wire;
using ZstdSharp;

namespace Vdi.TestSupport;

/// <summary>Makes a picture of server messages, as a browser does.</summary>
public sealed class PictureDecoder : IDisposable
{
    private readonly Decompressor _decompressor = new();

    public Picture? Picture { get; private set; }

    /// <summary>Whole frames so far.</summary>
    public int Frames { get; private set; }

    /// <summary>The longest message so far.</summary>
    public int Largest { get; private set; }

    public Bye? Bye { get; private set; }

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
                Frames += part.Flags.HasFlag(FrameFlags.Last) ? 1 : 0;
                return part.Flags.HasFlag(FrameFlags.Last) ? part.Sequence : null;
            default:
                return null;
        }
    }

    /// <summary>A screen of this size is there, as Welcome says.</summary>
    public void Start(int width, int height) => Picture = width > 0 ? new Picture(width, height) : null;

    public void Dispose() => _decompressor.Dispose();

    private void Apply(FramePart part, Picture picture)
    {
        foreach (var fill in part.Fills)
        {
            ReadOnlySpan<byte> colour = [fill.Red, fill.Green, fill.Blue, 255];
            for (var y = fill.Area.Y; y < fill.Area.Bottom; y++)
            {
                for (var x = fill.Area.X; x < fill.Area.Right; x++)
                {
                    colour.CopyTo(picture.Row(x, y, 1));
                }
            }
        }

        if (part.RawLength == 0)
        {
            return;
        }

        var raw = _decompressor.Unwrap(part.Blob.Span);
        if (raw.Length != part.RawLength)
        {
            throw new ProtocolException($"wire: {raw.Length} bytes of pixels where {part.RawLength} were said");
        }

        foreach (var span in part.Spans)
        {
            for (var y = 0; y < span.Height; y++)
            {
                raw[..(span.Width * 4)].CopyTo(picture.Row(span.X, span.Y + y, span.Width));
                raw = raw[(span.Width * 4)..];
            }
        }
    }
}
