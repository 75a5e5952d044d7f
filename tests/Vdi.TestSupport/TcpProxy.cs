using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Vdi.TestSupport;

/// <summary>What a line does to bytes of one direction.</summary>
public sealed record LineQuality
{
    /// <summary>Every byte arrives so much later.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>At most so many bytes a second; null is no limit.</summary>
    public int? BytesPerSecond { get; init; }
}

/// <summary>
/// A bad line between a client and a server on this computer: delays, limits, stalls, cuts and resets. What it holds is bounded by
/// what is under way (delay x rate, and a small buffer), so that back-pressure reaches the sender as on a real line.
/// </summary>
public sealed class TcpProxy : IAsyncDisposable
{
    private readonly EndPoint _server;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<ProxiedConnection, Task> _connections = new();
    private readonly Lock _lock = new();
    private TcpListener? _listener;
    private Task _accepting = Task.CompletedTask;
    private TaskCompletionSource _flowing = Completed();
    private long _toServer;
    private long _toClient;
    private int _accepted;
    private (string First, string Then)? _losesAnswer;

    /// <summary>Starts listening on a free port of the loopback interface.</summary>
    /// <param name="server">Where connections are passed on to.</param>
    public TcpProxy(EndPoint server)
    {
        _server = server;
        Port = 0;
        Listen();
    }

    public int Port { get; private set; }

    /// <summary>Once, on the connection on which the client says the one and later the other, the answer to that is lost: it comes from the server, and the
    /// connection is reset instead.</summary>
    public (string First, string Then)? LosesAnswer
    {
        get
        {
            lock (_lock)
            {
                return _losesAnswer;
            }
        }

        set
        {
            lock (_lock)
            {
                _losesAnswer = value;
            }
        }
    }

    /// <summary>Whether this is the answer to lose; true once.</summary>
    internal bool Loses((string First, string Then) said)
    {
        lock (_lock)
        {
            var loses = _losesAnswer == said;
            _losesAnswer = loses ? null : _losesAnswer;
            return loses;
        }
    }

    /// <summary>From the client to the server; counts for bytes that come from now on.</summary>
    public LineQuality Up { get; set; } = new();

    /// <summary>From the server to the client; counts for bytes that come from now on.</summary>
    public LineQuality Down { get; set; } = new();

    public long BytesToServer => Volatile.Read(ref _toServer);

    public long BytesToClient => Volatile.Read(ref _toClient);

    /// <summary>Connections taken so far.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    public int Open => _connections.Count;

