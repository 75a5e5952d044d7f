using Vdi.Display.Encoding;
using Vdi.Display.Framebuffer;
using Vdi.Protocol.Wire;
using Vdi.TestSupport;

namespace Vdi.Display.Tests.Encoding;

/// <summary>Whatever is on a screen comes back exactly, in parts that are small enough.</summary>
public sealed class FrameEncoderTests
{
    private readonly Random _random = new(5);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(100_000)]
    public void Picture_of_so_many_colours_comes_back(int colours)
    {
        var picture = new Picture(333, 201);
        var palette = Enumerable.Range(0, colours).Select(_ => (uint)_random.Next() | 0xFF000000).ToArray();
        foreach (ref var pixel in picture.Words(0, 0, picture.Width * picture.Height))
        {
            pixel = palette[_random.Next(colours)];
        }

        AssertComesBack(picture, [picture.Bounds]);
        AssertComesBack(picture, [new(5, 7, 1, 1), new(11, 3, 1, 190), new(20, 30, 300, 1), new(31, 60, 67, 131), new(332, 200, 1, 1)]);
    }

    [Fact]
    public void Many_small_areas_come_back()
    {
        var picture = Noise(1920, 1080);
        AssertComesBack(picture, [.. Enumerable.Range(0, 9000).Select(i => new Rectangle(i % 120 * 16, i / 120 * 14, 9, 11))]);
    }

    [Fact]
    public void Screen_of_noise_comes_back_in_parts_of_64_KiB()
    {
        var parts = AssertComesBack(Noise(1920, 1080), [new(0, 0, 1920, 1080)]);
        Assert.All(parts, part => Assert.InRange(part.Length, 1, FramePart.MaxMessage));
        Assert.Equal(FrameFlags.First | FrameFlags.Complete, FramePart.Read(parts[0]).Flags);
        Assert.Equal(FrameFlags.Last | FrameFlags.Complete, FramePart.Read(parts[^1]).Flags);
    }

    [Fact]
    public void Natural_gradients_cost_less_than_a_byte_a_pixel()
    {
        var picture = new Picture(512, 512);
        for (var y = 0; y < 512; y++)
        {
            for (var x = 0; x < 512; x++)
            {
                var light = (x + (2 * y)) / 8;
                picture.Words(x, y, 1)[0] = 0xFF000000 | ((uint)(light & 255) << 16) | ((uint)((light + _random.Next(2)) & 255) << 8) | (uint)(light & 255);
            }
        }

        Assert.InRange(AssertComesBack(picture, [picture.Bounds]).Sum(part => part.Length), 1, 512 * 512);
    }

    private static List<byte[]> AssertComesBack(Picture picture, List<Rectangle> areas)
    {
        using var encoder = new FrameEncoder();
        using var decoder = new PictureDecoder();
        decoder.Start(picture.Width, picture.Height);
        var (frame, near) = encoder.Encode(picture, [], areas, PhotoPolicy.Exact);
        var parts = FrameEncoder.Messages(frame, 1, FrameFlags.Complete);
        Assert.Empty(near);
        foreach (var part in parts)
        {
            decoder.Accept(part);
        }

        foreach (var area in areas)
        {
            for (var y = area.Y; y < area.Bottom; y++)
            {
                Assert.True(picture.Row(area.X, y, area.Width).SequenceEqual(decoder.Picture!.Row(area.X, y, area.Width)), $"row {y} of {area} differs");
            }
        }

        return parts;
    }

    private Picture Noise(int width, int height)
    {
        var picture = new Picture(width, height);
        _random.NextBytes(picture.Pixels);
        picture.Write(picture.Bounds, picture.Pixels.ToArray(), picture.Stride);
        return picture;
    }
}
