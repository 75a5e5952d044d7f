using Microsoft.Extensions.Logging.Abstractions;
using Vdi.Display.Sources;
using Vdi.Protocol;
using Vdi.Protocol.Wire;
using Vdi.TestSupport;
using Vdi.TestSupport.Screens;

namespace Vdi.Display.Tests.Sources;

/// <summary>A second monitor over the line of the first one.</summary>
public sealed class SecondHeadTests
{
    [Fact]
    public async Task Second_monitor_shows_its_own_picture_and_keys_go_the_same_way()
    {
        await using var both = await Both.ShowAsync();
        await both.OnAsync(100, 50);
        Assert.Equal(0x000002u, both.Second.Colour);
        Assert.Equal(0x000001u, both.First.Colour);
        await both.Head.KeyAsync(true, 0x1e, default);
        await Eventually.HoldsAsync(() => Task.FromResult(both.Peer.Heard.Contains("down 1e")), "the key goes down");
    }

    [Fact]
    public async Task Pointer_is_put_where_it_belongs_of_all_that_both_show()
    {
        await using var both = await Both.ShowAsync();
        await both.Peer.Source.PointerAsync(10, 20, 0, default);
        await Eventually.HoldsAsync(() => Task.FromResult(both.Peer.Heard.Contains("at 10,20")), "with one monitor its console takes places");
        await both.OnAsync(100, 50);
        var before = both.Peer.Points.Count;
        await both.Peer.Source.PointerAsync(0, 0, 0, default);
        await both.Peer.Source.PointerAsync(39, 29, 1, default);
        await both.Head.PointerAsync(0, 0, 1, default);
        await both.Head.PointerAsync(99, 49, 0, default);
        await both.Head.PointerAsync(5000, 5000, 0, default);
        await Eventually.HoldsAsync(() => Task.FromResult(both.Peer.Heard.Contains("up left")), "the button goes up");

        // 40 x 30, and right of it 100 x 50: 140 x 50 together, of which a guest makes pixels again.
        Assert.Equal([(0, 0), (39, 29), (40, 0), (139, 49)], both.Peer.Points.Skip(before).Select(point => (point.X * 140 / 0x8000, point.Y * 50 / 0x8000)));
        Assert.Contains("down left", both.Peer.Heard);
        await both.Head.MotionAsync(-50, -1, 0, default);
        await Eventually.HoldsAsync(() => Task.FromResult(both.Peer.Points.Last() is var (x, y) && (x * 140 / 0x8000, y * 50 / 0x8000) == (89, 48)), "a captured mouse moves over both");
    }

    [Fact]
    public async Task Monitor_that_is_off_counts_for_nothing_though_QEMU_shows_a_picture_of_its_own_there()
    {
        await using var both = await Both.ShowAsync();
        Assert.Contains("2: size 0x0", both.Peer.Heard);
        await both.Peer.ShowSecondAsync(64, 48, (_, _) => 9);
        await both.Peer.Source.PointerAsync(11, 20, 0, default);
        await Eventually.HoldsAsync(() => Task.FromResult(both.Peer.Heard.Contains("at 11,20")), "the first monitor is all there is");
        await both.OnAsync(100, 50);
        await both.Head.SuggestSizeAsync(0, 0, default);
        await Eventually.HoldsAsync(() => Task.FromResult(both.Peer.Heard.Last() == "2: size 0x0"), "it is switched off");
        await both.Peer.Source.PointerAsync(12, 20, 0, default);
        await Eventually.HoldsAsync(() => Task.FromResult(both.Peer.Heard.Contains("at 12,20")), "the first monitor is all there is again");
        Assert.Empty(both.Peer.Points);
    }

