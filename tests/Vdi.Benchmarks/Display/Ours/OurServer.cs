using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Vdi.Display.Sources;
using Vdi.Display.Viewers;
using Vdi.Protocol.Wire;
using Screen = Vdi.Display.Screen;

namespace Vdi.Benchmarks.Display.Ours;

/// <summary>A screen and its viewers on TCP, in place of the hub: each message behind its length, one after the other, awaited; back come
/// a byte of kind and 8 bytes: 0 acknowledges a frame, 1 is an input that bears the time at which it was sent. A viewer is served on
/// one thread, whose processor time is what encoding and sending take.</summary>
internal sealed class OurServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly PumpThread _pump = new();
    private readonly Screen _screen;
    private readonly List<Task> _serving = [];
    private readonly Task _accepting;

    public OurServer(Func<CancellationToken, Task<IDisplaySource>> open)
    {
        _screen = new Screen(open, TimeProvider.System, NullLogger.Instance);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public double ProcessorSeconds => _pump.ProcessorSeconds;

    /// <summary>The most frames of one viewer that were sent and not acknowledged.</summary>
    public int MostQueued { get; private set; }

    /// <summary>How long inputs took to come, in milliseconds.</summary>
    public List<double> InputMilliseconds { get; } = [];

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_serving);
        await _screen.DisposeAsync();
        _pump.Dispose();
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync(_stop.Token);
                _serving.Add(ServeAsync(socket));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Nobody else is taken.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        socket.NoDelay = true;
        using var viewer = _screen.Join();
        viewer.Able(Abilities.H264);
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        try
        {
            var sending = _pump.RunAsync(() => SendAsync(viewer, stream, ended.Token));
            await Task.WhenAll(sending, ReceiveAsync(viewer, stream, ended));
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // The viewer left, or all is over.
        }
    }

    private async Task SendAsync(Viewer viewer, NetworkStream stream, CancellationToken stop)
    {
        var head = new byte[4];
        await foreach (var message in viewer.ReadAsync(stop))
        {
            MostQueued = Math.Max(MostQueued, viewer.Unacknowledged);
            BinaryPrimitives.WriteInt32LittleEndian(head, message.Length);
            await stream.WriteAsync(head, stop);
            await stream.WriteAsync(message, stop);
        }
    }

    private async Task ReceiveAsync(Viewer viewer, NetworkStream stream, CancellationTokenSource ended)
    {
        var message = new byte[9];
        try
        {
            while (true)
            {
                await stream.ReadExactlyAsync(message, ended.Token);
                var value = BinaryPrimitives.ReadInt64LittleEndian(message.AsSpan(1));
                if (message[0] == 0)
                {
                    viewer.Acknowledge((uint)value);
                }
                else
                {
                    InputMilliseconds.Add(Stopwatch.GetElapsedTime(value).TotalMilliseconds);
                }
            }
        }
        finally
        {
            await ended.CancelAsync();
        }
    }
}
