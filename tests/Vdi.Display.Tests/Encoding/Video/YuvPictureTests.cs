using Vdi.Display.Encoding.Video;
using Vdi.Display.Framebuffer;
using Vdi.Protocol.Wire;
using Vdi.TestSupport.Screens;

namespace Vdi.Display.Tests.Encoding.Video;

/// <summary>Light and colour, against the formula as it is written down (ITU-R BT.601, full range as in JFIF).</summary>
public sealed class YuvPictureTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(7, 5)]
    [InlineData(8, 2)]
    [InlineData(9, 9)]
    [InlineData(10, 3)]
    [InlineData(15, 16)]
    [InlineData(64, 48)]
    [InlineData(333, 201)]
    public void Area_is_as_the_formula_says(int width, int height)
    {
        AssertIsAsTheFormulaSays(TestPictures.Of(width, height, TestPictures.Noise), new(0, 0, width, height));
        AssertIsAsTheFormulaSays(TestPictures.Of(width + 9, height + 4, TestPictures.Noise), new(5, 3, width, height));
    }

    [Fact]
    public void Corners_of_the_colour_cube_are_as_the_formula_says() =>
        AssertIsAsTheFormulaSays(TestPictures.Of(36, 4, (x, _) => (uint)(((x / 4 & 4) * 0x3FC000) | ((x / 4 & 2) * 0x7F80) | ((x / 4 & 1) * 0xFF))), new(0, 0, 36, 4));

    [Fact]
    public void Second_picture_leaves_nothing_of_the_first()
    {
        var (used, fresh) = (new YuvPicture(35, 21), new YuvPicture(35, 21));
        used.Take(TestPictures.Of(35, 21, (_, _) => 0xFFFFFF), new(0, 0, 35, 21));
        var picture = TestPictures.Of(35, 21, TestPictures.Noise);
        used.Take(picture, picture.Bounds);
        fresh.Take(picture, picture.Bounds);
        Assert.Equal(fresh.Luma, used.Luma);
        Assert.Equal(fresh.Blue, used.Blue);
        Assert.Equal(fresh.Red, used.Red);
    }

    private static void AssertIsAsTheFormulaSays(Picture picture, Rectangle area)
    {
        var yuv = new YuvPicture(area.Width, area.Height);
        yuv.Take(picture, area);
        Assert.Equal(((area.Width + 1) / 2 * 2, (area.Height + 1) / 2 * 2), (yuv.Width, yuv.Height));
        for (var y = 0; y < yuv.Height; y += 2)
        {
            for (var x = 0; x < yuv.Width; x += 2)
            {
                var four = new[] { (x, y), (x + 1, y), (x, y + 1), (x + 1, y + 1) };
                foreach (var (atX, atY) in four)
                {
                    var (red, green, blue) = Colour(atX, atY);
                    AssertNear((0.299 * red) + (0.587 * green) + (0.114 * blue), yuv.Luma[(atY * yuv.Width) + atX]);
                }

                var at = (y / 2 * (yuv.Width / 2)) + (x / 2);
                AssertNear(128 + four.Average(place => Difference(place.Item1, place.Item2).Blue), yuv.Blue[at]);
                AssertNear(128 + four.Average(place => Difference(place.Item1, place.Item2).Red), yuv.Red[at]);
            }
        }

        (double Blue, double Red) Difference(int x, int y)
        {
            var (red, green, blue) = Colour(x, y);
            return ((-0.168736 * red) - (0.331264 * green) + (0.5 * blue), (0.5 * red) - (0.418688 * green) - (0.081312 * blue));
        }

        (byte Red, byte Green, byte Blue) Colour(int x, int y)
        {
            // Beyond its edges the area goes on as it ends.
            var word = picture.Words(area.X + Math.Min(x, area.Width - 1), area.Y + Math.Min(y, area.Height - 1), 1)[0];
            return ((byte)word, (byte)(word >> 8), (byte)(word >> 16));
        }
    }

    private static void AssertNear(double expected, byte actual) => Assert.InRange(actual, expected - 1.001, expected + 1.001);
}
