using System.Net.Sockets;
using Vdi.Display.Sources;
using Vdi.Protocol.UnixSockets;

namespace Vdi.TestSupport.Screens;

/// <summary>What an RFB server says, as bytes (RFC 6143).</summary>
public static class RfbScript
{
    /// <summary>Handshake without security, and a screen of this size.</summary>
    public static byte[] Start(int width, int height) => [.. "RFB 003.008\n"u8, 1, 1, 0, 0, 0, 0, .. Pair(width, height), .. new byte[16], 0, 0, 0, 4, .. "desk"u8];

    /// <summary>Head of a FramebufferUpdate.</summary>
    public static byte[] Update(int rectangles) => [0, 0, (byte)(rectangles >> 8), (byte)rectangles];

    public static byte[] Rectangle(int x, int y, int width, int height, int encoding) =>
        [.. Pair(x, y), .. Pair(width, height), (byte)(encoding >> 24), (byte)(encoding >> 16), (byte)(encoding >> 8), (byte)encoding];

    /// <summary>A session with everything in it that a source knows: pixels, sizes, pointers, a bell, a clipboard.</summary>
    public static byte[] Session() =>
    [
        .. Start(40, 30),
        .. Update(2), .. Rectangle(0, 0, 40, 30, 0), .. Pixels(40 * 30), .. Rectangle(3, 4, 7, 5, 0), .. Pixels(7 * 5),
        2,
        .. Update(2), .. Rectangle(1, 1, 16, 12, -239), .. Pixels(16 * 12), .. new byte[2 * 12], .. Rectangle(0, 0, 0, 0, -239),
        3, 0, 0, 0, 0, 0, 0, 5, .. "hello"u8,
        .. Update(2), .. Rectangle(0, 0, 60, 20, -223), .. Rectangle(50, 10, 10, 10, 0), .. Pixels(100),
        .. Update(3), .. Rectangle(1, 0, 0, 0, -257), .. Rectangle(0, 0, 0, 0, -258), .. Rectangle(0, 0, 5, 5, 0), .. Pixels(25),
        .. Update(1), .. Rectangle(2, 2, 120, 1, -239), .. Pixels(120), .. new byte[15],
        .. Update(1), .. Rectangle(0, 0, 10, 10, -223),
        .. Update(1), .. Rectangle(9, 9, 1, 1, 0), .. Pixels(1),
    ];

    /// <summary>Plays the server to a source until the source ends.</summary>
    public static async Task RunAsync(byte[] script, IDisplaySink sink)
    {
        var (mine, theirs) = UnixSocket.Pair();
        using (theirs)
        {
            await using var source = new RfbSource(mine, TimeProvider.System);
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
            var running = source.RunAsync(sink, limit.Token);
            var saying = SayAsync(theirs, script);
            await running.ContinueWith(_ => { }, TaskScheduler.Default);
            theirs.Dispose();
            await saying;
            await running;
        }
    }

    private static async Task SayAsync(Socket line, byte[] script)
    {
        try
        {
            await line.SendAsync(script);
            line.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The source had heard enough.
        }
    }

    private static byte[] Pair(int one, int two) => [(byte)(one >> 8), (byte)one, (byte)(two >> 8), (byte)two];

    private static byte[] Pixels(int count) => [.. Enumerable.Range(0, count * 4).Select(i => (byte)(i * 7))];
}
