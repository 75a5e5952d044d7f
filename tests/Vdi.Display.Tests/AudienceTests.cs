using Microsoft.Extensions.Logging.Abstractions;
using Vdi.Display.Framebuffer;
using Vdi.Display.Sources;
using Vdi.Display.Viewers;
using Vdi.Protocol.Wire;
using Vdi.TestSupport;
using Vdi.TestSupport.Screens;

namespace Vdi.Display.Tests;

/// <summary>Several viewers of one screen.</summary>
public sealed class AudienceTests : IAsyncLifetime
{
    private const int Width = 640;
    private const int Height = 400;
    private readonly Random _random = new(5);
    private readonly ScriptedSource _source = new();
    private readonly uint[] _painted = new uint[Width * Height];
    private Screen _screen = null!;
    private IDisplaySink _sink = null!;

    public async Task InitializeAsync()
    {
        _screen = new Screen(_ => Task.FromResult<IDisplaySource>(_source), TimeProvider.System, NullLogger.Instance);
        _sink = await _source.Sink;
        _sink.Resize(Width, Height);
        Paint(new(0, 0, Width, Height), (_, _) => 0x00FFFFFF);
    }

    public async Task DisposeAsync() => await _screen.DisposeAsync();

    [Fact]
    public async Task Who_want_the_same_are_sent_the_same_bytes()
    {
        await using var first = new HeadlessViewer(_screen.Join());
        await using var second = new HeadlessViewer(_screen.Join());
        await first.NextFrameAsync();
        await second.NextFrameAsync();
        for (var i = 0; i < 20; i++)
        {
            Paint(new(_random.Next(500), _random.Next(300), 100, 80), (x, y) => (uint)((x * y) + i) % 7 * 0x00202020);
            await first.NextFrameAsync();
            await second.NextFrameAsync();
            Assert.Equal(first.Newest, second.Newest);
        }

        Assert.True(IsExact(first) && IsExact(second));
    }

    [Fact]
    public async Task Who_joins_gets_all_and_the_others_only_what_is_new()
    {
        await using var first = new HeadlessViewer(_screen.Join());
        await first.NextFrameAsync();
        Paint(new(10, 10, 200, 200), (x, y) => (uint)(x ^ y));
        await first.NextFrameAsync();
        await using var second = new HeadlessViewer(_screen.Join());
        await second.NextFrameAsync();
        Assert.True(second.Complete);
        Paint(new(300, 10, 50, 50), (x, y) => (uint)(x ^ y));
        await second.NextFrameAsync();
        await first.NextFrameAsync();
        Assert.False(first.Complete);
        Assert.True(IsExact(first) && IsExact(second));
    }

    [Fact]
    public async Task Who_missed_a_scroll_and_a_change_catches_up()
    {
        await using var quick = new HeadlessViewer(_screen.Join());
        var slow = _screen.Join();
        await using var reader = new HeadlessViewer(slow);
        Paint(new(0, 0, Width, Height), (_, _) => (uint)_random.Next(8) * 0x001F1F1F);
        await quick.NextFrameAsync();
        for (var i = 0; i < 2; i++)
        {
            Paint(new(i, i, 3, 3), (_, _) => 0);
            await reader.NextFrameAsync(acknowledge: false);
            await quick.NextFrameAsync();
        }

        // Its window is closed: changes and moves of what it does not have, and of what it has, go past it.
        for (var i = 0; i < 5; i++)
        {
            Paint(new(100, 50 + (40 * i), 200, 30), (_, _) => (uint)_random.Next(4) * 0x003F3F3F);
            await quick.NextFrameAsync();
            Scroll(20);
            await quick.NextFrameAsync();
        }

        Assert.False(IsExact(reader));
        slow.Acknowledge(2);
        await reader.NextFrameAsync();
        Assert.False(reader.Complete);
        Assert.True(IsExact(reader));
        Assert.True(reader.Exact);
        Assert.True(IsExact(quick));
    }

