using Microsoft.Extensions.Logging.Abstractions;
using Vdi.Display.Sources;
using Vdi.Protocol.Wire;

namespace Vdi.Display.Tests;

/// <summary>What comes nearly, what exactly, and when.</summary>
public sealed class QualityTests : IAsyncLifetime
{
    private readonly Random _random = new(11);
    private readonly ScriptedSource _source = new();
    private Screen _screen = null!;
    private IDisplaySink _sink = null!;

    public async Task InitializeAsync()
    {
        _screen = new Screen(_ => Task.FromResult<IDisplaySource>(_source), TimeProvider.System, NullLogger.Instance);
        _sink = await _source.Sink;
        _sink.Resize(640, 400);
        ScriptedSource.Paint(_sink, new(0, 0, 640, 400), (_, _) => 0x00FFFFFF);
    }

    public async Task DisposeAsync() => await _screen.DisposeAsync();

    [Fact]
    public async Task Video_comes_nearly_and_is_exact_at_rest()
    {
        await using var viewer = new HeadlessViewer(_screen.Join());
        await viewer.NextFrameAsync();
        var nearly = 0;
        for (var frame = 0; frame < 30; frame++)
        {
            PaintFilm(frame);
            await viewer.NextFrameAsync();
            nearly += IsExact(viewer) ? 0 : 1;
            await Task.Delay(10);
        }

        Assert.InRange(nearly, 20, 30);
        while (!IsExact(viewer))
        {
            await viewer.NextFrameAsync();
        }
    }

    [Fact]
    public async Task Text_beside_a_video_is_always_exact()
    {
        await using var viewer = new HeadlessViewer(_screen.Join());
        await viewer.NextFrameAsync();
        for (var frame = 0; frame < 30; frame++)
        {
            PaintFilm(frame);
            var letter = frame;
            ScriptedSource.Paint(_sink, new(400 + (letter * 7), 300, 6, 11), (x, y) => ((x * y) + letter) % 3 == 0 ? 0u : 0x00FFFFFFu);
            await viewer.NextFrameAsync();
            while (!IsExact(viewer, new(320, 256, 320, 144)))
            {
                await viewer.NextFrameAsync();
            }

            await Task.Delay(10);
        }
    }

    [Fact]
    public async Task What_is_scrolled_while_it_is_only_near_becomes_exact_where_it_went()
    {
        await using var viewer = new HeadlessViewer(_screen.Join());
        await viewer.NextFrameAsync();
        for (var frame = 0; frame < 12; frame++)
        {
            PaintFilm(frame);
            await viewer.NextFrameAsync();
            await Task.Delay(10);
        }

        Assert.False(IsExact(viewer));
        var film = _screen.Read(picture => Enumerable.Range(0, 256).SelectMany(y => picture.Words(0, y, 320).ToArray()).ToArray())!;
        ScriptedSource.Paint(_sink, new(0, 0, 320, 300), (x, y) => y < 44 ? 0x00FFFFFF : film[((y - 44) * 320) + x]);
        do
        {
            await viewer.NextFrameAsync();
        }
        while (!IsExact(viewer));
    }

    [Theory]
    [InlineData(Quality.Automatic, false)]
    [InlineData(Quality.Sharp, true)]
    [InlineData(Quality.Saving, false)]
    public async Task Photograph_larger_than_the_line_takes_at_once_is_exact_at_once_only_for_who_prefers_it(Quality quality, bool exact)
    {
        var joined = _screen.Join();
        joined.Prefer(quality);
        await using var viewer = new HeadlessViewer(joined);
        await viewer.NextFrameAsync();
        ScriptedSource.Paint(_sink, new(0, 0, 640, 400), (_, _) => (uint)_random.Next());
        await viewer.NextFrameAsync();
        Assert.Equal(exact, IsExact(viewer));
        Assert.Equal(exact, viewer.Exact);
        while (!IsExact(viewer))
        {
            await viewer.NextFrameAsync();
        }

        Assert.True(viewer.Exact);
    }

    [Fact]
    public async Task Ping_is_answered_behind_the_frame_that_was_due()
    {
        var viewer = _screen.Join();
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        viewer.Ping(77);
        var types = new List<byte>();
        await foreach (var message in viewer.ReadAsync(stop.Token))
        {
            types.Add(message[0]);
            if (message[0] == (byte)ServerMessageType.Pong)
            {
                Assert.Equal(77u, BitConverter.ToUInt32(message, 1));
                break;
            }
        }

        Assert.Contains((byte)ServerMessageType.Frame, types);
        viewer.Dispose();
    }

    private void PaintFilm(int frame) => ScriptedSource.Paint(_sink, new(0, 0, 320, 256), ScriptedSource.Film(frame, _random));

    private bool IsExact(HeadlessViewer viewer) => IsExact(viewer, new(0, 0, 640, 400));

    private bool IsExact(HeadlessViewer viewer, Rectangle area) => _screen.Read<object>(picture =>
        Enumerable.Range(area.Y, area.Height).All(y => picture.Row(area.X, y, area.Width).SequenceEqual(viewer.Picture!.Row(area.X, y, area.Width)))) is true;
}
