using System.Buffers;
using System.Buffers.Binary;
using System.Net.Sockets;
using Vdi.Protocol;
using Vdi.Protocol.Rfb;
using Vdi.Protocol.Wire;

namespace Vdi.Display.Sources;

/// <summary>A screen over RFB 3.8 (RFC 6143), raw encoding: QEMU's own VNC server on a private socket, or any other without security.
/// The peer is hostile: every size is checked before anything is allocated.</summary>
public sealed class RfbSource : IDisplaySource
{
    /// <summary>A peer that says nothing during the handshake is given up after this.</summary>
    private static readonly TimeSpan HandshakeDeadline = TimeSpan.FromSeconds(10);

    /// <summary>The first picture, and the rest of every message once begun, must be there by then: a peer that falls silent in the
    /// middle of one would freeze the picture for ever.</summary>
    private static readonly TimeSpan MessageDeadline = TimeSpan.FromSeconds(20);
    private readonly TimeProvider _time;
    private readonly NetworkStream _stream;
    private readonly RfbMouse _mouse;
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly byte[] _head = new byte[256];
    private readonly bool _entered;
    private volatile bool _keys;
    private volatile bool _open;
    private int _width;
    private int _height;

    /// <param name="entered">Whether version and security are agreed on already (<see cref="RfbEntry"/>): a foreign server, which gets no keys before it says
    /// that it takes them by number.</param>
    public RfbSource(Socket socket, TimeProvider time, bool entered = false)
    {
        (_time, _stream, _entered, _keys) = (time, new NetworkStream(socket, ownsSocket: true), entered, !entered);
        _mouse = new RfbMouse(() => (_width, _height), InputAsync);
    }

    public async Task RunAsync(IDisplaySink sink, CancellationToken stop)
    {
        await WithinAsync(HandshakeDeadline, "no handshake", limit => HandshakeAsync(sink, limit), stop);
        await WriteAsync(RfbMessages.FramebufferUpdateRequest(incremental: false, _width, _height), stop);
        _open = true;
        await WithinAsync(MessageDeadline, "no first picture", async limit => await TakeAsync(await ReadByteAsync(limit), sink, limit), stop);
        while (true)
        {
            var type = await ReadByteAsync(stop);
            await WithinAsync(MessageDeadline, "a message was begun and not ended", limit => TakeAsync(type, sink, limit), stop);
        }
    }

    public ValueTask KeyAsync(bool down, int qnum, CancellationToken stop) => _keys ? InputAsync(RfbMessages.Key(down, qnum), stop) : ValueTask.CompletedTask;

    public ValueTask PointerAsync(int x, int y, int buttons, CancellationToken stop) => _mouse.PointerAsync(x, y, buttons, stop);

    public ValueTask MotionAsync(int dx, int dy, int buttons, CancellationToken stop) => _mouse.MotionAsync(dx, dy, buttons, stop);

    public ValueTask WheelAsync(int dx, int dy, CancellationToken stop) => _mouse.WheelAsync(dx, dy, stop);

