using SkiaSharp;
using Vdi.Display.Encoding.Jpeg;
using Vdi.Display.Framebuffer;
using Vdi.Protocol.Wire;

namespace Vdi.Display.Tests.Encoding;

/// <summary>Every encoder of JPEGs makes the same pictures, nearly.</summary>
public abstract class JpegConformance
{
    private readonly Picture _picture = new(300, 200);

    protected JpegConformance()
    {
        for (var y = 0; y < 200; y++)
        {
            for (var x = 0; x < 300; x++)
            {
                _picture.Words(x, y, 1)[0] = 0xFF000000 | ((uint)(x * 255 / 300) << 16) | ((uint)(y * 255 / 200) << 8) | 40;
            }
        }
    }

    private protected abstract IJpegEncoder Open();

    [Theory]
    [InlineData(0, 0, 300, 200)]
    [InlineData(17, 33, 101, 99)]
    [InlineData(299, 199, 1, 1)]
    [InlineData(64, 0, 236, 1)]
    public void Area_comes_back_nearly(int x, int y, int width, int height)
    {
        using var encoder = Open();
        using var bitmap = SKBitmap.Decode(encoder.Encode(_picture, new Rectangle(x, y, width, height), 85), new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        Assert.Equal((width, height), (bitmap.Width, bitmap.Height));
        for (var row = 0; row < height; row++)
        {
            var (wanted, got) = (_picture.Row(x, y + row, width).ToArray(), bitmap.GetPixelSpan().Slice(row * bitmap.RowBytes, width * 4).ToArray());
            Assert.All(wanted.Zip(got), pair => Assert.InRange(pair.Second, pair.First - 12, pair.First + 12));
        }
    }

    [Fact]
    public void Lower_quality_is_smaller()
    {
        using var encoder = Open();
        new Random(1).NextBytes(_picture.Pixels);
        Assert.InRange(encoder.Encode(_picture, _picture.Bounds, 30).Length, 100, encoder.Encode(_picture, _picture.Bounds, 85).Length / 2);
    }
}

public sealed class SkiaJpegEncoderTests : JpegConformance
{
    private protected override IJpegEncoder Open() => new SkiaJpegEncoder();
}

public sealed class TurboJpegEncoderTests : JpegConformance
{
    /// <summary>deploy/test installs it: where it is missing, this fails, as it should.</summary>
    private protected override IJpegEncoder Open() => new TurboJpegEncoder();
}