    [Fact]
    public async Task Who_catches_up_exactly_does_not_end_the_wait_of_those_who_have_it_only_nearly()
    {
        var (one, two) = (_screen.Join(), _screen.Join());
        foreach (var viewer in (Viewer[])[one, two])
        {
            viewer.Prefer(Quality.Sharp);
            viewer.Limit(1_000_000);
        }

        await using var quick = new HeadlessViewer(one);
        await using var slow = new HeadlessViewer(two);
        Paint(new(0, 0, Width, Height), (_, _) => 0);
        await quick.NextFrameAsync();
        await slow.NextFrameAsync(acknowledge: false);
        Paint(new(0, 0, 3, 3), (_, _) => 1);
        await quick.NextFrameAsync();
        await slow.NextFrameAsync(acknowledge: false);

        // What moves is sent nearly; to whoever comes when it has stopped, exactly. On a busy machine it may seem to have stopped in between.
        for (var i = 0; i < 3 || (IsExact(quick) && i < 100); i++)
        {
            Paint(new(64, 64, 320, 256), (_, _) => (uint)_random.Next());
            await quick.NextFrameAsync();
        }

        Assert.False(IsExact(quick));
        await Task.Delay(500);
        slow.Acknowledge(2);
        await slow.NextFrameAsync();
        await SettledByReadingAsync(quick);
        await SettledByReadingAsync(slow);
    }

    private async Task SettledByReadingAsync(HeadlessViewer viewer)
    {
        while (!IsExact(viewer))
        {
            await viewer.NextFrameAsync();
        }
    }

    [Fact]
    public async Task Film_goes_to_all_as_video_and_who_lost_it_joins_again_at_a_key_picture()
    {
        var (one, two) = (_screen.Join(), _screen.Join());
        one.Able(Abilities.H264);
        two.Able(Abilities.H264);
        await using var quick = new HeadlessViewer(one);
        await using var slow = new HeadlessViewer(two);
        using var over = new CancellationTokenSource();
        var reading = new[] { ReadAsync(quick, 0, over.Token), ReadAsync(slow, 150, over.Token) };
        for (var frame = 0; frame < 120; frame++)
        {
            PaintFilm(frame);
            await Task.Delay(25);
        }

        await SettledAsync([quick, slow]);
        await over.CancelAsync();
        await Task.WhenAll(reading);
        Assert.InRange(quick.VideoPictures, 60, 120);
        Assert.InRange(slow.VideoPictures, 1, 120);
    }

