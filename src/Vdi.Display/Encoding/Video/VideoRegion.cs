using Vdi.Display.Framebuffer;
using Vdi.Protocol.Wire;

namespace Vdi.Display.Encoding.Video;

/// <summary>A part of the screen that plays a video, and its stream. Times are in milliseconds.</summary>
internal sealed class VideoRegion : IDisposable
{
    /// <summary>A change of the line's rate by less is not worth telling the encoder.</summary>
    private const double Worth = 0.2;
    private const int MaxPiece = FrameMessage.MaxMessage - VideoPart.HeaderLength;

    /// <summary>Fewer bits a second than this make no picture.</summary>
    private const int MinRate = 100_000;

    /// <summary>More bits a pixel and second than this are never needed.</summary>
    private const int MaxRatePerPixel = 8;
    private readonly VideoEncoder _encoder;
    private bool _key = true;

    public VideoRegion(byte stream, Rectangle area, double bitsPerSecond, int quantiser, long now)
    {
        (Stream, Area, Quantiser, Changed, Began) = (stream, area, quantiser, now, now);
        _encoder = new VideoEncoder(area.Width, area.Height, Rate(bitsPerSecond), quantiser);
    }

    public byte Stream { get; }

    public Rectangle Area { get; }

    public int Quantiser { get; }

    public long Began { get; }

    /// <summary>When a picture was last encoded.</summary>
    public long Changed { get; private set; }

    /// <summary>When the last key picture was encoded.</summary>
    public long Keyed { get; private set; }

    /// <summary>The next picture decodes without those before.</summary>
    public void MakeKey() => _key = true;

    /// <summary>The newest picture, in pieces.</summary>
    public List<VideoPart> Encode(Picture picture, double bitsPerSecond, long now)
    {
        var rate = Rate(bitsPerSecond);
        if (Math.Abs(rate - _encoder.BitsPerSecond) > Worth * _encoder.BitsPerSecond)
        {
            _encoder.BitsPerSecond = rate;
        }

        var (bytes, key) = _encoder.Encode(picture, Area, _key, now);
        (_key, Changed, Keyed) = (false, now, key ? now : Keyed);
        var parts = new List<VideoPart>();
        for (var at = 0; at < bytes.Length; at += MaxPiece)
        {
            var piece = bytes.AsMemory(at, Math.Min(MaxPiece, bytes.Length - at));
            var flags = (key ? VideoFlags.Key : 0) | (at + piece.Length == bytes.Length ? VideoFlags.Last : 0);
            parts.Add(new VideoPart(0, 0, Stream, flags, Area, piece));
        }

        return parts;
    }

    public void Dispose() => _encoder.Dispose();

    private int Rate(double bitsPerSecond) => (int)Math.Clamp(bitsPerSecond, MinRate, Math.Max(MinRate, Area.Area * (double)MaxRatePerPixel));
}
