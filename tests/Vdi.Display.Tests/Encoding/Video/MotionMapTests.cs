using Vdi.Display.Encoding.Video;
using Vdi.Protocol.Wire;

namespace Vdi.Display.Tests.Encoding.Video;

/// <summary>What is taken for a video, and what is not.</summary>
public sealed class MotionMapTests
{
    private static readonly Rectangle Film = new(32, 48, 160, 112);
    private readonly MotionMap _map = new(800, 600);

    [Fact]
    public void Area_that_is_new_again_and_again_is_a_video_from_the_fourth_time_on()
    {
        See(Film, 0, 40, 80);
        Assert.Empty(Videos(80));
        See(Film, 120);
        Assert.Equal([Film], Videos(120));
    }

    [Fact]
    public void Video_is_as_large_as_what_was_new_in_it_whatever_its_blocks_are()
    {
        See(new(37, 41, 150, 101), 0, 40, 80, 120);
        Assert.Equal([new(37, 41, 150, 101)], Videos(120));
    }

    [Fact]
    public void Video_that_ends_with_the_screen_is_found()
    {
        var map = new MotionMap(301, 203);
        foreach (var now in (long[])[0, 40, 80, 120])
        {
            map.Saw([new(150, 90, 151, 113)], now);
        }

        Assert.Equal([new(150, 90, 151, 113)], map.Videos(120, _ => false));
    }

    [Theory]
    [InlineData(128, 96, true)]
    [InlineData(127, 96, false)]
    [InlineData(128, 95, false)]
    [InlineData(16, 16, false)]
    public void Video_is_at_least_as_large_as_a_cameras_smallest_picture(int width, int height, bool video)
    {
        See(new(30, 30, width, height), 0, 40, 80, 120);
        Assert.Equal(video ? 1 : 0, Videos(120).Count);
    }

    [Fact]
    public void Small_area_is_a_video_where_it_belongs_to_one()
    {
        var asked = new List<Rectangle>();
        See(new(30, 30, 20, 100), 0, 40, 80, 120);
        Assert.Equal([new(30, 30, 20, 100)], _map.Videos(120, seen =>
        {
            asked.Add(seen);
            return true;
        }));
        Assert.Equal([new(30, 30, 20, 100)], asked);
    }

    [Theory]
    [InlineData(89, false)]
    [InlineData(90, true)]
    public void Burst_that_is_over_too_soon_is_no_video(long last, bool video)
    {
        See(Film, 0, 30, 60, last);
        Assert.Equal(video ? 1 : 0, Videos(last).Count);
    }

    [Fact]
    public void Areas_of_one_frame_that_touch_the_same_block_count_once()
    {
        See(Film, 0, 0, 0, 60, 60, 120, 120);
        Assert.Empty(Videos(120));
        See(Film, 160);
        Assert.Single(Videos(160));
    }

    [Theory]
    [InlineData(250, true)]
    [InlineData(251, false)]
    public void Pause_that_is_too_long_begins_the_count_anew(long pause, bool video)
    {
        See(Film, 0, 40, 80, 80 + pause);
        Assert.Equal(video ? 1 : 0, Videos(80 + pause).Count);
        See(Film, 120 + pause, 160 + pause);
        Assert.Equal(video ? 1 : 0, Videos(160 + pause).Count);
        See(Film, 200 + pause);
        Assert.Single(Videos(200 + pause));
    }

    [Theory]
    [InlineData(370, true)]
    [InlineData(371, false)]
    public void Video_that_has_stopped_is_none_any_more(long now, bool video)
    {
        See(Film, 0, 40, 80, 120);
        Assert.Equal(video ? 1 : 0, Videos(now).Count);
    }

    [Theory]
    [InlineData(5, false)] // and a column: 55 of 100 blocks
    [InlineData(6, true)] // 64 of 100
    public void What_moves_must_fill_its_rectangle(int rows, bool video)
    {
        foreach (var now in (long[])[0, 40, 80, 120])
        {
            _map.Saw([new(160, 160, 160, rows * 16), new(160, 160, 16, 160)], now);
        }

        Assert.Equal(video ? [new(160, 160, 160, 160)] : [], Videos(120));
    }

    [Fact]
    public void Frame_around_a_still_picture_is_no_video()
    {
        foreach (var now in (long[])[0, 40, 80, 120])
        {
            _map.Saw(new Rectangle(160, 160, 240, 240).Without(new(176, 176, 208, 208)), now);
        }

        Assert.Empty(Videos(120));
    }

    [Fact]
    public void Two_videos_apart_are_two_and_side_by_side_are_one()
    {
        foreach (var now in (long[])[0, 40, 80, 120])
        {
            _map.Saw([Film, Film with { X = 208 }, Film with { Y = 320 }, Film with { X = 192, Y = 320 }], now);
        }

        // A column of blocks lies between the first two.
        Assert.Equal([Film, Film with { X = 208 }, new(32, 320, 320, 112)], Videos(120));
    }

    [Fact]
    public void What_touches_a_video_at_a_corner_belongs_to_it()
    {
        foreach (var now in (long[])[0, 40, 80, 120])
        {
            _map.Saw([Film, new(Film.Right, Film.Bottom, 16, 16)], now);
        }

        Assert.Equal([Film with { Width = 176, Height = 128 }], Videos(120));
    }

    [Fact]
    public void What_joins_a_video_becomes_a_part_of_it_when_it_has_been_new_as_often()
    {
        See(Film, 0, 40, 80, 120);
        var beside = new Rectangle(Film.Right, Film.Y, 16, Film.Height);
        foreach (var now in (long[])[160, 200, 240])
        {
            _map.Saw([Film, beside], now);
        }

        Assert.Equal([Film], Videos(240));
        _map.Saw([Film, beside], 280);
        Assert.Equal([Film with { Width = 176 }], Videos(280));
    }

    [Fact]
    public void What_was_taken_up_is_forgotten_and_begins_anew()
    {
        See(Film, 0, 40, 80, 120);
        _map.Forget(Film);
        Assert.Empty(Videos(120));
        See(Film, 160, 200, 240);
        Assert.Empty(Videos(240));
        See(Film, 280);
        Assert.Equal([Film], Videos(280));
    }

    private List<Rectangle> Videos(long now) => _map.Videos(now, _ => false);

    private void See(Rectangle area, params long[] times)
    {
        foreach (var now in times)
        {
            _map.Saw([area], now);
        }
    }
}
