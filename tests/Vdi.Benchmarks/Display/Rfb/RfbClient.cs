using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Vdi.Display.Framebuffer;
using Vdi.Protocol;
using Vdi.Protocol.Rfb;
using Vdi.Protocol.Wire;

namespace Vdi.Benchmarks.Display.Rfb;

/// <summary>A viewer without a window: RFB 3.8 (RFC 6143) with Tight, ZRLE, CopyRect, LastRect, the cursor apart, fences and continuous updates
/// (the community's RFB specification). It asks for the pixels that X servers have themselves, so that they need no conversion: 32 bits,
/// little-endian, bytes blue, green, red, unused.</summary>
internal sealed class RfbClient : IWatcher, IDisposable
{
    private const int Tight = 7;
    private const int Zrle = 16;
    private const int LastRect = -224;
    private const int Fence = -312;
    private const int ContinuousUpdates = -313;
    private const byte FenceMessage = 248;
    private const byte ContinuousUpdatesMessage = 150;

    /// <summary>Blocking before, blocking after, and with the next message: what a fence's answer may bear.</summary>
    private const uint KnownFenceFlags = 7;
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly RfbReader _reader;
    private readonly TightDecoder _tight = new();
    private readonly ZrleDecoder _zrle = new();
    private readonly RawDecoder _raw = new();
    private readonly CopyRectDecoder _copy = new();
    private readonly Task _running;
    private bool _continuous;
    private int _updates;
    private volatile bool _disposed;

    /// <summary>Connects, and reads on a thread of its own.</summary>
    /// <param name="encodings">Most wanted first; what this client always understands is added.</param>
    public RfbClient(int port, IEnumerable<int> encodings)
    {
        _socket.ReceiveTimeout = _socket.SendTimeout = 60_000;
        _socket.Connect(IPAddress.Loopback, port);
        _reader = new RfbReader(_socket);
        Picture = Handshake();
        SetEncodings([.. encodings, RfbMessages.Raw, LastRect, RfbMessages.RichCursor, Fence, ContinuousUpdates]);
        Send(RfbMessages.FramebufferUpdateRequest(incremental: false, Picture.Width, Picture.Height));
        _running = Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    public Picture Picture { get; }

    Picture? IWatcher.Picture => Picture;

    public Lock Lock { get; } = new();

    public Action? Updated { get; set; }

    public long Bytes => _reader.Bytes;

    public long LastAt => _reader.LastAt;

    public int Updates => Volatile.Read(ref _updates);

    public Exception? Fault => _running.Exception?.InnerException;

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

        _tight.Dispose();
        _zrle.Dispose();
    }

    private Picture Handshake()
    {
        if (!_reader.Take(12)[..4].SequenceEqual("RFB "u8))
        {
            throw new ProtocolException("rfb: the peer does not speak RFB");
        }

        Send(RfbMessages.Version.ToArray());
        if (!_reader.Take(_reader.U8()).Contains((byte)1))
        {
            throw new ProtocolException("rfb: the peer demands a password");
        }

        Send([1]);
        if (_reader.U32() != 0)
        {
            throw new ProtocolException("rfb: the peer refused");
        }

        Send([1]);
        var init = ServerInit.Read(_reader.Take(ServerInit.Length));
        _reader.Take(init.NameLength);
        if (init.Width is < 1 or > Size.Max || init.Height is < 1 or > Size.Max)
        {
            throw new ProtocolException($"rfb: a screen of {init.Width} x {init.Height} is out of range");
        }

        // SetPixelFormat (7.5.1): bits, depth, big-endian, true colour, three maxima, three shifts.
        Send([0, 0, 0, 0, 32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0]);
        return new Picture(init.Width, init.Height);
    }

    private void SetEncodings(int[] encodings)
    {
        var message = new byte[4 + (encodings.Length * 4)];
        message[0] = 2;
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(2), (ushort)encodings.Length);
        for (var i = 0; i < encodings.Length; i++)
        {
            BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(4 + (i * 4)), encodings[i]);
        }

        Send(message);
    }

    private void Run()
    {
        try
        {
            while (true)
            {
                Take(_reader.U8());
            }
        }
        catch (Exception) when (_disposed)
        {
            // The line was closed on our side.
        }
    }

    private void Take(byte type)
    {
        switch (type)
        {
            case 0:
                Update();
                break;
            case 2:
                break;
            case 3:
                _reader.Take(3);
                _reader.Take(_reader.U32());
                break;
            case ContinuousUpdatesMessage:
                EnableContinuousUpdates();
                break;
            case FenceMessage:
                AnswerFence();
                break;
            default:
                throw new ProtocolException($"rfb: unknown message {type}");
        }
    }

    /// <summary>The server's first EndOfContinuousUpdates says that it knows them.</summary>
    private void EnableContinuousUpdates()
    {
        if (_continuous)
        {
            return;
        }

        _continuous = true;
        var message = new byte[10];
        message[0] = ContinuousUpdatesMessage;
        message[1] = 1;
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(6), (ushort)Picture.Width);
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(8), (ushort)Picture.Height);
        Send(message);
    }

    private void AnswerFence()
    {
        _reader.Take(3);
        var flags = _reader.U32();
        var payload = _reader.Take(_reader.U8()).ToArray();
        if ((flags & 0x80000000) == 0)
        {
            return;
        }

        var message = new byte[9 + payload.Length];
        message[0] = FenceMessage;
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(4), flags & KnownFenceFlags);
        message[8] = (byte)payload.Length;
        payload.CopyTo(message, 9);
        Send(message);
    }

    private void Update()
    {
        _reader.Take(1);
        var count = _reader.U16();
        lock (Lock)
        {
            for (var i = 0; i < count; i++)
            {
                var header = RectangleHeader.Read(_reader.Take(RectangleHeader.Length));
                if (header.Encoding == LastRect)
                {
                    break;
                }

                Rectangle(header);
            }

            Volatile.Write(ref _updates, _updates + 1);
            Updated?.Invoke();
        }

        if (!_continuous)
        {
            Send(RfbMessages.FramebufferUpdateRequest(incremental: true, Picture.Width, Picture.Height));
        }
    }

    private void Rectangle(RectangleHeader header)
    {
        if (header.Encoding == RfbMessages.RichCursor)
        {
            _reader.Take((header.Width * header.Height * 4L) + ((header.Width + 7) / 8 * header.Height));
            return;
        }

        var area = new Rectangle(header.X, header.Y, header.Width, header.Height);
        if (area.Right > Picture.Width || area.Bottom > Picture.Height)
        {
            throw new ProtocolException("rfb: a rectangle lies outside the screen");
        }

        IRectangleDecoder decoder = header.Encoding switch
        {
            RfbMessages.Raw => _raw,
            1 => _copy,
            Tight => _tight,
            Zrle => _zrle,
            _ => throw new ProtocolException($"rfb: encoding {header.Encoding} was not asked for"),
        };
        if (!area.IsEmpty)
        {
            decoder.Decode(_reader, area, Picture);
        }
    }

    private void Send(byte[] message)
    {
        try
        {
            _socket.Send(message);
        }
        catch (SocketException e)
        {
            throw new ProtocolException("rfb: the server closed the line", e);
        }
    }
}
