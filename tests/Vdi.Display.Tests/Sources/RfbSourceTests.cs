using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using Vdi.Display.Sources;
using Vdi.Protocol;
using Vdi.Protocol.Rfb;
using Vdi.Protocol.UnixSockets;
using Vdi.Protocol.Wire;
using Vdi.TestSupport;
using Vdi.TestSupport.Screens;

namespace Vdi.Display.Tests.Sources;

public sealed class RfbSourceTests
{
    private static readonly byte[] Greeting = [.. "RFB 003.008\n"u8, 1, 1, 0, 0, 0, 0];

    [Fact]
    public async Task Scripted_server_paints_a_rectangle()
    {
        var sink = new RecordingSink();
        await Assert.ThrowsAsync<ProtocolException>(() => RunAsync([.. Greeting, .. Init(4, 2), 0, 0, 0, 1, .. Rectangle(1, 0, 2, 1, 0), 1, 2, 3, 0, 4, 5, 6, 0], sink));
        Assert.Equal((4, 2), sink.Size);
        Assert.Equal((new Rectangle(1, 0, 2, 1), "0102030004050600"), Assert.Single(sink.Updates));
        Assert.Equal(1, sink.Flushes);
    }

    [Theory]
    [InlineData("not RFB", new byte[] { 72, 84, 84, 80, 47, 49, 46, 49, 32, 50, 48, 48 })]
    public async Task Peer_that_speaks_otherwise_is_refused(string why, byte[] bytes)
    {
        Assert.NotEmpty(why);
        await Assert.ThrowsAsync<ProtocolException>(() => RunAsync(bytes, new RecordingSink()));
    }

