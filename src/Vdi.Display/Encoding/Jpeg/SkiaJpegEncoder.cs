using SkiaSharp;
using Vdi.Display.Framebuffer;
using Vdi.Protocol.Wire;

namespace Vdi.Display.Encoding.Jpeg;

/// <summary>SkiaSharp's own encoder: there on every computer, several times slower.</summary>
internal sealed class SkiaJpegEncoder : IJpegEncoder
{
    public unsafe byte[] Encode(Picture picture, Rectangle area, int quality)
    {
        fixed (byte* from = picture.Pixels)
        {
            using var pixels = new SKPixmap(new SKImageInfo(area.Width, area.Height, SKColorType.Rgba8888, SKAlphaType.Opaque), (nint)(from + (area.Y * picture.Stride) + (area.X * 4)), picture.Stride);
            using var jpeg = pixels.Encode(new SKJpegEncoderOptions(quality, SKJpegEncoderDownsample.Downsample420, SKJpegEncoderAlphaOption.Ignore))
                ?? throw new InvalidOperationException("SkiaSharp made no JPEG");
            return jpeg.ToArray();
        }
    }

    public void Dispose()
    {
        // Nothing is kept.
    }
}
