using Vdi.Display.Encoding;
using Vdi.Display.Encoding.Video;
using Vdi.Display.Framebuffer;
using Vdi.Protocol.Wire;
using Vdi.TestSupport;
using Vdi.TestSupport.Screens;

namespace Vdi.Display.Tests.Encoding.Video;

/// <summary>The pieces of a video's pictures.</summary>
public sealed class VideoRegionTests
{
    private const int Fine = 24;

    [Fact]
    public void Picture_that_is_small_enough_is_one_piece()
    {
        using var region = new VideoRegion(7, new(16, 32, 128, 96), 2_000_000, Fine, 0);
        var first = Assert.Single(region.Encode(Film(0), 2_000_000, 0));
        Assert.Equal(((byte)7, VideoFlags.Key | VideoFlags.Last, new Rectangle(16, 32, 128, 96)), (first.Stream, first.Video, first.Area));
        Assert.Equal(VideoFlags.Last, Assert.Single(region.Encode(Film(1), 2_000_000, 33)).Video);
    }

    [Fact]
    public void Picture_longer_than_a_message_comes_in_pieces_of_which_the_last_says_so()
    {
        var truth = TestPictures.Of(1280, 720, TestPictures.Noise);
        using var region = new VideoRegion(1, truth.Bounds, 50_000_000, Fine, 0);
        var pieces = region.Encode(truth, 50_000_000, 0);
        Assert.InRange(pieces.Count, 2, 100);
        Assert.All(pieces, piece => Assert.InRange(piece.Length, VideoPart.HeaderLength + 1, FrameMessage.MaxMessage));
        Assert.All(pieces[..^1], piece => Assert.Equal(VideoFlags.Key, piece.Video));
        Assert.All(pieces[..^1], piece => Assert.Equal(FrameMessage.MaxMessage, piece.Length));
        Assert.Equal(VideoFlags.Key | VideoFlags.Last, pieces[^1].Video);
        Assert.All(pieces, piece => Assert.Equal(((byte)1, truth.Bounds), (piece.Stream, piece.Area)));

        using var decoder = new PictureDecoder();
        decoder.Start(truth.Width, truth.Height);
        foreach (var message in FrameEncoder.Messages(pieces, 1, FrameFlags.None))
        {
            Assert.InRange(message.Length, 1, FrameMessage.MaxMessage);
            Assert.Equal(0, decoder.VideoPictures);
            decoder.Accept(message);
        }

        Assert.Equal(1, decoder.VideoPictures);
        Assert.InRange(Psnr.Of(decoder.Picture!, truth, truth.Bounds), 8, 99);
    }

    [Fact]
    public void Messages_take_a_viewer_from_picture_to_picture()
    {
        var area = new Rectangle(16, 32, 131, 97);
        using var region = new VideoRegion(7, area, 4_000_000, Fine, 0);
        using var decoder = new PictureDecoder();
        decoder.Start(200, 150);
        for (var frame = 0; frame < 8; frame++)
        {
            FrameEncoder.Messages(region.Encode(Film(frame), 4_000_000, frame * 33), (uint)frame, FrameFlags.None).ForEach(message => decoder.Accept(message));
            Assert.InRange(Psnr.Of(decoder.Picture!, Film(frame), area), 34, 99);
        }
    }

    [Fact]
    public void Key_picture_comes_when_it_is_asked_for_and_once()
    {
        using var region = new VideoRegion(7, new(16, 32, 128, 96), 2_000_000, Fine, 5);
        Assert.Equal((5L, 5L), (region.Began, region.Changed));
        region.Encode(Film(0), 2_000_000, 10);
        region.Encode(Film(1), 2_000_000, 43);
        Assert.Equal((10L, 43L), (region.Keyed, region.Changed));
        region.MakeKey();
        Assert.Equal(VideoFlags.Key | VideoFlags.Last, region.Encode(Film(2), 2_000_000, 76)[^1].Video);
        Assert.Equal(VideoFlags.Last, region.Encode(Film(3), 2_000_000, 109)[^1].Video);
        Assert.Equal((76L, 109L, 5L), (region.Keyed, region.Changed, region.Began));
    }

    [Fact]
    public void Line_that_takes_less_makes_the_stream_smaller()
    {
        using var region = new VideoRegion(7, new(0, 0, 640, 480), 2_400_000, 10, 0);
        var (much, little) = (Bytes(2_400_000, 0), Bytes(600_000, 45));
        Assert.InRange(little, 1, much * 2 / 3);

        // Noise: what costs all the bits there are.
        int Bytes(double bitsPerSecond, int from) => Enumerable.Range(from, 45).Sum(frame =>
            region.Encode(TestPictures.Of(640, 480, (x, y) => TestPictures.Noise(x + (1000 * frame), y) & 0x3F3F3F), bitsPerSecond, frame * 33).Sum(part => part.Length));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.MaxValue)]
    public void Whatever_a_line_is_said_to_take_a_picture_comes(double bitsPerSecond)
    {
        using var region = new VideoRegion(7, new(16, 32, 128, 96), bitsPerSecond, Fine, 0);
        for (var frame = 0; frame < 5; frame++)
        {
            Assert.NotEmpty(region.Encode(Film(frame), bitsPerSecond, frame * 33));
        }
    }

    private static Picture Film(int frame) => TestPictures.Of(200, 150, (x, y) => TestPictures.Photograph(x, y, frame));
}
