using Vdi.Protocol.Wire;

namespace Vdi.Display.Encoding.Video;

/// <summary>Whether this computer encodes videos as such.</summary>
public static class VideoCodec
{
    private static readonly Lazy<bool> Has = new(OpenH264.IsInstalled);

    public static bool IsInstalled => Has.Value;

    /// <summary>For logs and the console.</summary>
    public static string Name => IsInstalled ? "OpenH264" : "none (videos are sent as JPEGs: libopenh264-7 is not installed)";

    /// <summary>The finest quantiser for somebody, 0 to 51, as H.264 counts: finer ones cost bits for grain.</summary>
    internal static int Quantiser(Quality quality) => quality switch { Quality.Sharp => 24, Quality.Saving => 36, _ => 31 };
}
