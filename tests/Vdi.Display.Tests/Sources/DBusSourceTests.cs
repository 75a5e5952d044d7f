using System.IO.Pipes;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using Microsoft.Win32.SafeHandles;
using Vdi.Display.Sources;
using Vdi.Protocol;
using Vdi.Protocol.DBus;
using Vdi.Protocol.UnixSockets;
using Vdi.Protocol.Wire;
using Vdi.TestSupport;
using Vdi.TestSupport.Screens;

namespace Vdi.Display.Tests.Sources;

/// <summary>What only the D-Bus source has: two connections, calls that are owed an answer, memory that somebody else owns.</summary>
public sealed class DBusSourceTests
{
    private const uint Format = DBusPeer.Format;

    public static TheoryData<string, ScanoutMap> Pictures => new()
    {
        { "out of range", new(0, 0, 10, 40, Format) },
        { "out of range", new(0, 8193, 1, 40_000, Format) },
        { "out of range", new(0, 10, uint.MaxValue, 40, Format) },
        { "does not fit", new(0, 10, 10, 39, Format) },
        { "does not fit", new(0, 10, 11, 40, Format) },
        { "does not fit", new(4, 10, 10, 40, Format) },
        { "does not fit", new(uint.MaxValue, 10, 10, 40, Format) },
        { "does not fit", new(0, 10, 10, uint.MaxValue, Format) },
        { "unknown format", new(0, 10, 10, 40, 0x10020565) },
    };

    [Theory]
    [MemberData(nameof(Pictures))]
    public async Task Picture_that_cannot_be_is_refused(string why, ScanoutMap scanout)
    {
        using var memory = Memfd.Of(new byte[400]);
        await EndsAsync(why, peer => peer.CallAsync(Display1.ListenerUnixMap, "ScanoutMap", ScanoutMap.Signature, scanout.Write(), memory));
    }

    [Fact]
    public async Task Picture_in_a_pipe_is_refused_and_not_waited_for()
    {
        await using var pipe = new AnonymousPipeServerStream(PipeDirection.In);
        using var descriptor = new SafeFileHandle(pipe.SafePipeHandle.DangerousGetHandle(), ownsHandle: false);
        await EndsAsync("not in shared memory", peer => peer.CallAsync(Display1.ListenerUnixMap, "ScanoutMap", ScanoutMap.Signature, new ScanoutMap(0, 1, 1, 4, Format).Write(), descriptor));
    }

    [Fact]
    public async Task Memory_that_is_cut_ends_in_a_protocol_error_and_not_in_a_signal()
    {
        using var memory = Memfd.Of(new byte[64 * 64 * 4]);
        await EndsAsync("was cut", async (peer, sink) =>
        {
            await peer.CallAsync(Display1.ListenerUnixMap, "ScanoutMap", ScanoutMap.Signature, new ScanoutMap(0, 64, 64, 256, Format).Write(), memory);
            await Eventually.HoldsAsync(() => Task.FromResult(sink.Flushes > 0), "the picture is there");
            RandomAccess.SetLength(memory, 100);
            await peer.CallAsync(Display1.ListenerUnixMap, "UpdateMap", UpdateMap.Signature, new UpdateMap(0, 0, 64, 64).Write());
        });
    }

