using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Vdi.Display.Framebuffer;
using Vdi.Display.Sources;
using Vdi.Protocol;
using Vdi.Protocol.Wire;
using Vdi.TestSupport;

namespace Vdi.Display.Tests;

public sealed class ScreenTests : IAsyncLifetime
{
    private readonly Random _random = new(7);
    private ScriptedSource _source = new();
    private Screen _screen = null!;
    private IDisplaySink _sink = null!;

    public async Task InitializeAsync()
    {
        _screen = new Screen(_ => Task.FromResult<IDisplaySource>(_source), TimeProvider.System, NullLogger.Instance);
        _sink = await _source.Sink;
        _sink.Resize(640, 400);
    }

    public async Task DisposeAsync() => await _screen.DisposeAsync();

    [Fact]
    public async Task Viewer_sees_exactly_what_the_source_painted_after_every_change()
    {
        ScriptedSource.Paint(_sink, new(0, 0, 640, 400), Noise);
        await using var viewer = new HeadlessViewer(_screen.Join());
        await viewer.NextFrameAsync();
        await BecomesExactAsync(viewer);
        for (var i = 0; i < 60; i++)
        {
            var (x, y) = (_random.Next(0, 600), _random.Next(0, 380));
            var area = new Rectangle(x, y, _random.Next(1, 640 - x), _random.Next(1, 400 - y));
            var colour = (uint)_random.Next();
            ScriptedSource.Paint(_sink, area, i % 3 == 0 ? Noise : (_, _) => colour);
            await viewer.NextFrameAsync();
            await BecomesExactAsync(viewer);
        }

        Assert.True(viewer.Largest <= FramePart.MaxMessage);
    }

    [Fact]
    public async Task Plain_screen_costs_next_to_nothing()
    {
        ScriptedSource.Paint(_sink, new(0, 0, 640, 400), (_, _) => 0x00204060);
        await using var viewer = new HeadlessViewer(_screen.Join());
        await viewer.NextFrameAsync();
        await BecomesExactAsync(viewer);
        Assert.InRange(viewer.Largest, 1, 300);
    }

    [Fact]
    public async Task Viewer_that_fell_silent_is_held_no_picture_for_and_goes_on_from_what_it_has()
    {
        var time = new FakeTimeProvider();
        await using var source = new ScriptedSource();
        await using var screen = new Screen(_ => Task.FromResult<IDisplaySource>(source), time, NullLogger.Instance);
        var sink = await source.Sink;
        sink.Resize(640, 400);
        ScriptedSource.Paint(sink, new(0, 0, 640, 400), Pattern);
        var joined = screen.Join();
        await using var viewer = new HeadlessViewer(joined);
        for (var i = 0; i < 2; i++)
        {
            ScriptedSource.Paint(sink, new(i, 0, 1, 1), (_, _) => 0x00123456);
            await viewer.NextFrameAsync(acknowledge: false);
        }

        Assert.True(joined.HoldsPicture);
        ScriptedSource.Paint(sink, new(5, 5, 10, 10), (_, _) => 0x00123456);
        Assert.True(joined.HoldsPicture);
        time.Advance(TimeSpan.FromSeconds(5));
        ScriptedSource.Paint(sink, new(50, 50, 10, 10), (_, _) => 0x00123456);
        Assert.False(joined.HoldsPicture);

        joined.Acknowledge(2);
        await viewer.NextFrameAsync();
        Assert.False(viewer.Complete);
        Assert.True(IsExact(viewer, screen));
    }

    [Fact]
    public async Task Slow_viewer_has_at_most_two_frames_under_way_and_then_gets_the_newest()
    {
        ScriptedSource.Paint(_sink, new(0, 0, 640, 400), Noise);
        var joined = _screen.Join();
        await using var viewer = new HeadlessViewer(joined);
        await viewer.NextFrameAsync(acknowledge: false);
        ScriptedSource.Paint(_sink, new(0, 0, 100, 100), Noise);
        var second = await viewer.NextFrameAsync(acknowledge: false);
        var waiting = viewer.NextFrameAsync();
        for (var i = 0; i < 50; i++)
        {
            ScriptedSource.Paint(_sink, new(i, i, 200, 200), Noise);
        }

        await Task.Delay(100);
        Assert.False(waiting.IsCompleted);
        Assert.Equal(2, joined.Unacknowledged);
        joined.Acknowledge(second!.Value);
        Assert.Equal(3u, await waiting);
        await BecomesExactAsync(viewer);
    }

