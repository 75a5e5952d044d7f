using System.Buffers;
using System.Buffers.Binary;
using Vdi.Display.Sources;
using Vdi.Protocol.Wire;
using ZstdSharp;

namespace Vdi.Display.Recording;

/// <summary>Writes down what a source says, and says it on; see <see cref="TraceFormat"/>. Calls come one at a time, as a source's do.</summary>
public sealed class TraceWriter : IDisplaySink, IDisposable
{
    private readonly Stream _file;
    private readonly TimeProvider _time;
    private readonly IDisplaySink? _next;
    private readonly long _began;
    private readonly Compressor _compressor = new(1);

    /// <param name="file">Written from its beginning; disposed with this.</param>
    /// <param name="next">Hears everything, too.</param>
    public TraceWriter(Stream file, TimeProvider time, IDisplaySink? next = null)
    {
        (_file, _time, _next, _began) = (file, time, next, time.GetTimestamp());
        _file.Write(TraceFormat.Magic);
        _file.WriteByte(TraceFormat.Version);
    }

    public void Resize(int width, int height)
    {
        var body = new ArrayBufferWriter<byte>();
        body.U16(width);
        body.U16(height);
        Write(TraceRecord.Size, body.WrittenSpan);
        _next?.Resize(width, height);
    }

    public void Update(Rectangle area, ReadOnlySpan<byte> pixels, int stride)
    {
        var (row, length) = (area.Width * 4, area.Area * 4);
        var raw = ArrayPool<byte>.Shared.Rent(length);
        var body = ArrayPool<byte>.Shared.Rent(8 + Compressor.GetCompressBound(length));
        try
        {
            for (var y = 0; y < area.Height; y++)
            {
                pixels.Slice(y * stride, row).CopyTo(raw.AsSpan(y * row));
            }

            var head = new ArrayBufferWriter<byte>(8);
            area.Write(head);
            head.WrittenSpan.CopyTo(body);
            var compressed = _compressor.Wrap(raw.AsSpan(0, length), body.AsSpan(8));
            Write(TraceRecord.Update, body.AsSpan(0, 8 + compressed));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(raw);
            ArrayPool<byte>.Shared.Return(body);
        }

        _next?.Update(area, pixels, stride);
    }

    public void Flush()
    {
        Write(TraceRecord.Flush, []);
        _next?.Flush();
    }

    public void SetCursor(Cursor cursor)
    {
        var body = new ArrayBufferWriter<byte>();
        cursor.Write(body);
        Write(TraceRecord.Cursor, body.WrittenSpan[1..]);
        _next?.SetCursor(cursor);
    }

    public void Dispose()
    {
        _compressor.Dispose();
        _file.Dispose();
    }

    private void Write(TraceRecord kind, ReadOnlySpan<byte> body)
    {
        Span<byte> head = stackalloc byte[TraceFormat.HeadLength];
        head[0] = (byte)kind;
        BinaryPrimitives.WriteUInt32LittleEndian(head[1..], (uint)_time.GetElapsedTime(_began).TotalMilliseconds);
        BinaryPrimitives.WriteUInt32LittleEndian(head[5..], (uint)body.Length);
        _file.Write(head);
        _file.Write(body);
    }
}
