using Vdi.Display.Encoding.Video;
using Vdi.Display.Framebuffer;
using Vdi.Protocol;
using Vdi.Protocol.Wire;
using Vdi.TestSupport.Screens;

namespace Vdi.Display.Tests.Encoding.Video;

/// <summary>Videos there and back. deploy/test installs the library: where it is missing, these fail, as they should.</summary>
public sealed class VideoCodecTests
{
    private const int Fine = 24;
    private const int Plenty = 8_000_000;

    [Fact]
    public void Library_is_installed() => Assert.True(VideoCodec.IsInstalled);

    [Theory]
    [InlineData(320, 240)]
    [InlineData(16, 16)]
    [InlineData(17, 16)]
    [InlineData(16, 17)]
    [InlineData(131, 97)]
    [InlineData(641, 33)]
    public void Film_comes_back_nearly_in_every_picture(int width, int height)
    {
        using var encoder = new VideoEncoder(width, height, Plenty, Fine);
        using var decoder = new VideoDecoder();
        var (shown, area) = (new Picture(width + 30, height + 20), new Rectangle(11, 7, width, height));
        for (var frame = 0; frame < 15; frame++)
        {
            var truth = Film(width + 30, height + 20, frame);
            var (bytes, key) = encoder.Encode(truth, area, key: false, frame * 33);
            Assert.Equal(frame == 0, key);
            decoder.Decode(bytes, shown, area);
            Assert.InRange(Psnr.Of(shown, truth, area), 34, 99);
        }
    }

    [Fact]
    public void Nothing_outside_of_the_area_is_painted()
    {
        using var encoder = new VideoEncoder(65, 33, Plenty, Fine);
        using var decoder = new VideoDecoder();
        var (shown, area) = (TestPictures.Of(100, 60, (_, _) => 0x123456), new Rectangle(5, 7, 65, 33));
        decoder.Decode(encoder.Encode(Film(100, 60, 0), area, key: true, 0).Bytes, shown, area);
        TestPictures.Paint(shown, area, (_, _) => 0x123456);
        Assert.Equal(TestPictures.Of(100, 60, (_, _) => 0x123456).Pixels, shown.Pixels);
    }

    [Fact]
    public void Pictures_that_lean_on_those_before_cost_far_less_than_key_pictures()
    {
        using var encoder = new VideoEncoder(320, 240, Plenty, Fine);
        var lengths = Enumerable.Range(0, 12).Select(frame => encoder.Encode(Film(320, 240, frame, grain: false), new(0, 0, 320, 240), key: false, frame * 33).Bytes.Length).ToList();
        Assert.InRange(lengths.Skip(2).Average(), 1, lengths[0] / 2);
    }

    [Fact]
    public void Key_picture_comes_when_it_is_asked_for_and_decodes_without_those_before()
    {
        using var encoder = new VideoEncoder(160, 120, Plenty, Fine);
        var (shown, area) = (new Picture(160, 120), new Rectangle(0, 0, 160, 120));
        var late = new VideoDecoder();
        for (var frame = 0; frame < 10; frame++)
        {
            var (bytes, key) = encoder.Encode(Film(160, 120, frame), area, key: frame == 6, frame * 33);
            Assert.Equal(frame is 0 or 6, key);
            if (frame >= 6)
            {
                late.Decode(bytes, shown, area);
                Assert.InRange(Psnr.Of(shown, Film(160, 120, frame), area), 34, 99);
            }
        }

        late.Dispose();
    }

    [Fact]
    public void Scene_that_changes_comes_back_nearly_at_once()
    {
        using var encoder = new VideoEncoder(160, 120, Plenty, Fine);
        using var decoder = new VideoDecoder();
        var (shown, area) = (new Picture(160, 120), new Rectangle(0, 0, 160, 120));
        for (var frame = 0; frame < 6; frame++)
        {
            var truth = Film(160, 120, frame * 1000);
            decoder.Decode(encoder.Encode(truth, area, key: false, frame * 33).Bytes, shown, area);
            Assert.InRange(Psnr.Of(shown, truth, area), 30, 99);
        }
    }

    public static TheoryData<uint> Colours =>
        [0x000000, 0xFFFFFF, 0x808080, 0x101010, 0xF0F0F0, 0xFF0000, 0x00FF00, 0x0000FF, 0xFFFF00, 0xFF00FF, 0x00FFFF, 0x800000, 0x008000, 0x000080, 0x3465A4, 0xF57900];

