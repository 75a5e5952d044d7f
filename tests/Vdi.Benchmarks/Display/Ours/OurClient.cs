using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Vdi.Display.Framebuffer;
using Vdi.Protocol.Wire;
using Vdi.TestSupport;

namespace Vdi.Benchmarks.Display.Ours;

/// <summary>A viewer of <see cref="OurServer"/>: decodes, then acknowledges.</summary>
internal sealed class OurClient : IWatcher, IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly PictureDecoder _decoder = new();
    private readonly Task _running;
    private long _bytes;
    private long _lastAt = Stopwatch.GetTimestamp();
    private volatile bool _disposed;

    public OurClient(int port)
    {
        _socket.Connect(IPAddress.Loopback, port);
        _running = Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    public Picture? Picture => _decoder.Picture;

    public Lock Lock { get; } = new();

    public Action? Updated { get; set; }

    public long Bytes => Volatile.Read(ref _bytes);

    public long LastAt => Volatile.Read(ref _lastAt);

    public int Updates => _decoder.Frames;

    public Exception? Fault => _running.Exception?.InnerException;

    /// <summary>An input that bears the time of now.</summary>
    public void SendInput() => Send(1, Stopwatch.GetTimestamp());

    public void Dispose()
    {
        _disposed = true;
        _socket.Dispose();
        try
        {
            _running.Wait(TimeSpan.FromSeconds(10));
        }
        catch (AggregateException)
        {
            // Whoever waited for the picture has seen it by Fault.
        }

        _decoder.Dispose();
    }

    private void Run()
    {
        var head = new byte[4];
        try
        {
            while (true)
            {
                Receive(head);
                var length = BinaryPrimitives.ReadInt32LittleEndian(head);
                if (length is < 1 or > FramePart.MaxMessage * 4)
                {
                    throw new InvalidOperationException($"A message of {length} bytes");
                }

                var message = new byte[length];
                Receive(message);
                uint? done;
                lock (Lock)
                {
                    done = _decoder.Accept(message);
                    if (done is not null)
                    {
                        Updated?.Invoke();
                    }
                }

                if (done is { } sequence)
                {
                    Send(0, sequence);
                }
            }
        }
        catch (Exception) when (_disposed)
        {
            // The line was closed on our side.
        }
    }

    private void Receive(Span<byte> into)
    {
        while (into.Length > 0)
        {
            var count = _socket.Receive(into);
            if (count == 0)
            {
                throw new InvalidOperationException("The server closed the line");
            }

            into = into[count..];
            Interlocked.Add(ref _bytes, count);
            Volatile.Write(ref _lastAt, Stopwatch.GetTimestamp());
        }
    }

    private void Send(byte kind, long value)
    {
        var message = new byte[9];
        message[0] = kind;
        BinaryPrimitives.WriteInt64LittleEndian(message.AsSpan(1), value);
        _socket.Send(message);
    }
}
