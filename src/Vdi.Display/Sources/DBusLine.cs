using System.Buffers;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Vdi.Protocol;
using Vdi.Protocol.DBus;
using Vdi.Protocol.UnixSockets;

namespace Vdi.Display.Sources;

/// <summary>One D-Bus connection without a bus, this end the client of its handshake: whole messages in and out. The peer is hostile:
/// room is made as bytes arrive, never because a number says so.</summary>
internal sealed class DBusLine(Socket socket, TimeProvider time) : IDisposable
{
    private const int SmallBuffer = 16 * 1024;

    /// <summary>Descriptors that may lie about unclaimed; no message has more than one.</summary>
    private const int MaxDescriptors = 4;
    private static readonly TimeSpan HandshakeDeadline = TimeSpan.FromSeconds(10);

    /// <summary>A message once begun must be there by then, and one of ours taken: longer than QEMU's main loop is ever held up.</summary>
    internal static readonly TimeSpan MessageDeadline = TimeSpan.FromSeconds(20);
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly Queue<SafeFileHandle> _descriptors = new();
    private readonly CancellationTokenSource _closed = new();
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(SmallBuffer);
    private int _start;
    private int _end;
    private int _serial;

    /// <summary>A number for the next message.</summary>
    public uint NextSerial() => (uint)Interlocked.Increment(ref _serial);

    /// <summary>Whether the next message is here already, whole.</summary>
    public bool HasMessage => _end - _start >= DBusHead.Length && _end - _start >= DBusHead.Read(_buffer.AsSpan(_start)).MessageLength;

    /// <summary>Says our part of the handshake, all of it: the peer need not wait for us in the middle.</summary>
    public Task GreetAsync(CancellationToken stop) => WriteAsync(DBusHandshake.Client(UnixSocket.EffectiveUser), null, stop).AsTask();

    /// <summary>Takes the peer's part of the handshake.</summary>
    public Task AwaitWelcomeAsync(CancellationToken stop) => WithinAsync(time, HandshakeDeadline, "no handshake", async limit =>
    {
        int taken;
        while ((taken = DBusHandshake.Take(_buffer.AsSpan(_start, _end - _start))) == 0)
        {
            await ReceiveAsync(limit);
        }

        _start += taken;
    }, stop);

    /// <summary>The next message, for as long as it takes to begin; the body is valid until the next call. A descriptor that comes with
    /// it is the caller's.</summary>
    public async Task<DBusReceived> ReadAsync(CancellationToken stop)
    {
        if (_start == _end)
        {
            await ReceiveAsync(stop);
        }

        if (!HasMessage)
        {
            await WithinAsync(time, MessageDeadline, "a message was begun and not ended", async limit =>
            {
                while (!HasMessage)
                {
                    await ReceiveAsync(limit);
                }
            }, stop);
        }

        var head = DBusHead.Read(_buffer.AsSpan(_start));
        var fields = DBusFields.Read(_buffer.AsSpan(_start + DBusHead.Length, head.FieldsLength));
        var body = _buffer.AsMemory(_start + head.HeaderLength, head.BodyLength);
        _start += head.MessageLength;
        return new DBusReceived(head, fields, body, Claim(fields.Descriptors));
    }

    /// <summary>Sends a message, with a descriptor beside it if there is one. Once begun it is ended: half a message would be the end of
    /// the line.</summary>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> message, SafeHandle? descriptor, CancellationToken stop)
    {
        try
        {
            using var waiting = CancellationTokenSource.CreateLinkedTokenSource(stop, _closed.Token);
            await _writing.WaitAsync(waiting.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw Closed(null);
        }

        try
        {
            if (descriptor is not null)
            {
                UnixSocket.SendWithDescriptor(socket, message.Span, descriptor);
                return;
            }

            await WithinAsync(time, MessageDeadline, "the peer does not read", async limit =>
            {
                for (var rest = message; !rest.IsEmpty;)
                {
                    rest = rest[await socket.SendAsync(rest, SocketFlags.None, limit)..];
                }
            }, _closed.Token);
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException or OperationCanceledException)
        {
            throw Closed(e);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Work with a deadline; being late is the peer's fault.</summary>
    internal static async Task WithinAsync(TimeProvider time, TimeSpan deadline, string otherwise, Func<CancellationToken, Task> work, CancellationToken stop)
    {
        using var late = new CancellationTokenSource(deadline, time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop, late.Token);
        try
        {
            await work(limit.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new ProtocolException($"dbus: {otherwise} within {deadline.TotalSeconds:0} s");
        }
    }

    /// <summary>Whoever waits for a turn to write finds the line closed. The reader, if there is one, must have
    /// ended; its buffer is left to the collector, for a pool must not get one that somebody may still read.</summary>
    public void Dispose()
    {
        // Neither is disposed: late writers must find them.
        _closed.Cancel();
        socket.Dispose();
        while (_descriptors.TryDequeue(out var descriptor))
        {
            descriptor.Dispose();
        }
    }

    private SafeFileHandle? Claim(uint count)
    {
        if (count == 0)
        {
            return null;
        }

        return count == 1 && _descriptors.TryDequeue(out var descriptor) ? descriptor : throw new ProtocolException("dbus: descriptors that did not come");
    }

    private async Task ReceiveAsync(CancellationToken stop)
    {
        MakeRoom();
        try
        {
            int received;
            while ((received = UnixSocket.TryReceive(socket, _buffer.AsSpan(_end), _descriptors, MaxDescriptors)) < 0)
            {
                await socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None, stop);
            }

            if (received == 0)
            {
                throw Closed(null);
            }

            _end += received;
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
            throw Closed(e);
        }
        catch (InvalidDataException e)
        {
            throw new ProtocolException("dbus: more descriptors than any message has", e);
        }

        if (_descriptors.Count > MaxDescriptors)
        {
            throw new ProtocolException("dbus: descriptors that no message claims");
        }
    }

    private void MakeRoom()
    {
        if (_start == _end)
        {
            (_start, _end) = (0, 0);
        }

        if (_end < _buffer.Length)
        {
            return;
        }

        // Twice what is there and not read yet: as much as the peer has really sent.
        var waiting = _end - _start;
        var next = ArrayPool<byte>.Shared.Rent(Math.Max(SmallBuffer, waiting * 2));
        _buffer.AsSpan(_start, waiting).CopyTo(next);
        ArrayPool<byte>.Shared.Return(_buffer);
        (_buffer, _start, _end) = (next, 0, waiting);
    }

    private static ProtocolException Closed(Exception? cause) => cause is null ? new("dbus: the peer closed the line") : new("dbus: the peer closed the line", cause);
}

/// <summary>A message as it came.</summary>
internal readonly record struct DBusReceived(DBusHead Head, DBusFields Fields, ReadOnlyMemory<byte> Body, SafeFileHandle? Descriptor);
