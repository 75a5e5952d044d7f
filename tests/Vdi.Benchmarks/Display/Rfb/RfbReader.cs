using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.Sockets;
using Vdi.Protocol;

namespace Vdi.Benchmarks.Display.Rfb;

/// <summary>Numbers and bytes from an RFB server (RFC 6143, section 7: big-endian), counted. A read that has begun must be through
/// before the socket's receive timeout.</summary>
internal sealed class RfbReader(Socket socket)
{
    /// <summary>The largest piece that is read at once: more than a screen of 1920 x 1080 that could not be compressed.</summary>
    private const int MaxPiece = 16 * 1024 * 1024;
    private readonly byte[] _buffer = new byte[256 * 1024];
    private byte[] _piece = new byte[64 * 1024];
    private int _at;
    private int _end;
    private long _bytes;
    private long _lastAt = Stopwatch.GetTimestamp();

    /// <summary>Bytes that came so far.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>When the last ones came, as <see cref="Stopwatch.GetTimestamp"/> counts.</summary>
    public long LastAt => Volatile.Read(ref _lastAt);

    public byte U8() => Take(1)[0];

    public int U16() => BinaryPrimitives.ReadUInt16BigEndian(Take(2));

    public int S32() => BinaryPrimitives.ReadInt32BigEndian(Take(4));

    public uint U32() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));

    /// <summary>Valid until the next read.</summary>
    public ReadOnlySpan<byte> Take(long count) => Piece(count).Span;

    /// <summary>Valid until the next read.</summary>
    public ReadOnlyMemory<byte> Piece(long count)
    {
        if (count is < 0 or > MaxPiece)
        {
            throw new ProtocolException($"rfb: a piece of {count} bytes");
        }

        if (_piece.Length < count)
        {
            _piece = new byte[count];
        }

        for (var got = 0; got < count;)
        {
            if (_at == _end)
            {
                Fill();
            }

            var some = Math.Min((int)count - got, _end - _at);
            _buffer.AsSpan(_at, some).CopyTo(_piece.AsSpan(got));
            _at += some;
            got += some;
        }

        return _piece.AsMemory(0, (int)count);
    }

    private void Fill()
    {
        int count;
        try
        {
            count = socket.Receive(_buffer);
        }
        catch (SocketException e)
        {
            throw new ProtocolException("rfb: the server closed the line", e);
        }

        if (count == 0)
        {
            throw new ProtocolException("rfb: the server closed the line");
        }

        (_at, _end) = (0, count);
        Volatile.Write(ref _lastAt, Stopwatch.GetTimestamp());
        Interlocked.Add(ref _bytes, count);
    }
}