    public static TheoryData<string, string, string, string, byte[]> Calls => new()
    {
        { "not there", Display1.ListenerUnixMap, "UpdateMap", "iiii", new UpdateMap(0, 0, 1, 1).Write() },
        { "without its memory", Display1.ListenerUnixMap, "ScanoutMap", "huuuuu", new ScanoutMap(0, 1, 1, 4, Format).Write() },
        { "outside the screen", Display1.Listener, "Update", "iiiiuuay", new Update(new(0, 0, 1, 1), 4, Format, new byte[4]).Write() },
        { "fewer pixels", Display1.Listener, "Scanout", "uuuuay", new Scanout(4, 4, 16, Format, new byte[63]).Write() },
        { "fewer pixels", Display1.Listener, "Scanout", "uuuuay", new Scanout(4, 4, 15, Format, new byte[64]).Write() },
        { "out of range", Display1.Listener, "Scanout", "uuuuay", new Scanout(0, 4, 16, Format, new byte[64]).Write() },
        { "out of range", Display1.Listener, "CursorDefine", "iiiiay", new CursorDefine(600, 1, 0, 0, new byte[2400]).Write() },
        { "out of range", Display1.Listener, "CursorDefine", "iiiiay", new CursorDefine(-1, -1, 0, 0, new byte[4]).Write() },
        { "out of range", Display1.Listener, "CursorDefine", "iiiiay", new CursorDefine(2, 2, 0, 0, new byte[12]).Write() },
        { "not as it is defined", Display1.Listener, "MouseSet", "ii", new byte[8] },
        { "shorter", Display1.Listener, "MouseSet", "iii", new byte[8] },
        { "too many", Display1.Listener, "MouseSet", "iii", new byte[16] },
    };

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task Call_that_cannot_be_is_refused(string why, string @interface, string member, string signature, byte[] body) =>
        await EndsAsync(why, peer => peer.CallAsync(@interface, member, signature, body));

    [Theory]
    [InlineData(-1, 0, 1, 1)]
    [InlineData(0, -1, 1, 1)]
    [InlineData(0, 0, -1, 1)]
    [InlineData(0, 0, 41, 30)]
    [InlineData(0, 0, int.MaxValue, int.MaxValue)]
    [InlineData(int.MaxValue, int.MaxValue, int.MaxValue, int.MaxValue)]
    [InlineData(int.MinValue, int.MinValue, int.MinValue, int.MinValue)]
    [InlineData(40, 30, 1, 0)]
    public async Task Damage_outside_of_the_screen_is_refused(int x, int y, int width, int height)
    {
        var area = new UpdateMap(x, y, width, height);
        await EndsAsync("outside the screen", async peer =>
        {
            await peer.ShowAsync(40, 30, (_, _) => 1);
            await peer.CallAsync(Display1.ListenerUnixMap, "UpdateMap", UpdateMap.Signature, area.Write());
        });
        await EndsAsync("outside the screen", async peer =>
        {
            await peer.ShowAsync(40, 30, (_, _) => 1);
            await peer.CallAsync(Display1.Listener, "Update", Update.Signature, new Update(area, 4, Format, new byte[4]).Write());
        });
    }