    public static TheoryData<string, byte[]> Hostile => new()
    {
        { "screen of no size", [.. Greeting, .. Init(0, 0)] },
        { "screen beyond 8K", [.. Greeting, .. Init(60000, 60000)] },
        { "rectangle outside", [.. Greeting, .. Init(4, 2), 0, 0, 0, 1, .. Rectangle(3, 0, 2, 1, 0)] },
        { "encoding not asked for", [.. Greeting, .. Init(4, 2), 0, 0, 0, 1, .. Rectangle(0, 0, 1, 1, 7)] },
        { "giant cursor", [.. Greeting, .. Init(4, 2), 0, 0, 0, 1, .. Rectangle(0, 0, 60000, 60000, -239)] },
        { "unknown message", [.. Greeting, .. Init(4, 2), 99] },
        { "endless clipboard", [.. Greeting, .. Init(4, 2), 3, 0, 0, 0, 255, 255, 255, 255] },
        { "truncated", [.. Greeting, .. Init(4, 2), 0, 0, 0, 1, 0] },
        { "name without end", [.. Greeting, .. Init(4, 2)[..20], 255, 255, 255, 255] },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public async Task Hostile_server_ends_in_a_protocol_error(string what, byte[] bytes)
    {
        Assert.NotEmpty(what);
        await Assert.ThrowsAsync<ProtocolException>(() => RunAsync(bytes, new RecordingSink()));
    }

    public static TheoryData<string, byte[]> Silent => new()
    {
        { "no handshake", Greeting[..10] },
        { "no first picture", [.. Greeting, .. Init(4, 2)] },
        { "begun and not ended", [.. Greeting, .. Init(4, 2), 2, 0, 0, 0, 1, .. Rectangle(0, 0, 4, 2, 0), 1, 2, 3] },
    };

    [Theory]
    [MemberData(nameof(Silent))]
    public async Task Server_that_falls_silent_ends_in_a_protocol_error_that_says_where(string where, byte[] script)
    {
        var time = new FakeTimeProvider();
        var (mine, theirs) = UnixSocket.Pair();
        using (theirs)
        {
            await theirs.SendAsync(script);
            await using var source = new RfbSource(mine, time);
            var running = source.RunAsync(new RecordingSink(), default);
            while (!running.IsCompleted)
            {
                await Task.Delay(20);
                time.Advance(TimeSpan.FromSeconds(0.5));
            }

            Assert.Contains(where, (await Assert.ThrowsAsync<ProtocolException>(() => running)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Foreign_server_gets_keys_only_after_it_said_that_it_takes_them_by_number()
    {
        var (mine, theirs) = UnixSocket.Pair();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        await using var server = new NetworkStream(theirs, ownsSocket: true);
        await using var source = new RfbSource(mine, TimeProvider.System, entered: true);
        async Task<byte> HearAsync(int length)
        {
            var heard = new byte[length];
            await server.ReadExactlyAsync(heard, limit.Token);
            return heard[0];
        }

        var sink = new RecordingSink();
        var running = source.RunAsync(sink, limit.Token);
        await server.WriteAsync((byte[])[.. Init(4, 2), .. RfbScript.Update(1), .. RfbScript.Rectangle(0, 0, 1, 1, 0), 1, 2, 3, 4], limit.Token);
        Assert.Equal((1, 0, 2), (await HearAsync(1), await HearAsync(20), await HearAsync(4 + (RfbMessages.Encodings.Length * 4))));
        Assert.Equal((3, 3), (await HearAsync(10), await HearAsync(10)));
        await source.KeyAsync(true, 0x1e, limit.Token);
        await source.PointerAsync(1, 1, 0, limit.Token);
        Assert.Equal(5, await HearAsync(6));
        await server.WriteAsync((byte[])[.. RfbScript.Update(1), .. RfbScript.Rectangle(0, 0, 0, 0, RfbMessages.ExtendedKeyEvent)], limit.Token);
        Assert.Equal(3, await HearAsync(10));
        await source.KeyAsync(true, 0x1e, limit.Token);
        Assert.Equal(255, await HearAsync(12));
        await limit.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public async Task Server_that_has_nothing_to_say_is_waited_for()
    {
        var time = new FakeTimeProvider();
        var (mine, theirs) = UnixSocket.Pair();
        using (theirs)
        {
            await theirs.SendAsync((byte[])[.. Greeting, .. Init(4, 2), 0, 0, 0, 0]);
            await using var source = new RfbSource(mine, time);
            using var stop = new CancellationTokenSource();
            var sink = new RecordingSink();
            var running = source.RunAsync(sink, stop.Token);
            await Eventually.HoldsAsync(() => Task.FromResult(sink.Flushes == 1), "the first picture is there");
            await Task.Delay(50);
            time.Advance(TimeSpan.FromHours(1));
            await Task.Delay(50);
            Assert.False(running.IsCompleted);
            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        }
    }

    private static async Task RunAsync(byte[] script, IDisplaySink sink)
    {
        var (mine, theirs) = UnixSocket.Pair();
        using (theirs)
        {
            await theirs.SendAsync(script);
            theirs.Shutdown(SocketShutdown.Send);
            await using var source = new RfbSource(mine, TimeProvider.System);
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
            await source.RunAsync(sink, limit.Token);
        }
    }

    private static byte[] Init(int width, int height) => [(byte)(width >> 8), (byte)width, (byte)(height >> 8), (byte)height, .. new byte[16], 0, 0, 0, 0];

    private static byte[] Rectangle(int x, int y, int width, int height, int encoding) =>
        [(byte)(x >> 8), (byte)x, (byte)(y >> 8), (byte)y, (byte)(width >> 8), (byte)width, (byte)(height >> 8), (byte)height, (byte)(encoding >> 24), (byte)(encoding >> 16), (byte)(encoding >> 8), (byte)encoding];

    private sealed class RecordingSink : IDisplaySink
    {
        public (int, int) Size { get; private set; }

        public List<(Rectangle, string)> Updates { get; } = [];

        public int Flushes { get; private set; }

        public void Resize(int width, int height) => Size = (width, height);

        public void Update(Rectangle area, ReadOnlySpan<byte> pixels, int stride) => Updates.Add((area, Convert.ToHexStringLower(pixels)));

        public void Flush() => Flushes++;

        public void SetCursor(Cursor cursor) => Assert.InRange(cursor.Width, 0, Cursor.Max);
    }
}