    [Fact]
    public async Task Damage_without_change_sends_nothing()
    {
        ScriptedSource.Paint(_sink, new(0, 0, 640, 400), (x, y) => (uint)(x ^ y));
        await using var viewer = new HeadlessViewer(_screen.Join());
        await viewer.NextFrameAsync();
        ScriptedSource.Paint(_sink, new(0, 0, 640, 400), (x, y) => (uint)(x ^ y));
        var next = viewer.NextFrameAsync();
        await Task.Delay(100);
        Assert.False(next.IsCompleted);
        ScriptedSource.Paint(_sink, new(5, 5, 1, 1), (_, _) => 0xFFFFFF);
        await next;
        await BecomesExactAsync(viewer);
    }

    [Fact]
    public async Task New_size_brings_a_complete_frame()
    {
        ScriptedSource.Paint(_sink, new(0, 0, 640, 400), Noise);
        await using var viewer = new HeadlessViewer(_screen.Join());
        await viewer.NextFrameAsync();
        _sink.Resize(333, 77);
        ScriptedSource.Paint(_sink, new(0, 0, 333, 77), Noise);
        await viewer.NextFrameAsync();
        Assert.Equal((333, 77), (viewer.Picture!.Width, viewer.Picture.Height));
        await BecomesExactAsync(viewer);
    }

    [Fact]
    public async Task Source_that_breaks_is_opened_again_and_the_picture_stays()
    {
        ScriptedSource.Paint(_sink, new(0, 0, 640, 400), Noise);
        await using var viewer = new HeadlessViewer(_screen.Join());
        await viewer.NextFrameAsync();
        var broken = _source;
        _source = new ScriptedSource();
        broken.Break(new ProtocolException("garbage"));
        var sink = await _source.Sink.WaitAsync(TimeSpan.FromSeconds(10));
        sink.Resize(640, 400);
        ScriptedSource.Paint(sink, new(3, 3, 50, 50), Noise);
        await viewer.NextFrameAsync();
        await BecomesExactAsync(viewer);
    }

    [Fact]
    public async Task Viewer_that_is_told_goodbye_ends()
    {
        ScriptedSource.Paint(_sink, new(0, 0, 640, 400), Noise);
        var joined = _screen.Join();
        await using var viewer = new HeadlessViewer(joined);
        await viewer.NextFrameAsync();
        joined.Say(new Bye(ByeReason.TakenOver, "elsewhere"));
        Assert.Null(await viewer.NextFrameAsync());
        Assert.Equal(ByeReason.TakenOver, viewer.Bye!.Value.Reason);
    }

    [Fact]
    public void Acknowledging_what_was_never_sent_is_refused()
    {
        using var viewer = _screen.Join();
        Assert.Throws<ProtocolException>(() => viewer.Acknowledge(1));
    }

    [Fact]
    public async Task Keys_reach_the_source()
    {
        await _screen.InputAsync(ClientMessage.Key(true, 0x72), default);
        await Eventually.HoldsAsync(() => Task.FromResult(_source.Keys.Contains((true, 0x72))), "the key arrived");
    }

    /// <summary>Few colours: exact at once.</summary>
    private static uint Pattern(int x, int y) => (uint)((x * 7) + (y * 13)) % 200;

    private uint Noise(int x, int y) => (uint)_random.Next() & 0xFFFFFF;

    /// <summary>Photographs may come nearly first; at rest all is exact.</summary>
    private async Task BecomesExactAsync(HeadlessViewer viewer)
    {
        while (!IsExact(viewer, _screen))
        {
            await viewer.NextFrameAsync();
        }
    }

    private static bool IsExact(HeadlessViewer viewer, Screen screen) =>
        screen.Read<object>(picture => picture.Pixels.AsSpan().SequenceEqual(viewer.Picture!.Pixels)) is true;
}
