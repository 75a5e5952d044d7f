using Vdi.Display.Encoding.Video;
using Vdi.Display.Framebuffer;
using Vdi.Protocol.Wire;
using Vdi.TestSupport.Screens;

namespace Vdi.Display.Tests.Encoding.Video;

/// <summary>Where videos begin, go on and end.</summary>
public sealed class VideoRegionsTests : IDisposable
{
    private const double Rate = 4_000_000;
    private const int Quantiser = 31;
    private static readonly Rectangle Film = new(32, 48, 160, 112);
    private readonly VideoRegions _videos = new(800, 600);

    [Fact]
    public void Video_begins_where_pixels_of_many_colours_are_new_again_and_again()
    {
        See(Film, 0, 40, 80);
        Assert.Empty(_videos.Live);
        See(Film, 120);
        var video = Assert.Single(_videos.Live);
        Assert.Equal((Film, 120L, Quantiser), (video.Area, video.Began, video.Quantiser));
    }

    [Fact]
    public void Screen_without_photographs_has_no_videos()
    {
        foreach (var now in (long[])[0, 40, 80, 120, 160])
        {
            _videos.Saw([], Rate, Quantiser, now);
        }

        Assert.Empty(_videos.Live);
    }

    [Fact]
    public void Video_ends_when_it_has_been_quiet()
    {
        See(Film, 0, 40, 80, 120);
        _videos.End(620, Quantiser);
        _videos.Live[0].Encode(Screen(), Rate, 600);
        _videos.End(1100, Quantiser);
        Assert.Single(_videos.Live);
        _videos.End(1101, Quantiser);
        Assert.Empty(_videos.Live);
    }

    [Fact]
    public void Video_that_nothing_of_came_ends_as_well()
    {
        See(Film, 0, 40, 80, 120);
        _videos.End(620, Quantiser);
        Assert.Single(_videos.Live);
        _videos.End(621, Quantiser);
        Assert.Empty(_videos.Live);
    }

    [Fact]
    public void Video_ends_when_another_quality_is_wanted_and_begins_anew_with_that()
    {
        See(Film, 0, 40, 80, 120);
        _videos.End(130, Quantiser);
        Assert.Single(_videos.Live);
        _videos.End(130, 24);
        Assert.Empty(_videos.Live);
        foreach (var now in (long[])[160, 200, 240, 280])
        {
            _videos.Saw([Film], Rate, 24, now);
        }

        Assert.Equal((24, (byte)1), (_videos.Live[0].Quantiser, _videos.Live[0].Stream));
    }

    [Fact]
    public void Larger_video_takes_the_place_of_the_one_that_it_covers()
    {
        See(Film, 0, 40, 80, 120);
        var larger = new Rectangle(16, 32, 400, 300);
        See(larger, 160, 200, 240, 280);
        var video = Assert.Single(_videos.Live);
        Assert.Equal((larger, (byte)1), (video.Area, video.Stream));
    }

    [Fact]
    public void Video_that_lies_partly_over_another_takes_its_place_and_holds_both()
    {
        See(Film, 0, 40, 80, 120);
        See(Film with { X = 96, Y = 80 }, 160, 200, 240, 280);
        Assert.Equal(new(32, 48, 224, 144), Assert.Single(_videos.Live).Area);
    }

    [Theory]
    [InlineData(1120, false)] // it began at 120: a thousand milliseconds are not over
    [InlineData(1121, true)]
    public void Video_that_grows_by_a_little_begins_anew_only_when_it_has_settled(long now, bool grows)
    {
        See(Film, 0, 40, 80, 120);
        See(new(Film.Right, Film.Y, 20, Film.Height), now - 120, now - 80, now - 40, now);
        Assert.Equal(grows ? Film with { Width = 180 } : Film, Assert.Single(_videos.Live).Area);
    }

    [Fact]
    public void Small_area_that_moves_far_from_a_video_stays_what_it_is()
    {
        See(Film, 0, 40, 80, 120);
        See(new(Film.Right + 40, Film.Y, 20, Film.Height), 1200, 1240, 1280, 1320);
        Assert.Equal(Film, Assert.Single(_videos.Live).Area);
    }

    [Fact]
    public void Four_videos_play_at_most_and_another_when_one_of_them_has_ended()
    {
        var five = Enumerable.Range(0, 5).Select(i => new Rectangle(16 + (i % 3 * 224), 16 + (i / 3 * 224), 160, 112)).ToList();
        foreach (var now in (long[])[0, 40, 80, 120])
        {
            _videos.Saw(five, Rate, Quantiser, now);
        }

        Assert.Equal(five[..4], _videos.Live.Select(video => video.Area));
        Assert.Equal([0, 1, 2, 3], _videos.Live.Select(video => (int)video.Stream));
        See(five[4], 160, 200, 240, 280);
        Assert.Equal(five[..4], _videos.Live.Select(video => video.Area));
        foreach (var video in _videos.Live.Skip(1))
        {
            video.Encode(Screen(), Rate, 600);
        }

        _videos.End(700, Quantiser);
        See(five[4], 700, 740, 780, 820);
        Assert.Equal(five[1..], _videos.Live.Select(video => video.Area));
    }

    [Theory]
    [InlineData(4096, 2304, true)]
    [InlineData(8192, 1152, true)]
    [InlineData(1152, 8192, true)]
    [InlineData(4112, 2304, false)]
    [InlineData(4096, 2305, false)]
    [InlineData(4100, 2300, false)] // few enough pixels, and too many macroblocks
    [InlineData(8192, 8192, false)]
    public void Video_larger_than_the_codec_takes_stays_what_it_is(int width, int height, bool video)
    {
        using var videos = new VideoRegions(width, height);
        foreach (var now in (long[])[0, 40, 80, 120, 160, 200, 240, 280])
        {
            videos.Saw([new(0, 0, width, height)], Rate, Quantiser, now);
        }

        Assert.Equal(video ? 1 : 0, videos.Live.Count);
    }

    [Fact]
    public void All_end_when_the_screen_is_sent_anew()
    {
        See(Film, 0, 40, 80, 120);
        _videos.Clear();
        Assert.Empty(_videos.Live);
    }

    public void Dispose() => _videos.Dispose();

    private static Picture Screen() => TestPictures.Of(800, 600, (x, y) => TestPictures.Photograph(x, y));

    private void See(Rectangle area, params long[] times)
    {
        foreach (var now in times)
        {
            _videos.Saw([area], Rate, Quantiser, now);
        }
    }
}