    [Fact]
    public async Task Listener_says_that_it_takes_shared_memory_and_refuses_the_rest()
    {
        await using var peer = new DBusPeer(TimeProvider.System, map: true).Start();
        using var stop = new CancellationTokenSource();
        var running = peer.Source.RunAsync(new StillSink(), stop.Token);
        var socket = await peer.Listener;
        using var line = new DBusLine(socket, TimeProvider.System);
        await socket.SendAsync(peer.Message(Display1.Properties, "GetAll", "s", new DBusWriter().Text(Display1.Listener).Written.ToArray(), null, wantsReply: true));
        var properties = await line.ReadAsync(default);
        Assert.Equal((DBusMessageType.MethodReturn, "a{sv}"), (properties.Head.Type, properties.Fields.Signature));
        Assert.Contains(Display1.ListenerUnixMap, System.Text.Encoding.ASCII.GetString(properties.Body.Span), StringComparison.Ordinal);
        await socket.SendAsync(peer.Message(Display1.Listener, "UpdateDMABUF", "iiii", new byte[16], null, wantsReply: true));
        Assert.Equal(DBusMessageType.Error, (await line.ReadAsync(default)).Head.Type);
        Assert.False(running.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        await peer.Source.DisposeAsync();
    }

    [Fact]
    public async Task Guest_that_refuses_a_call_is_asked_again_next_time()
    {
        await using var peer = new DBusPeer(TimeProvider.System, map: true) { Refused = { "SetAbsPosition" } }.Start();
        var running = peer.Source.RunAsync(new StillSink(), default);
        await peer.ShowAsync(40, 30, (_, _) => 1);
        var source = (DBusSource)peer.Source;
        await Eventually.HoldsAsync(
            async () =>
            {
                await source.PointerAsync(peer.Heard.Count, 2, 0, default);
                return peer.Heard.Contains("at 3,2");
            },
            "the guest hears the pointer");
        await source.SuggestSizeAsync(800, 600, default);
        await Eventually.HoldsAsync(() => Task.FromResult(peer.Heard.Contains("size 800x600")), "the guest hears the rest");
        Assert.False(running.IsCompleted);
        await peer.Source.DisposeAsync();
        await Assert.ThrowsAsync<ProtocolException>(() => running);
    }

    [Fact]
    public async Task Line_that_QEMU_took_its_console_off_ends()
    {
        await using var peer = new DBusPeer(TimeProvider.System, map: true) { Refused = { "Press" }, Refusal = "org.freedesktop.DBus.Error.UnknownMethod" }.Start();
        var sink = new StillSink();
        var running = peer.Source.RunAsync(sink, default);
        await peer.ShowAsync(40, 30, (_, _) => 1);
        await Eventually.HoldsAsync(() => Task.FromResult(sink.Flushes > 0), "the picture is there");
        await peer.Source.KeyAsync(true, 30, default);
        Assert.Contains("serves this line no more", (await Assert.ThrowsAsync<ProtocolException>(() => running)).Message, StringComparison.Ordinal);
        await peer.Source.DisposeAsync();
    }

    [Theory]
    [InlineData(false, "by -3,4")]
    [InlineData(true, "at 17,19")]
    public async Task Mouse_is_asked_for_its_kind_and_taken_for_absolute_where_that_is_not_said(bool refused, string heard)
    {
        await using var peer = new DBusPeer(TimeProvider.System, map: true, absolute: false).Start();
        if (refused)
        {
            peer.Refused.Add("Get");
        }

        var sink = new StillSink();
        var running = peer.Source.RunAsync(sink, default);
        await peer.ShowAsync(40, 30, (_, _) => 1);
        await Eventually.HoldsAsync(() => Task.FromResult(sink.Flushes > 0 && peer.Asked), "the picture is there and the mouse was asked for");

        // The answer follows the question; whoever is told of a size that was suggested after it has sent it before.
        await ((DBusSource)peer.Source).SuggestSizeAsync(800, 600, default);
        await Eventually.HoldsAsync(() => Task.FromResult(peer.Heard.Contains("size 800x600")), "the guest hears the size");
        await Task.Delay(50);
        await peer.Source.MotionAsync(-3, 4, 0, default);
        await Eventually.HoldsAsync(() => Task.FromResult(peer.Heard.Contains(heard)), "the guest hears of the mouse what it takes");
        await peer.Source.DisposeAsync();
        await Assert.ThrowsAsync<ProtocolException>(() => running);
    }

    [Fact]
    public async Task Pointer_that_only_moves_is_not_said_again()
    {
        await using var peer = new DBusPeer(TimeProvider.System, map: true).Start();
        var sink = new StillSink();
        var running = peer.Source.RunAsync(sink, default);
        await peer.PointAsync(8, 8, 1, 1, (_, _) => 0xFF00FF00);
        for (var i = 0; i < 10; i++)
        {
            await peer.CallAsync(Display1.Listener, "MouseSet", MouseSet.Signature, new MouseSet(i, i, 1).Write());
        }

        await peer.CallAsync(Display1.Listener, "CursorDefine", CursorDefine.Signature, new CursorDefine(8, 8, 1, 1, [.. Enumerable.Repeat<byte[]>([0, 255, 0, 255], 64).SelectMany(pixel => pixel)]).Write());
        await peer.CallAsync(Display1.Listener, "MouseSet", MouseSet.Signature, new MouseSet(0, 0, 0).Write());
        await peer.ShowAsync(40, 30, (_, _) => 1);
        await Eventually.HoldsAsync(() => Task.FromResult(sink.Flushes > 0), "the picture is there");
        Assert.Equal([8, 0], sink.Cursors);
        await peer.Source.DisposeAsync();
        await Assert.ThrowsAsync<ProtocolException>(() => running);
    }

    [Fact]
    public async Task Shape_loses_the_alpha_that_its_colours_were_multiplied_with()
    {
        await using var peer = new DBusPeer(TimeProvider.System, map: true).Start();
        var sink = new StillSink();
        var running = peer.Source.RunAsync(sink, default);
        await peer.PointAsync(1, 1, 5, -5, (_, _) => 0x80402000);
        await Eventually.HoldsAsync(() => Task.FromResult(sink.Cursors.Count == 1), "the pointer has a shape");
        Assert.Equal((0, 0), (sink.Cursor.HotX, sink.Cursor.HotY));
        Assert.Equal([128, 64, 0, 128], sink.Cursor.Rgba);
        await peer.Source.DisposeAsync();
        await Assert.ThrowsAsync<ProtocolException>(() => running);
    }

    [Fact]
    public async Task Keys_keep_their_distance_and_the_first_goes_at_once()
    {
        var time = new FakeTimeProvider();
        await using var peer = new DBusPeer(time, map: true).Start();
        var sink = new StillSink();
        var running = peer.Source.RunAsync(sink, default);
        await peer.ShowAsync(40, 30, (_, _) => 1);
        await Eventually.HoldsAsync(() => Task.FromResult(sink.Flushes > 0), "the picture is there");
        await peer.Source.KeyAsync(true, 0x1e, default);
        await peer.Source.KeyAsync(false, 0x1e, default);
        await peer.Source.WheelAsync(0, 1, default);
        await Eventually.HoldsAsync(() => Task.FromResult(peer.Heard.Contains("down 1e")), "the key goes down");
        await Task.Delay(100);
        Assert.Equal(["down 1e"], peer.Heard);
        time.Advance(TimeSpan.FromMilliseconds(10));
        await Eventually.HoldsAsync(() => Task.FromResult(peer.Heard.Count == 4), "the rest arrives");
        Assert.Equal(["down 1e", "up 1e", "down wheel-down", "up wheel-down"], peer.Heard);
        await peer.Source.DisposeAsync();
        await Assert.ThrowsAsync<ProtocolException>(() => running);
    }

    [Fact]
    public async Task More_descriptors_than_any_message_has_end_in_a_protocol_error()
    {
        using var memory = Memfd.Of(new byte[16]);
        await EndsAsync("descriptors", async peer =>
        {
            var listener = await peer.Listener;
            for (var i = 0; i < 16; i++)
            {
                UnixSocket.SendWithDescriptor(listener, "l"u8, memory);
            }
        });
    }

    [Fact]
    public async Task Call_that_gets_no_answer_ends_in_a_protocol_error_that_names_it()
    {
        var time = new FakeTimeProvider();
        await using var peer = new DBusPeer(time, map: true) { Ignored = { "Press" } }.Start();
        var sink = new StillSink();
        var running = peer.Source.RunAsync(sink, default);
        await peer.ShowAsync(40, 30, (_, _) => 1);
        await Eventually.HoldsAsync(() => Task.FromResult(sink.Flushes > 0), "the picture is there");
        await peer.Source.KeyAsync(true, 0x1e, default);
        await PassAsync(time, running);
        Assert.Contains("no answer to Press", (await Assert.ThrowsAsync<ProtocolException>(() => running)).Message, StringComparison.Ordinal);
        await peer.Source.DisposeAsync();
    }

    [Theory]
    [InlineData("no handshake", "")]
    [InlineData("no handshake", "OK 1234\r\n")]
    [InlineData("no answer to RegisterListener", "OK 1234\r\nAGREE_UNIX_FD\r\n")]
    public async Task Peer_that_is_silent_from_the_start_ends_in_a_protocol_error_that_says_where(string where, string said)
    {
        var time = new FakeTimeProvider();
        var (mine, theirs) = UnixSocket.Pair();
        using (theirs)
        {
            await using var source = new DBusSource(mine, time);
            await theirs.SendAsync(System.Text.Encoding.ASCII.GetBytes(said));
            var running = source.RunAsync(new StillSink(), default);
            await PassAsync(time, running);
            Assert.Contains(where, (await Assert.ThrowsAsync<ProtocolException>(() => running)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Peer_without_a_picture_ends_in_a_protocol_error()
    {
        var time = new FakeTimeProvider();
        await using var peer = new DBusPeer(time, map: true).Start();
        var running = peer.Source.RunAsync(new StillSink(), default);
        await peer.Listener;
        await PassAsync(time, running);
        Assert.Contains("no first picture", (await Assert.ThrowsAsync<ProtocolException>(() => running)).Message, StringComparison.Ordinal);
        await peer.Source.DisposeAsync();
    }

    [Theory]
    [InlineData("REJECTED EXTERNAL\r\nERROR\r\n")]
    [InlineData("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n")]
    public async Task Peer_that_does_not_let_us_in_ends_in_a_protocol_error(string said)
    {
        var (mine, theirs) = UnixSocket.Pair();
        using (theirs)
        {
            await using var source = new DBusSource(mine, TimeProvider.System);
            await theirs.SendAsync(System.Text.Encoding.ASCII.GetBytes(said));
            await Assert.ThrowsAsync<ProtocolException>(() => source.RunAsync(new StillSink(), default));
        }
    }

    [Fact]
    public async Task Source_that_is_disposed_lets_go_of_everybody_who_waits_to_type()
    {
        // A guest that answers nothing: as many as may be queued are, and the rest wait.
        await using var peer = new DBusPeer(TimeProvider.System, map: true) { Ignored = { "Press" } }.Start();
        var sink = new StillSink();
        var running = peer.Source.RunAsync(sink, default);
        await peer.ShowAsync(40, 30, (_, _) => 1);
        await Eventually.HoldsAsync(() => Task.FromResult(sink.Flushes > 0), "the picture is there");
        var typing = Enumerable.Range(0, 1500).Select(i => Task.Run(async () => await peer.Source.KeyAsync(true, i, default))).ToList();
        await Task.Delay(500);
        Assert.Contains(typing, task => !task.IsCompleted);
        await peer.Source.DisposeAsync();
        await Task.WhenAll(typing).ContinueWith(_ => { }, TaskScheduler.Default).WaitAsync(TimeSpan.FromSeconds(10));
        Assert.All(typing, task => Assert.True(task.IsCompletedSuccessfully || task.Exception!.InnerException is ProtocolException));
        await Assert.ThrowsAsync<ProtocolException>(() => running);
    }

    private static Task EndsAsync(string why, Func<DBusPeer, Task> act) => EndsAsync(why, (peer, _) => act(peer));

    private static async Task EndsAsync(string why, Func<DBusPeer, StillSink, Task> act)
    {
        await using var peer = new DBusPeer(TimeProvider.System, map: true).Start();
        var sink = new StillSink();
        var running = peer.Source.RunAsync(sink, default);
        await act(peer, sink);
        var end = await Assert.ThrowsAsync<ProtocolException>(() => running.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.StartsWith("dbus: ", end.Message, StringComparison.Ordinal);
        Assert.Contains(why, end.Message, StringComparison.Ordinal);
        await peer.Source.DisposeAsync();
    }

    private static async Task PassAsync(FakeTimeProvider time, Task until)
    {
        while (!until.IsCompleted)
        {
            await Task.Delay(20);
            time.Advance(TimeSpan.FromSeconds(0.5));
        }
    }

    private sealed class StillSink : IDisplaySink
    {
        public int Flushes { get; private set; }

        public void Resize(int width, int height) { }

        public void Update(Rectangle area, ReadOnlySpan<byte> pixels, int stride) { }

        public void Flush() => Flushes++;

        public Cursor Cursor { get; private set; } = Cursor.Hidden;

        /// <summary>Widths, in order.</summary>
        public List<int> Cursors { get; } = [];

        public void SetCursor(Cursor cursor)
        {
            Cursor = cursor;
            Cursors.Add(cursor.Width);
        }
    }
}
