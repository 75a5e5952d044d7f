using System.IO.Compression;
using Vdi.Protocol;

namespace Vdi.Benchmarks.Display.Rfb;

/// <summary>One zlib stream (RFC 1950) that goes on from rectangle to rectangle, each of which is flushed so that it can be read to its end.</summary>
internal sealed class ContinuedZlib : IDisposable
{
    private readonly Pieces _pieces = new();
    private readonly byte[] _rest = new byte[1];
    private ZLibStream? _stream;

    /// <summary>Begins anew.</summary>
    public void Reset()
    {
        _stream?.Dispose();
        _stream = null;
    }

    /// <summary>Fills <paramref name="into"/> from the next piece of the stream.</summary>
    public void Read(ReadOnlyMemory<byte> piece, Span<byte> into)
    {
        if (ReadSome(piece, into) != into.Length)
        {
            throw new ProtocolException("rfb: a zlib stream is shorter than its rectangle");
        }
    }

    /// <summary>As many bytes as the next piece gives, at most as many as there is room for.</summary>
    public int ReadSome(ReadOnlyMemory<byte> piece, Span<byte> into)
    {
        _pieces.Next = piece;
        _stream ??= new ZLibStream(_pieces, CompressionMode.Decompress, leaveOpen: true);
        try
        {
            var length = 0;
            while (length < into.Length && _stream.Read(into[length..]) is var count and > 0)
            {
                length += count;
            }

            // The flush's own bytes are behind the last pixel: they must be read, too, and bring nothing.
            return _stream.Read(_rest) == 0 ? length : throw new ProtocolException("rfb: a zlib stream is longer than its rectangle");
        }
        catch (InvalidDataException e)
        {
            throw new ProtocolException("rfb: not a zlib stream", e);
        }
    }

    public void Dispose() => Reset();

    /// <summary>What the zlib stream reads from: empty between two pieces, never ended.</summary>
    private sealed class Pieces : Stream
    {
        public ReadOnlyMemory<byte> Next { get; set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            var count = Math.Min(buffer.Length, Next.Length);
            Next.Span[..count].CopyTo(buffer);
            Next = Next[count..];
            return count;
        }

        public override void Flush()
        {
            // Nothing is written.
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