    /// <summary>Nothing moves in either direction, and nobody is told; new connections are taken and stand still, too.</summary>
    public void Stall()
    {
        lock (_lock)
        {
            if (_flowing.Task.IsCompleted)
            {
                _flowing = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }

    public void Resume()
    {
        lock (_lock)
        {
            _flowing.TrySetResult();
        }
    }

    /// <summary>Ends every connection in order: both sides read the end of the stream (FIN).</summary>
    public void Cut()
    {
        foreach (var connection in _connections.Keys)
        {
            connection.End(reset: false);
        }
    }

    /// <summary>Ends every connection as a broken line does: both sides get an error (RST).</summary>
    public void Reset()
    {
        foreach (var connection in _connections.Keys)
        {
            connection.End(reset: true);
        }
    }

    /// <summary>New connections are refused until <see cref="Listen"/>.</summary>
    public async Task RefuseNewAsync()
    {
        TcpListener? listener;
        lock (_lock)
        {
            (listener, _listener) = (_listener, null);
        }

        listener?.Stop();
        await _accepting;
    }

    /// <summary>Takes connections (again), on the same port.</summary>
    public void Listen()
    {
        lock (_lock)
        {
            if (_listener is not null)
            {
                return;
            }

            _listener = new TcpListener(IPAddress.Loopback, Port);
            _listener.Start(backlog: 2048);
            Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
            _accepting = AcceptAsync(_listener);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await RefuseNewAsync();
        await _stop.CancelAsync();
        Reset();
        await Task.WhenAll(_connections.Values);
        _stop.Dispose();
    }

    internal Task Flowing
    {
        get
        {
            lock (_lock)
            {
                return _flowing.Task;
            }
        }
    }

    internal void Count(bool up, int bytes) => Interlocked.Add(ref up ? ref _toServer : ref _toClient, bytes);

    private async Task AcceptAsync(TcpListener listener)
    {
        while (true)
        {
            Socket client;
            try
            {
                client = await listener.AcceptSocketAsync();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }

            Interlocked.Increment(ref _accepted);
            var connection = new ProxiedConnection(this, client, _server);
            var ran = new TaskCompletionSource();
            _connections[connection] = ran.Task;
            _ = RunAsync(connection, ran);
        }
    }

    private async Task RunAsync(ProxiedConnection connection, TaskCompletionSource ran)
    {
        try
        {
            await connection.RunAsync(_stop.Token);
        }
        finally
        {
            _connections.TryRemove(connection, out _);
            ran.SetResult();
        }
    }

    private static TaskCompletionSource Completed()
    {
        var completed = new TaskCompletionSource();
        completed.SetResult();
        return completed;
    }
}

/// <summary>One connection through the proxy: two sockets and a pump for each direction.</summary>
internal sealed class ProxiedConnection(TcpProxy proxy, Socket client, EndPoint to)
{
    private const int ChunkLength = 4096;
    private readonly Socket _server = new(to.AddressFamily, SocketType.Stream, to is IPEndPoint ? ProtocolType.Tcp : ProtocolType.Unspecified);
    private readonly CancellationTokenSource _ended = new();
    private volatile bool _loses;
    private bool _saidFirst;
    private string _heard = "";

    public async Task RunAsync(CancellationToken stop)
    {
        using (client)
        using (_server)
        using (_ended)
        using (stop.Register(() => End(reset: true)))
        {
            foreach (var socket in ((Socket[])[client, _server]).Where(socket => socket.ProtocolType == ProtocolType.Tcp))
            {
                socket.NoDelay = true;
            }

            // Small buffers, so that what the system keeps for us stays small beside what the line may hold.
            client.SendBufferSize = _server.SendBufferSize = client.ReceiveBufferSize = _server.ReceiveBufferSize = 32 * 1024;
            try
            {
                await _server.ConnectAsync(to, _ended.Token);
                await Task.WhenAll(PumpAsync(client, _server, up: true), PumpAsync(_server, client, up: false));
            }
            catch (Exception e) when (IsEnd(e))
            {
                // One side is gone: the other hears of it by the sockets' end below.
                End(reset: e is SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.ConnectionRefused });
            }
        }
    }

    /// <summary>Listens to what the client says, also across the borders of what is read at a time.</summary>
    private void Hear(ReadOnlySpan<byte> bytes)
    {
        if (proxy.LosesAnswer is not { } watched)
        {
            (_saidFirst, _heard) = (false, "");
            return;
        }

        var heard = _heard + System.Text.Encoding.Latin1.GetString(bytes);
        _loses |= _saidFirst && heard.Contains(watched.Then, StringComparison.Ordinal) && proxy.Loses(watched);
        _saidFirst |= heard.Contains(watched.First, StringComparison.Ordinal);
        _heard = heard[^Math.Min(heard.Length, 64)..];
    }

    public void End(bool reset)
    {
        try
        {
            if (reset)
            {
                client.LingerState = _server.LingerState = new LingerOption(true, 0);
            }

            _ended.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It ended by itself meanwhile.
        }
    }

    /// <summary>Reads, keeps the bytes until they are due, writes. The reader waits where too much is under way.</summary>
    private async Task PumpAsync(Socket from, Socket to, bool up)
    {
        using var pumps = CancellationTokenSource.CreateLinkedTokenSource(_ended.Token);
        var line = Channel.CreateUnbounded<(byte[] Bytes, long Due)>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
        var room = new Room();
        var writing = WriteAsync(line.Reader, room, to, up, pumps);
        try
        {
            var buffer = new byte[ChunkLength];
            int read;
            while ((read = await from.ReceiveAsync(buffer, pumps.Token)) > 0)
            {
                if (up)
                {
                    Hear(buffer.AsSpan(0, read));
                }
                else if (_loses)
                {
                    End(reset: true);
                    break;
                }

                await proxy.Flowing.WaitAsync(pumps.Token);
                var quality = up ? proxy.Up : proxy.Down;
                await room.TakeAsync(read, Capacity(quality), pumps.Token);
                line.Writer.TryWrite((buffer.AsSpan(0, read).ToArray(), Stopwatch.GetTimestamp() + Ticks(quality.Delay.TotalSeconds)));
            }

            line.Writer.Complete();
        }
        catch (OperationCanceledException) when (!_ended.IsCancellationRequested)
        {
            // The writer failed; its exception says how.
        }
        finally
        {
            line.Writer.TryComplete();
            await writing;
        }
    }

    private async Task WriteAsync(ChannelReader<(byte[] Bytes, long Due)> line, Room room, Socket to, bool up, CancellationTokenSource pumps)
    {
        var free = Stopwatch.GetTimestamp();
        try
        {
            await foreach (var (bytes, due) in line.ReadAllAsync(pumps.Token))
            {
                free = Math.Max(free, due);
                if ((up ? proxy.Up : proxy.Down).BytesPerSecond is { } rate)
                {
                    free += Ticks((double)bytes.Length / rate);
                }

                var wait = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), free);
                if (wait > TimeSpan.FromMilliseconds(1))
                {
                    await Task.Delay(wait, pumps.Token);
                }

                await proxy.Flowing.WaitAsync(pumps.Token);
                for (var sent = 0; sent < bytes.Length;)
                {
                    sent += await to.SendAsync(bytes.AsMemory(sent), pumps.Token);
                }

                proxy.Count(up, bytes.Length);
                room.Give(bytes.Length);
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch
        {
            // Nothing more gets through: the reader shall not go on reading.
            await pumps.CancelAsync();
            throw;
        }
    }

    /// <summary>Bytes that a line of this quality holds, and a little.</summary>
    private static int Capacity(LineQuality quality) =>
        quality.BytesPerSecond is { } rate ? Math.Max(2 * ChunkLength, (int)Math.Min(int.MaxValue / 2, rate * quality.Delay.TotalSeconds)) : quality.Delay > TimeSpan.Zero ? 4 * 1024 * 1024 : 64 * 1024;

    private static long Ticks(double seconds) => (long)(seconds * Stopwatch.Frequency);

    private static bool IsEnd(Exception e) => e is SocketException or OperationCanceledException or ObjectDisposedException;

    /// <summary>Bytes under way; one takes, one gives.</summary>
    private sealed class Room
    {
        private readonly SemaphoreSlim _given = new(0, 1);
        private int _used;

        public async Task TakeAsync(int bytes, int capacity, CancellationToken stop)
        {
            while (Volatile.Read(ref _used) is var used && used > 0 && used + bytes > capacity)
            {
                await _given.WaitAsync(stop);
            }

            Interlocked.Add(ref _used, bytes);
        }

        public void Give(int bytes)
        {
            Interlocked.Add(ref _used, -bytes);
            if (_given.CurrentCount == 0)
            {
                _given.Release();
            }
        }
    }
}