    [Theory]
    [MemberData(nameof(Colours))]
    public void Colour_comes_back_as_it_was(uint colour)
    {
        using var encoder = new VideoEncoder(64, 48, Plenty, Fine);
        using var decoder = new VideoDecoder();
        var (truth, shown) = (TestPictures.Of(64, 48, (_, _) => colour), new Picture(64, 48));
        decoder.Decode(encoder.Encode(truth, truth.Bounds, key: true, 0).Bytes, shown, truth.Bounds);
        Assert.All(shown.Pixels.Zip(truth.Pixels), pair => Assert.InRange(pair.First, pair.Second - 4, pair.Second + 4));
    }

    [Fact]
    public void Fewer_bits_a_second_make_a_smaller_stream_from_then_on_and_more_a_larger_one()
    {
        using var encoder = new VideoEncoder(320, 240, 8_000_000, Fine);
        using var decoder = new VideoDecoder();
        var (shown, area, frame) = (new Picture(320, 240), new Rectangle(0, 0, 320, 240), 0);
        var (much, little, again) = (Second(8_000_000), Second(1_500_000), Second(8_000_000));
        Assert.InRange(little, 1, much / 2);
        Assert.InRange(again, little * 2, int.MaxValue);

        // Bytes of the last 30 of 45 pictures: it takes a moment to find its quantiser.
        int Second(int bitsPerSecond)
        {
            encoder.BitsPerSecond = bitsPerSecond;
            Assert.Equal(bitsPerSecond, encoder.BitsPerSecond);
            var bytes = 0;
            for (var i = 0; i < 45; i++, frame++)
            {
                var (unit, _) = encoder.Encode(TestPictures.Of(320, 240, Snow(frame)), area, key: false, frame * 33);
                decoder.Decode(unit, shown, area);
                bytes += i < 15 ? 0 : unit.Length;
            }

            return bytes;
        }
    }

    [Fact]
    public void Coarser_quantiser_is_smaller()
    {
        var lengths = new[] { Quality.Sharp, Quality.Automatic, Quality.Saving }.Select(quality =>
        {
            using var encoder = new VideoEncoder(320, 240, Plenty, VideoCodec.Quantiser(quality));
            return Enumerable.Range(0, 10).Sum(frame => encoder.Encode(Film(320, 240, frame), new(0, 0, 320, 240), key: false, frame * 33).Bytes.Length);
        }).ToList();
        Assert.Equal(lengths.OrderDescending(), lengths);
        Assert.InRange(lengths[2], 1, lengths[0] / 2);
    }

    [Fact]
    public void Stream_that_does_not_begin_with_a_key_picture_is_refused()
    {
        using var encoder = new VideoEncoder(64, 48, Plenty, Fine);
        using var decoder = new VideoDecoder();
        var (film, area) = (Film(64, 48, 0), new Rectangle(0, 0, 64, 48));
        encoder.Encode(film, area, key: false, 0);
        var (second, _) = encoder.Encode(Film(64, 48, 1), area, key: false, 33);
        Assert.Throws<ProtocolException>(() => decoder.Decode(second, film, area));
    }

    [Fact]
    public void What_is_no_video_is_refused()
    {
        using var decoder = new VideoDecoder();
        var picture = new Picture(64, 48);
        Assert.Throws<ProtocolException>(() => decoder.Decode([1, 2, 3, 4, 5], picture, picture.Bounds));
        Assert.Throws<ProtocolException>(() => decoder.Decode([], picture, picture.Bounds));
    }

    [Fact]
    public void Picture_smaller_than_its_area_is_refused()
    {
        using var encoder = new VideoEncoder(64, 48, Plenty, Fine);
        using var decoder = new VideoDecoder();
        var (bytes, _) = encoder.Encode(Film(64, 48, 0), new(0, 0, 64, 48), key: true, 0);
        Assert.Throws<ProtocolException>(() => decoder.Decode(bytes, new Picture(66, 48), new(0, 0, 66, 48)));
    }

    [Fact]
    public void Stream_of_no_size_is_refused_with_a_reason() =>
        Assert.Contains("begin a stream of 0 x 48", Assert.Throws<InvalidOperationException>(() => new VideoEncoder(0, 48, Plenty, Fine)).Message, StringComparison.Ordinal);

    /// <summary>As an old television without an aerial: what costs all the bits there are.</summary>
    private static Func<int, int, uint> Snow(int frame) => (x, y) => (TestPictures.Noise(x + (1000 * frame), y) >> 2 & 0x3F3F3F) + 0x606060;

    private static Picture Film(int width, int height, int frame, bool grain = true) => TestPictures.Of(width, height, grain
        ? (x, y) => TestPictures.Photograph(x, y, frame)
        : (x, y) => TestPictures.Photograph(x + (3 * frame), y + frame));
}
