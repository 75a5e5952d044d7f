using Microsoft.Extensions.Time.Testing;
using Vdi.Display.Framebuffer;
using Vdi.Display.Sources;
using Vdi.Protocol;
using Vdi.Protocol.Wire;
using Vdi.TestSupport;
using Vdi.TestSupport.Screens;

namespace Vdi.Display.Tests.Sources;

/// <summary>What every source does, whatever it is fed by.</summary>
public abstract class SourceConformance
{
    private protected abstract Task<ScriptedPeer> StartAsync(TimeProvider time);

    [Fact]
    public async Task Picture_arrives_whole()
    {
        await using var shown = await ShowAsync(70, 40);
        Assert.Equal(Picture(70, 40), shown.Sink.Pixels);
    }

    [Fact]
    public async Task Damage_changes_what_it_covers_and_nothing_else()
    {
        await using var shown = await ShowAsync(70, 40);
        var area = new Rectangle(3, 5, 61, 7);
        await shown.Peer.ChangeAsync(area, (x, y) => ~Colour(x, y) & 0xFFFFFF);
        await shown.SeesAsync((x, y) => Inside(area, x, y) ? ~Colour(x, y) & 0xFFFFFF : Colour(x, y), 70, 40);
        var corner = new Rectangle(69, 39, 1, 1);
        await shown.Peer.ChangeAsync(corner, (_, _) => 0x123456);
        await shown.SeesAsync((x, y) => Inside(corner, x, y) ? 0x123456 : Inside(area, x, y) ? ~Colour(x, y) & 0xFFFFFF : Colour(x, y), 70, 40);
        Assert.Equal(1, shown.Sink.Resizes);
    }

    [Theory]
    [InlineData(33, 90)]
    [InlineData(1, 1)]
    [InlineData(300, 200)]
    public async Task Screen_of_another_size_comes_with_its_picture(int width, int height)
    {
        await using var shown = await ShowAsync(70, 40);
        await shown.Peer.ShowAsync(width, height, (x, y) => Colour(x, y) ^ 0x0F0F0F);
        await shown.SeesAsync((x, y) => Colour(x, y) ^ 0x0F0F0F, width, height);
        await shown.Peer.ChangeAsync(new Rectangle(width - 1, height - 1, 1, 1), (_, _) => 0xFEDCBA);
        await shown.SeesAsync((x, y) => (x, y) == (width - 1, height - 1) ? 0xFEDCBA : Colour(x, y) ^ 0x0F0F0F, width, height);
    }

    [Fact]
    public async Task Pointer_has_its_shape_and_hot_spot()
    {
        await using var shown = await ShowAsync(70, 40);
        await shown.Peer.PointAsync(16, 9, 2, 3, (x, y) => x == y ? 0 : 0xFF000000 | Colour(x, y));
        await Eventually.HoldsAsync(() => Task.FromResult(shown.Sink.Cursor.Width == 16), "the pointer has a shape");
        var cursor = shown.Sink.Cursor;
        Assert.Equal((9, 2, 3), (cursor.Height, cursor.HotX, cursor.HotY));
        Assert.Equal(0, cursor.Rgba[3]);
        var (at, colour) = (4 * ((5 * 16) + 11), Colour(11, 5));
        Assert.Equal([(byte)(colour >> 16), (byte)(colour >> 8), (byte)colour, 255], cursor.Rgba[at..(at + 4)]);
    }