    [Fact]
    public async Task Line_that_is_opened_anew_brings_the_second_monitor_along()
    {
        await using var both = await Both.ShowAsync();
        await both.OnAsync(100, 50);
        await both.Peer.LeaveAsync();
        await Assert.ThrowsAsync<ProtocolException>(() => both.Running.WaitAsync(TimeSpan.FromSeconds(20)));
        await using var next = new DBusPeer(TimeProvider.System, map: true) { Second = both.Head }.Start();
        var running = next.Source.RunAsync(both.First, default);
        await next.ShowAsync(40, 30, (_, _) => 1);
        await Eventually.HoldsAsync(() => Task.FromResult(next.Heard.Contains("2: size 100x50")), "it is as large as it was wanted");
        await next.ShowSecondAsync(100, 50, (_, _) => 7);
        await Eventually.HoldsAsync(() => Task.FromResult(both.Second.Colour == 7), "it shows what is there now");
        await next.Source.DisposeAsync();
        await Assert.ThrowsAsync<ProtocolException>(() => running);
    }

    /// <summary>Two monitors of one machine, the first 40 x 30 and the second off.</summary>
    private sealed class Both : IAsyncDisposable
    {
        private readonly Screen _screen;

        private Both()
        {
            Peer = new DBusPeer(TimeProvider.System, map: true) { Second = Head }.Start();
            Running = Peer.Source.RunAsync(First, default);
            _screen = new Screen(_ => Task.FromResult<IDisplaySource>(new Tapped(Head, Second)), TimeProvider.System, NullLogger.Instance, wanted: (0, 0));
        }

        public SecondHead Head { get; } = new();

        public DBusPeer Peer { get; }

        public ColourSink First { get; } = new();

        public ColourSink Second { get; } = new();

        public Task Running { get; }

        public static async Task<Both> ShowAsync()
        {
            var both = new Both();
            await both.Peer.ShowAsync(40, 30, (_, _) => 1);
            await Eventually.HoldsAsync(() => Task.FromResult(both.First.Colour == 1 && both.Peer.Heard.Contains("2: size 0x0")), "the first monitor is shown");
            return both;
        }

        /// <summary>Switches the second one on, as a guest does that follows.</summary>
        public async Task OnAsync(int width, int height)
        {
            await Head.SuggestSizeAsync(width, height, default);
            await Eventually.HoldsAsync(() => Task.FromResult(Peer.Heard.Contains($"2: size {width}x{height}")), "the guest hears of it");
            await Peer.ShowSecondAsync(width, height, (_, _) => 2);
            await Eventually.HoldsAsync(() => Task.FromResult(Second.Size == (width, height) && Second.Colour == 2), "the second monitor is shown");
        }

        public async ValueTask DisposeAsync()
        {
            await _screen.DisposeAsync();
            await Peer.Source.DisposeAsync();
            await Running.ContinueWith(_ => { }, TaskScheduler.Default);
            await Peer.DisposeAsync();
        }
    }

    /// <summary>The same source, seen by somebody else than its screen.</summary>
    private sealed class Tapped(SecondHead head, IDisplaySink sink) : IDisplaySource
    {
        public Task RunAsync(IDisplaySink screen, CancellationToken stop) => head.RunAsync(sink, stop);

        public ValueTask KeyAsync(bool down, int qnum, CancellationToken stop) => head.KeyAsync(down, qnum, stop);

        public ValueTask PointerAsync(int x, int y, int buttons, CancellationToken stop) => head.PointerAsync(x, y, buttons, stop);

        public ValueTask MotionAsync(int dx, int dy, int buttons, CancellationToken stop) => head.MotionAsync(dx, dy, buttons, stop);

        public ValueTask WheelAsync(int dx, int dy, CancellationToken stop) => head.WheelAsync(dx, dy, stop);

        public ValueTask SuggestSizeAsync(int width, int height, CancellationToken stop) => head.SuggestSizeAsync(width, height, stop);

        public ValueTask DisposeAsync() => head.DisposeAsync();
    }

    /// <summary>The size and the last colour of a screen that has one.</summary>
    private sealed class ColourSink : IDisplaySink
    {
        public (int, int) Size { get; private set; }

        public uint Colour { get; private set; }

        public void Resize(int width, int height) => Size = (width, height);

        public void Update(Rectangle area, ReadOnlySpan<byte> pixels, int stride) => Colour = (uint)((pixels[0] << 16) | (pixels[1] << 8) | pixels[2]);

        public void Flush() { }

        public void SetCursor(Cursor cursor) { }
    }
}
