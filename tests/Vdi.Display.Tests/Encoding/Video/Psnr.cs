using Vdi.Display.Framebuffer;
using Vdi.Protocol.Wire;

namespace Vdi.Display.Tests.Encoding.Video;

internal static class Psnr
{
    /// <summary>How near an area is to the true one: 10 log10(255^2 / mean squared error) over red, green and blue, in dB.</summary>
    public static double Of(Picture shown, Picture truth, Rectangle area)
    {
        var squares = 0L;
        for (var y = area.Y; y < area.Bottom; y++)
        {
            var one = shown.Row(area.X, y, area.Width);
            var two = truth.Row(area.X, y, area.Width);
            for (var i = 0; i < one.Length; i++)
            {
                squares += i % 4 == 3 ? 0 : (one[i] - two[i]) * (one[i] - two[i]);
            }
        }

        return 10 * Math.Log10(255.0 * 255 * 3 * area.Area / Math.Max(1, squares));
    }
}