    [Fact]
    public async Task Peer_that_makes_no_sense_ends_in_a_protocol_error()
    {
        await using var shown = await ShowAsync(70, 40);
        await shown.Peer.BabbleAsync();
        await Assert.ThrowsAsync<ProtocolException>(() => shown.Running.WaitAsync(TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public async Task Peer_that_leaves_in_the_middle_ends_in_a_protocol_error()
    {
        await using var shown = await ShowAsync(70, 40);
        await shown.Peer.BeginAsync();
        await shown.Peer.LeaveAsync();
        await Assert.ThrowsAsync<ProtocolException>(() => shown.Running.WaitAsync(TimeSpan.FromSeconds(20)));
    }

    private protected static uint Colour(int x, int y) => (uint)((x * 3) | ((y * 5) << 8) | (((x + y) % 256) << 16)) & 0xFFFFFF;

    private protected async Task<Shown> ShowAsync(int width, int height, TimeProvider? time = null)
    {
        var shown = new Shown(await StartAsync(time ?? TimeProvider.System));
        await shown.Peer.ShowAsync(width, height, Colour);
        await shown.SeesAsync(Colour, width, height);
        return shown;
    }

    private static uint[] Picture(int width, int height) => Picture(Colour, width, height);

    private static uint[] Picture(Func<int, int, uint> colour, int width, int height) =>
        [.. Enumerable.Range(0, width * height).Select(i => colour(i % width, i / width))];

    private static bool Inside(Rectangle area, int x, int y) => x >= area.X && x < area.Right && y >= area.Y && y < area.Bottom;

    /// <summary>A source that runs, its peer, and what it showed.</summary>
    private protected sealed class Shown : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();

        public Shown(ScriptedPeer peer)
        {
            Peer = peer;
            Running = peer.Source.RunAsync(Sink, _stop.Token);
        }

        public ScriptedPeer Peer { get; }

        public PictureSink Sink { get; } = new();

        public Task Running { get; }

        public Task SeesAsync(Func<int, int, uint> colour, int width, int height)
        {
            var picture = Picture(colour, width, height);
            return Eventually.HoldsAsync(
                () =>
                {
                    if (Running.IsFaulted)
                    {
                        throw Running.Exception;
                    }

                    return Task.FromResult(Sink.Size == (width, height) && Sink.Pixels.AsSpan().SequenceEqual(picture));
                },
                "the picture is there");
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await Running.ContinueWith(_ => { }, TaskScheduler.Default);
            await Peer.Source.DisposeAsync();
            await Peer.DisposeAsync();
            _stop.Dispose();
        }
    }

    /// <summary>Keeps the picture that was last flushed, as 0xRRGGBB.</summary>
    private protected sealed class PictureSink : IDisplaySink
    {
        private readonly Lock _lock = new();
        private Picture? _picture;
        private uint[] _flushed = [];
        private (int, int) _size;

        public int Resizes { get; private set; }

        public Cursor Cursor { get; private set; } = Cursor.Hidden;

        public (int Width, int Height) Size
        {
            get
            {
                lock (_lock)
                {
                    return _size;
                }
            }
        }

        public uint[] Pixels
        {
            get
            {
                lock (_lock)
                {
                    return _flushed;
                }
            }
        }

        public void Resize(int width, int height)
        {
            (_picture, Resizes) = (new Picture(width, height), Resizes + 1);
        }

        public void Update(Rectangle area, ReadOnlySpan<byte> pixels, int stride) => _picture!.Write(area, pixels, stride);

        public void Flush()
        {
            var picture = _picture!;
            uint[] pixels = [.. Enumerable.Range(0, picture.Width * picture.Height).Select(i => (uint)((picture.Pixels[i * 4] << 16) | (picture.Pixels[(i * 4) + 1] << 8) | picture.Pixels[(i * 4) + 2]))];
            lock (_lock)
            {
                (_flushed, _size) = (pixels, (picture.Width, picture.Height));
            }
        }

        public void SetCursor(Cursor cursor) => Cursor = cursor;
    }
}

/// <summary>And what those do that have a machine at the other end.</summary>
public abstract class LiveSourceConformance : SourceConformance
{
    [Fact]
    public async Task Keys_arrive_in_order_by_their_numbers()
    {
        await using var shown = await ShowAsync(70, 40);
        int[] keys = [0x2c, 0x72, 0xb8, 0x1e, 0xdb];
        foreach (var key in keys)
        {
            await shown.Peer.Source.KeyAsync(true, key, default);
            await shown.Peer.Source.KeyAsync(false, key, default);
        }

        await HearsAsync(shown, [.. keys.SelectMany(key => (string[])[$"down {key:x}", $"up {key:x}"])]);
    }

    [Fact]
    public async Task Input_before_there_is_a_screen_is_dropped_and_harms_nothing()
    {
        var peer = await StartAsync(TimeProvider.System);
        await peer.Source.KeyAsync(true, 0x1e, default);
        await peer.Source.PointerAsync(1, 1, 1, default);
        await peer.Source.WheelAsync(0, 1, default);
        await using var shown = new Shown(peer);
        await peer.ShowAsync(70, 40, Colour);
        await shown.SeesAsync(Colour, 70, 40);
        await peer.Source.KeyAsync(true, 0x2c, default);
        await HearsAsync(shown, ["down 2c"]);
    }

    [Fact]
    public async Task Pointer_moves_presses_and_stays_on_the_screen()
    {
        await using var shown = await ShowAsync(70, 40);
        var source = shown.Peer.Source;
        await source.PointerAsync(10, 20, 0, default);
        await source.PointerAsync(10, 20, 1, default);
        await source.PointerAsync(30, 25, 1, default);
        await source.PointerAsync(30, 25, 0, default);
        await source.PointerAsync(30, 25, 4, default);
        await source.PointerAsync(30, 25, 2, default);
        await source.PointerAsync(30, 25, 8, default);
        await source.PointerAsync(9000, -3, 0, default);
        await HearsAsync(
            shown,
            ["at 10,20", "down left", "at 30,25", "up left", "down right", "down middle", "up right", "up middle", "down back", "at 69,0", "up back"],
            sorted: true);
    }

    [Fact]
    public async Task Motion_moves_an_absolute_pointer_from_where_it_was_and_it_stays_on_the_screen()
    {
        await using var shown = await ShowAsync(70, 40);
        var source = shown.Peer.Source;
        await source.MotionAsync(5, -3, 0, default);
        await source.MotionAsync(-20, 0, 1, default);
        await source.PointerAsync(60, 10, 1, default);
        await source.MotionAsync(32767, -32768, 1, default);
        await source.MotionAsync(-1, 1, 0, default);
        await HearsAsync(shown, ["at 40,17", "at 20,17", "down left", "at 60,10", "at 69,0", "at 68,1", "up left"]);
    }

    [Fact]
    public async Task Motion_reaches_a_relative_mouse_as_it_is_and_places_as_the_way_between_them()
    {
        await using var shown = await ShowAsync(70, 40);
        var source = shown.Peer.Source;
        await source.PointerAsync(10, 20, 0, default);
        await shown.Peer.BecomeRelativeAsync();
        await Eventually.HoldsAsync(
            async () =>
            {
                await source.MotionAsync(1, 0, 0, default);
                return shown.Peer.Heard.Contains("by 1,0");
            },
            "the guest hears motion");
        await source.PointerAsync(10, 20, 0, default);
        await source.MotionAsync(300, -7, 4, default);
        await source.MotionAsync(0, 0, 0, default);
        await source.PointerAsync(13, 15, 0, default);
        await source.WheelAsync(0, 1, default);
        string[] expected = ["by 300,-7", "down right", "up right", "by 3,-5", "down wheel-down", "up wheel-down"];
        await Eventually.HoldsAsync(() => Task.FromResult(shown.Peer.Heard.Contains("up wheel-down")), "the guest heard everything");
        Assert.Equal(expected, shown.Peer.Heard.SkipWhile(heard => heard != expected[0]));
    }

    [Fact]
    public async Task Wheel_turns_by_notches()
    {
        await using var shown = await ShowAsync(70, 40);
        await shown.Peer.Source.PointerAsync(1, 2, 0, default);
        await shown.Peer.Source.WheelAsync(0, 2, default);
        await shown.Peer.Source.WheelAsync(0, -1, default);
        await shown.Peer.Source.WheelAsync(-1, 0, default);
        await shown.Peer.Source.WheelAsync(1, 0, default);
        await HearsAsync(
            shown,
            ["at 1,2", "down wheel-down", "up wheel-down", "down wheel-down", "up wheel-down", "down wheel-up", "up wheel-up", "down wheel-left", "up wheel-left", "down wheel-right", "up wheel-right"]);
    }

    [Fact]
    public async Task Shape_larger_than_the_wire_takes_is_hidden()
    {
        await using var shown = await ShowAsync(70, 40);
        await shown.Peer.PointAsync(8, 8, 0, 0, (_, _) => 0xFFFFFFFF);
        await Eventually.HoldsAsync(() => Task.FromResult(shown.Sink.Cursor.Width == 8), "the pointer has a shape");
        await shown.Peer.PointAsync(Cursor.Max + 1, 8, 0, 0, (_, _) => 0xFFFFFFFF);
        await Eventually.HoldsAsync(() => Task.FromResult(shown.Sink.Cursor.Width == 0), "the pointer is hidden");
    }

    [Fact]
    public async Task Peer_that_falls_silent_inside_a_message_ends_in_a_protocol_error()
    {
        var time = new FakeTimeProvider();
        await using var shown = await ShowAsync(70, 40, time);
        await shown.Peer.BeginAsync();
        while (!shown.Running.IsCompleted)
        {
            await Task.Delay(20);
            time.Advance(TimeSpan.FromSeconds(0.5));
        }

        Assert.Contains("begun and not ended", (await Assert.ThrowsAsync<ProtocolException>(() => shown.Running)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Peer_that_has_nothing_to_say_is_waited_for()
    {
        var time = new FakeTimeProvider();
        await using var shown = await ShowAsync(70, 40, time);
        await Task.Delay(50);
        time.Advance(TimeSpan.FromHours(1));
        await shown.Peer.ChangeAsync(new Rectangle(0, 0, 1, 1), (_, _) => 0x010203);
        await shown.SeesAsync((x, y) => (x, y) == (0, 0) ? 0x010203 : Colour(x, y), 70, 40);
    }

    private static async Task HearsAsync(Shown shown, string[] expected, bool sorted = false)
    {
        await Eventually.HoldsAsync(() => Task.FromResult(shown.Peer.Heard.Count >= expected.Length), "the guest heard everything");
        string[] heard = [.. shown.Peer.Heard];
        Assert.Equal(sorted ? [.. expected.Order()] : expected, sorted ? [.. heard.Order()] : heard);
    }
}
