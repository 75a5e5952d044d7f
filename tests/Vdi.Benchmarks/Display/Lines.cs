using System.Net;
using System.Net.Sockets;
using Vdi.Benchmarks.Display.Ours;
using Vdi.TestSupport;

namespace Vdi.Benchmarks.Display;

/// <summary>Our display path on bad lines: a thin one, and one that nobody reads at the other end.</summary>
internal static class Lines
{
    /// <summary>There and back together: 200 ms.</summary>
    private static readonly TimeSpan OneWay = TimeSpan.FromMilliseconds(100);

    /// <summary>1 Mbit/s.</summary>
    private const int BytesPerSecond = 125_000;
    private const int StalledViewers = 8;

    private static Sequence Video { get; } = Sequence.All.Single(sequence => sequence.Name == "video");

    /// <summary>A film on a thin line: how many frames are under way at most, and how much later than the line's own delay inputs come.</summary>
    public static async Task ThinAsync(Ledger ledger, string folder)
    {
        var proxies = new List<TcpProxy>();
        try
        {
            await using var product = new OurProduct(port =>
            {
                proxies.Add(new TcpProxy(new IPEndPoint(IPAddress.Loopback, port)) { Up = new() { Delay = OneWay }, Down = new() { Delay = OneWay, BytesPerSecond = BytesPerSecond } });
                return proxies[0].Port;
            });
            using var stop = new CancellationTokenSource();
            var typing = TypeAsync(product.Client, stop.Token);
            var measured = await RealTime.MeasureAsync(product, Video, folder, null);
            await stop.CancelAsync();
            await typing;
            ledger.Add("thin.queued", "frames", product.Server.MostQueued);
            ledger.Add("thin.frames", $"of {Video.Steps}", measured.Frames);
            var inputs = product.Server.InputMilliseconds.Select(milliseconds => milliseconds - OneWay.TotalMilliseconds).Order().ToList();
            ledger.Add("thin.pointer", "ms beyond the line's, p50", inputs[inputs.Count / 2]);
            ledger.Add("thin.pointer.p95", "ms beyond the line's", inputs[inputs.Count * 95 / 100]);
        }
        finally
        {
            foreach (var proxy in proxies)
            {
                await proxy.DisposeAsync();
            }
        }
    }

    /// <summary>Viewers that connect and read nothing while a film runs for longer than anybody is waited for: managed memory held for each,
    /// at first and once its silence has been noticed. What the system keeps for a socket, and native buffers of compressors, are not in it.</summary>
    public static async Task StalledAsync(Ledger ledger, string folder)
    {
        await using var product = new OurProduct();
        await Video.PlayAsync(folder, new Player(product.Show), step => step == 0 ? Task.CompletedTask : Task.Delay(5));
        await Task.Delay(500);
        var managed = GC.GetTotalMemory(forceFullCollection: true);
        var stalled = Enumerable.Range(0, StalledViewers).Select(_ =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Connect(IPAddress.Loopback, product.Server.Port);
            return socket;
        }).ToList();
        try
        {
            for (var round = 0; round < 3; round++)
            {
                var began = System.Diagnostics.Stopwatch.GetTimestamp();
                await Video.PlayAsync(folder, new Player(product.Show), step => RealTime.DueAsync(began, step * Video.Every));
                if (round == 0)
                {
                    ledger.Add("stalled.memory.first", "MiB", (GC.GetTotalMemory(forceFullCollection: true) - managed) / 1048576.0 / StalledViewers);
                }
            }

            await Task.Delay(500);
            ledger.Add("stalled.memory", "MiB", (GC.GetTotalMemory(forceFullCollection: true) - managed) / 1048576.0 / StalledViewers);
        }
        finally
        {
            stalled.ForEach(socket => socket.Dispose());
        }
    }

    private static async Task TypeAsync(OurClient client, CancellationToken stop)
    {
        try
        {
            while (true)
            {
                client.SendInput();
                await Task.Delay(50, stop);
            }
        }
        catch (OperationCanceledException)
        {
            // Enough.
        }
    }
}