    /// <summary>Whoever waits for a turn to write gets it, and finds the line closed: the semaphore is not disposed, for that would strand them.</summary>
    public ValueTask SuggestSizeAsync(int width, int height, CancellationToken stop) => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private async Task WithinAsync(TimeSpan deadline, string otherwise, Func<CancellationToken, Task> work, CancellationToken stop)
    {
        using var late = new CancellationTokenSource(deadline, _time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop, late.Token);
        try
        {
            await work(limit.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new ProtocolException($"rfb: {otherwise} within {deadline.TotalSeconds:0} s");
        }
    }

    private async Task TakeAsync(byte type, IDisplaySink sink, CancellationToken stop)
    {
        switch (type)
        {
            case 0:
                await ReadUpdateAsync(sink, stop);
                await WriteAsync(RfbMessages.FramebufferUpdateRequest(incremental: true, _width, _height), stop);
                break;
            case 2:
                break;
            case 3:
                await SkipCutTextAsync(stop);
                break;
            default:
                throw new ProtocolException($"rfb: unknown message {type}");
        }
    }

    private async Task HandshakeAsync(IDisplaySink sink, CancellationToken stop)
    {
        if (!_entered)
        {
            await RfbEntry.EnterAsync(_stream, null, stop);
        }

        await WriteAsync(new byte[] { 1 }, stop);
        await ReadAsync(_head.AsMemory(0, ServerInit.Length), stop);
        var init = ServerInit.Read(_head);
        var name = new byte[init.NameLength];
        await ReadAsync(name, stop);
        Resize(sink, init.Width, init.Height);
        await WriteAsync(RfbMessages.SetPixelFormat(), stop);
        await WriteAsync(RfbMessages.SetEncodings(), stop);
    }

    private async Task ReadUpdateAsync(IDisplaySink sink, CancellationToken stop)
    {
        await ReadAsync(_head.AsMemory(0, 3), stop);
        int count = BinaryPrimitives.ReadUInt16BigEndian(_head.AsSpan(1));
        for (var i = 0; i < count; i++)
        {
            await ReadAsync(_head.AsMemory(0, RectangleHeader.Length), stop);
            var rectangle = RectangleHeader.Read(_head);
            switch (rectangle.Encoding)
            {
                case RfbMessages.Raw:
                    await ReadRawAsync(sink, rectangle, stop);
                    break;
                case RfbMessages.RichCursor:
                    await ReadCursorAsync(sink, rectangle, stop);
                    break;
                case RfbMessages.DesktopSize:
                    Resize(sink, rectangle.Width, rectangle.Height);
                    await WriteAsync(RfbMessages.FramebufferUpdateRequest(incremental: false, _width, _height), stop);
                    break;
                case RfbMessages.PointerTypeChange:
                    _mouse.IsAbsolute = rectangle.X != 0;
                    break;
                case RfbMessages.ExtendedKeyEvent:
                    _keys = true;
                    break;
                default:
                    throw new ProtocolException($"rfb: encoding {rectangle.Encoding} was not asked for");
            }
        }

        sink.Flush();
    }

    private void Resize(IDisplaySink sink, int width, int height)
    {
        if (width is < 1 or > Size.Max || height is < 1 or > Size.Max)
        {
            throw new ProtocolException($"rfb: a screen of {width} x {height} is out of range");
        }

        (_width, _height) = (width, height);
        sink.Resize(width, height);
    }

    /// <summary>Raw pixels (7.7.1), taken a band of rows at a time, so that no rectangle is held whole.</summary>
    private async Task ReadRawAsync(IDisplaySink sink, RectangleHeader rectangle, CancellationToken stop)
    {
        if (rectangle.X + rectangle.Width > _width || rectangle.Y + rectangle.Height > _height)
        {
            throw new ProtocolException("rfb: a rectangle lies outside the screen");
        }

        if (rectangle.Width == 0 || rectangle.Height == 0)
        {
            return;
        }

        var stride = rectangle.Width * 4;
        var band = Math.Clamp(256 * 1024 / stride, 1, rectangle.Height);
        var pixels = ArrayPool<byte>.Shared.Rent(stride * band);
        try
        {
            for (var row = 0; row < rectangle.Height; row += band)
            {
                var rows = Math.Min(band, rectangle.Height - row);
                await ReadAsync(pixels.AsMemory(0, stride * rows), stop);
                sink.Update(new Rectangle(rectangle.X, rectangle.Y + row, rectangle.Width, rows), pixels.AsSpan(0, stride * rows), stride);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(pixels);
        }
    }

    /// <summary>Cursor pseudo-encoding (7.8.1): pixels, then a bit mask, most significant bit first.</summary>
    private async Task ReadCursorAsync(IDisplaySink sink, RectangleHeader rectangle, CancellationToken stop)
    {
        var (width, height) = (rectangle.Width, rectangle.Height);
        if (width > 512 || height > 512)
        {
            throw new ProtocolException("rfb: the pointer's shape is too large");
        }

        var maskStride = (width + 7) / 8;
        var bytes = new byte[(width * height * 4) + (maskStride * height)];
        await ReadAsync(bytes, stop);
        if (width > Cursor.Max || height > Cursor.Max || width == 0 || height == 0)
        {
            sink.SetCursor(Cursor.Hidden);
            return;
        }

        var mask = bytes.AsSpan(width * height * 4).ToArray();
        var rgba = bytes.AsSpan(0, width * height * 4).ToArray();
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                rgba[(((y * width) + x) * 4) + 3] = (mask[(y * maskStride) + (x / 8)] & (0x80 >> (x % 8))) != 0 ? (byte)255 : (byte)0;
            }
        }

        sink.SetCursor(new Cursor(width, height, Math.Min(rectangle.X, width - 1), Math.Min(rectangle.Y, height - 1), rgba));
    }

    private async Task SkipCutTextAsync(CancellationToken stop)
    {
        await ReadAsync(_head.AsMemory(0, 7), stop);
        var length = BinaryPrimitives.ReadUInt32BigEndian(_head.AsSpan(3));
        if (length > 1024 * 1024)
        {
            throw new ProtocolException("rfb: the clipboard's text is too long");
        }

        for (var left = (int)length; left > 0; left -= Math.Min(left, _head.Length))
        {
            await ReadAsync(_head.AsMemory(0, Math.Min(left, _head.Length)), stop);
        }
    }

    private async ValueTask<byte> ReadByteAsync(CancellationToken stop)
    {
        await ReadAsync(_head.AsMemory(0, 1), stop);
        return _head[0];
    }

    private async ValueTask ReadAsync(Memory<byte> into, CancellationToken stop)
    {
        try
        {
            await _stream.ReadExactlyAsync(into, stop);
        }
        catch (Exception e) when (e is EndOfStreamException or IOException)
        {
            throw new ProtocolException("rfb: the peer closed the line", e);
        }
    }

    /// <summary>Dropped while there is no screen yet: in the middle of the handshake it would be taken for a part of it.</summary>
    private ValueTask InputAsync(ReadOnlyMemory<byte> message, CancellationToken stop) => _open ? WriteAsync(message, stop) : ValueTask.CompletedTask;

    private async ValueTask WriteAsync(ReadOnlyMemory<byte> message, CancellationToken stop)
    {
        await _writing.WaitAsync(stop);
        try
        {
            await _stream.WriteAsync(message, stop);
        }
        catch (IOException e)
        {
            throw new ProtocolException("rfb: the peer closed the line", e);
        }
        finally
        {
            _writing.Release();
        }
    }
}
