using Vdi.Display.Framebuffer;
using Vdi.Protocol.Wire;

namespace Vdi.Benchmarks.Display;

/// <summary>How near a viewer's picture is to the true one. PSNR in dB over red, green and blue: 10 log10(255^2 / mean squared error),
/// <see cref="Exactly"/> where there is no error.</summary>
internal readonly record struct Quality(double Psnr, double ExactShare)
{
    /// <summary>Stands for an infinite PSNR, so that it can be printed and compared.</summary>
    public const double Exactly = 99;

    /// <summary>Sums over many areas.</summary>
    public sealed class Errors
    {
        private long _squares;
        private long _pixels;
        private long _exact;

        public Quality Quality => new(
            _squares == 0 ? Exactly : Math.Min(Exactly, 10 * Math.Log10(255.0 * 255 * 3 * _pixels / _squares)),
            _pixels == 0 ? 1 : (double)_exact / _pixels);

        /// <summary>Pixels of 4 bytes each, of which the fourth does not count.</summary>
        public void Add(ReadOnlySpan<byte> shown, ReadOnlySpan<byte> truth)
        {
            _pixels += truth.Length / 4;
            if (shown.SequenceEqual(truth))
            {
                _exact += truth.Length / 4;
                return;
            }

            for (var i = 0; i < truth.Length; i += 4)
            {
                var (red, green, blue) = (shown[i] - truth[i], shown[i + 1] - truth[i + 1], shown[i + 2] - truth[i + 2]);
                var square = (red * red) + (green * green) + (blue * blue);
                _squares += square;
                _exact += square == 0 ? 1 : 0;
            }
        }

        public void Add(Picture shown, Picture truth, Rectangle area)
        {
            for (var y = area.Y; y < area.Bottom; y++)
            {
                Add(shown.Row(area.X, y, area.Width), truth.Row(area.X, y, area.Width));
            }
        }
    }
}
