using Vdi.Display.Framebuffer;
using Vdi.Protocol.Wire;

namespace Vdi.Display.Encoding.Jpeg;

/// <summary>Makes JPEGs (ITU-T T.81) of parts of pictures: libturbojpeg, or SkiaSharp where it is not installed.</summary>
internal interface IJpegEncoder : IDisposable
{
    /// <param name="quality">1 to 100, as libjpeg counts.</param>
    byte[] Encode(Picture picture, Rectangle area, int quality);
}

/// <summary>Which of the encoders this computer has.</summary>
public static class JpegEncoders
{
    private static readonly Lazy<bool> HasTurbo = new(TurboJpegEncoder.IsInstalled);

    /// <summary>For logs and the console.</summary>
    public static string Name => HasTurbo.Value ? "libturbojpeg" : "SkiaSharp (slower: libturbojpeg is not installed)";

    internal static IJpegEncoder Create() => HasTurbo.Value ? new TurboJpegEncoder() : new SkiaJpegEncoder();
}
