using Vdi.Display.Framebuffer;
using Vdi.Protocol.Wire;

namespace Vdi.Display.Encoding.Video;

/// <summary>One H.264 stream (ITU-T H.264, main profile, Annex B) of a part of the screen: pictures lean on those before, so every one must be
/// decoded, in order, from a key picture on.</summary>
internal sealed unsafe class VideoEncoder : IDisposable
{
    private const int I420 = 23;
    private const int RateByBitrate = 1;
    private const int Main = 77;
    private const int Cabac = 1;
    private const int OptionBitrate = 5;
    private const int OptionMaxBitrate = 6;
    private const int OptionTraceLevel = 25;
    private const int TypeKey = 1;
    private const int TypeSkip = 4;
    private const int Camera = 0;
    private const int FramesPerSecond = 30;

    /// <summary>Beyond it, and it goes to 51, a picture is blocks.</summary>
    private const int CoarsestQuantiser = 44;
    private readonly YuvPicture _picture;
    private OpenH264.EncoderTable** _encoder;
    private int _bitrate;

    /// <param name="width">In pixels, at least 16.</param>
    /// <param name="height">In pixels, at least 16.</param>
    /// <param name="bitsPerSecond">What the stream may take, at 30 pictures a second.</param>
    /// <param name="quantiser">The finest, 0 to 51, as H.264 counts: finer ones cost bits for grain that nobody sees.</param>
    public VideoEncoder(int width, int height, int bitsPerSecond, int quantiser)
    {
        _picture = new YuvPicture(width, height);
        _bitrate = bitsPerSecond;
        OpenH264.EncoderTable** encoder;
        Check(OpenH264.WelsCreateSVCEncoder(&encoder), "make an encoder");
        _encoder = encoder;
        try
        {
            var quiet = 0;
            _ = (*_encoder)->SetOption(_encoder, OptionTraceLevel, &quiet);
            OpenH264.EncoderParameters parameters;
            Check((*_encoder)->GetDefaultParams(_encoder, &parameters), "tell its defaults");
            Set(ref parameters, quantiser);
            Check((*_encoder)->InitializeExt(_encoder, &parameters), $"begin a stream of {_picture.Width} x {_picture.Height}");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What the stream may take from now on, in bits a second.</summary>
    public int BitsPerSecond
    {
        get => _bitrate;
        set
        {
            if (value == _bitrate)
            {
                return;
            }

            _bitrate = value;
            var (rate, most) = ((Layer: 4, Bits: value), (Layer: 4, Bits: value * 2));
            Check((*_encoder)->SetOption(_encoder, OptionMaxBitrate, &most), "change the most it may take");
            Check((*_encoder)->SetOption(_encoder, OptionBitrate, &rate), "change its rate");
        }
    }

    /// <summary>The access unit of the area's pixels (empty where the encoder leaves this picture out), and whether it decodes without those before.</summary>
    /// <param name="key">Whether it must.</param>
    /// <param name="milliseconds">When it was on the screen; grows.</param>
    public (byte[] Bytes, bool Key) Encode(Picture picture, Rectangle area, bool key, long milliseconds)
    {
        _picture.Take(picture, area);
        if (key)
        {
            Check((*_encoder)->ForceIntraFrame(_encoder, 1), "make a key picture");
        }

        fixed (byte* luma = _picture.Luma, blue = _picture.Blue, red = _picture.Red)
        {
            var source = new OpenH264.SourcePicture
            {
                Format = I420, Luma = luma, Blue = blue, Red = red, Width = _picture.Width, Height = _picture.Height, Milliseconds = milliseconds,
            };
            (source.Strides[0], source.Strides[1], source.Strides[2]) = (_picture.Width, _picture.Width / 2, _picture.Width / 2);
            OpenH264.FrameInfo frame;
            Check((*_encoder)->EncodeFrame(_encoder, &source, &frame), "encode a picture");
            return (frame.FrameType == TypeSkip ? [] : Bytes(ref frame), frame.FrameType == TypeKey);
        }
    }

    public void Dispose()
    {
        if (_encoder is not null)
        {
            _ = (*_encoder)->Uninitialize(_encoder);
            OpenH264.WelsDestroySVCEncoder(_encoder);
            _encoder = null;
        }
    }

    private void Set(ref OpenH264.EncoderParameters parameters, int quantiser)
    {
        parameters.UsageType = Camera;
        parameters.Width = _picture.Width;
        parameters.Height = _picture.Height;
        parameters.TargetBitrate = _bitrate;
        parameters.MaxBitrate = 2 * _bitrate;
        parameters.RateControl = RateByBitrate;
        parameters.MaxFrameRate = FramesPerSecond;
        parameters.MinQp = quantiser;
        parameters.MaxQp = Math.Max(quantiser, CoarsestQuantiser);
        parameters.FrameSkip = 0;

        // An eighth fewer bytes than the code words of the baseline profile, for the same pictures in the same time.
        parameters.EntropyCoding = Cabac;
        parameters.Threads = 1;
        parameters.Denoise = 0;
        parameters.BackgroundDetection = 0;
        parameters.AdaptiveQuantisation = 0;
        parameters.SceneChangeDetection = 1;
        ref var layer = ref parameters.Layers[0];
        layer.Width = _picture.Width;
        layer.Height = _picture.Height;
        layer.FrameRate = FramesPerSecond;
        layer.Bitrate = _bitrate;
        layer.MaxBitrate = 2 * _bitrate;
        layer.Profile = Main;

        // What the browser must know of the colours: full range, and (ITU-T H.264, tables E-3 to E-5) primaries of BT.709 with the curve of sRGB, matrix of BT.601.
        (layer.SignalTypePresent, layer.VideoFormat, layer.FullRange) = (1, 5, 1);
        (layer.ColourDescriptionPresent, layer.ColourPrimaries, layer.TransferCharacteristics, layer.ColourMatrix) = (1, 1, 13, 6);
    }

    private static byte[] Bytes(ref OpenH264.FrameInfo frame)
    {
        var bytes = new byte[frame.Length];
        var at = 0;
        for (var layer = 0; layer < frame.LayerCount; layer++)
        {
            ref var info = ref frame.Layers[layer];
            var length = 0;
            for (var nal = 0; nal < info.Nals; nal++)
            {
                length += info.NalLengths[nal];
            }

            new ReadOnlySpan<byte>(info.Bytes, length).CopyTo(bytes.AsSpan(at));
            at += length;
        }

        return bytes;
    }

    private static void Check(int result, string what)
    {
        if (result != 0)
        {
            throw new InvalidOperationException($"OpenH264 could not {what}: error {result}");
        }
    }
}