    [Fact]
    public void Who_missed_what_came_after_a_key_picture_that_waited_for_it_waits_for_the_next()
    {
        using var quick = _screen.Join();
        using var slow = _screen.Join();
        using var audience = new Audience(new Wants(Quality.Automatic, Videos: true, Band: 3), new Focus());
        using var decoder = new PictureDecoder();
        decoder.Start(Width, Height);
        var (picture, film, frame, sequence) = (TestPictures.Of(Width, Height, (_, _) => 0xFFFFFF), new Rectangle(32, 40, 320, 240), 0, 0u);
        audience.Add(quick);
        audience.Add(slow);
        Newest();
        ToSlow();
        while (!Newest().OfType<VideoPart>().Any())
        {
            Assert.True(frame < 100, "the film is not taken for one");
            ToSlow();
        }

        // A key picture waits for the slow one, who misses two that lean on it: its decoder would refuse the next.
        Assert.Single(Newest().OfType<VideoPart>());
        Assert.Single(Newest().OfType<VideoPart>());
        while (decoder.VideoPictures < 3)
        {
            Assert.True(frame < 100, "the slow one never joins the film again");
            ToSlow();
            Newest();
        }

        List<FrameMessage> Newest()
        {
            TestPictures.Paint(picture, film, ScriptedSource.Film(frame, _random));
            var now = 5_000 + (frame++ * 33L);
            audience.Damaged(film, now);
            return audience.Next(quick, picture, now).Parts;
        }

        void ToSlow() => audience.Next(slow, picture, 5_000 + (frame * 33L)).Messages(++sequence, exact: false).ForEach(message => decoder.Accept(message));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Whatever_happens_everybody_has_the_picture_in_the_end(int seed)
    {
        var random = new Random(seed);
        using var over = new CancellationTokenSource();
        var (viewers, reading) = (new List<(Viewer Viewer, HeadlessViewer Reader)>(), new List<Task>());
        for (var step = 0; step < 250; step++)
        {
            if (viewers.Count < 4 && random.Next(20) == 0)
            {
                var viewer = _screen.Join();
                var reader = new HeadlessViewer(viewer);
                viewer.Able(random.Next(3) == 0 ? Abilities.None : Abilities.H264);
                viewers.Add((viewer, reader));
                reading.Add(ReadAsync(reader, random.Next(3) * 20, over.Token));
            }

            if (viewers.Count > 0 && random.Next(25) == 0)
            {
                viewers[random.Next(viewers.Count)].Viewer.Prefer((Quality)random.Next(3));
            }

            if (viewers.Count > 0 && random.Next(40) == 0)
            {
                viewers[random.Next(viewers.Count)].Viewer.Refresh();
            }

            switch (random.Next(4))
            {
                case 0: Paint(new(random.Next(500), random.Next(300), 1 + random.Next(140), 1 + random.Next(100)), (x, y) => (uint)((x * y) + step) % 5 * 0x00303030); break;
                case 1: Scroll(1 + random.Next(40)); break;
                case 2: Paint(new(random.Next(300), random.Next(200), 200, 150), (_, _) => (uint)random.Next()); break;
                default: PaintFilm(step); break;
            }

            await Task.Delay(random.Next(12));
        }

        var broken = Task.WhenAny(reading).Unwrap();
        await Task.WhenAny(SettledAsync([.. viewers.Select(each => each.Reader)]), broken).Unwrap();
        await over.CancelAsync();
        await Task.WhenAll(reading);
        Assert.NotEmpty(viewers);
        foreach (var (_, reader) in viewers)
        {
            await reader.DisposeAsync();
        }
    }

    /// <summary>Reads and acknowledges, each frame after a while.</summary>
    private static Task ReadAsync(HeadlessViewer viewer, int milliseconds, CancellationToken over) => Task.Run(async () =>
    {
        while (!over.IsCancellationRequested)
        {
            var next = viewer.NextFrameAsync(acknowledge: false);
            if (await Task.WhenAny(next, Task.Delay(Timeout.Infinite, over)) != next)
            {
                return;
            }

            await Task.Delay(milliseconds, CancellationToken.None);
            viewer.Acknowledge((await next)!.Value);
        }
    }, CancellationToken.None);

    private async Task SettledAsync(IReadOnlyList<HeadlessViewer> viewers)
    {
        for (var turn = 0; !viewers.All(IsExact); turn++)
        {
            Assert.True(turn < 400, $"not exact: {string.Join(", ", viewers.Select(viewer => $"{IsExact(viewer)} after {viewer.Frames} frames"))}");
            await Task.Delay(50);
        }
    }

    private void Paint(Rectangle area, Func<int, int, uint> colour) => ScriptedSource.Paint(_sink, area, (x, y) => _painted[(y * Width) + x] = colour(x, y));

    private void Scroll(int rows)
    {
        var before = (uint[])_painted.Clone();
        Paint(new(0, 0, Width, Height), (x, y) => y + rows < Height ? before[((y + rows) * Width) + x] : (uint)(x * (y + rows)) % 3 * 0x00404040);
    }

    private void PaintFilm(int frame) => Paint(new(32, 40, 320, 240), ScriptedSource.Film(frame, _random));

    private bool IsExact(HeadlessViewer viewer) => _screen.Read<object>(picture => viewer.Picture is { } shown && picture.Pixels.AsSpan().SequenceEqual(shown.Pixels)) is true;
}
