using Microsoft.Win32.SafeHandles;
using Vdi.Protocol;
using Vdi.Protocol.DBus;
using Vdi.Protocol.UnixSockets;
using Vdi.Protocol.Wire;

namespace Vdi.Display.Sources;

/// <summary>The picture in QEMU's shared memory, read row by row into memory of our own; see <see cref="SharedMemory"/>.</summary>
internal sealed class SharedPicture : IDisposable
{
    private const int Band = 256 * 1024;
    private readonly SafeFileHandle _memory;
    private readonly PixelOrder _order;
    private readonly long _offset;
    private readonly int _stride;
    private readonly byte[] _rows;

    /// <summary>Takes the memory, also when it is refused.</summary>
    /// <param name="scanout">Its size in pixels is checked already.</param>
    public SharedPicture(SafeFileHandle memory, ScanoutMap scanout)
    {
        try
        {
            var row = scanout.Width * 4L;
            var length = SharedMemory.Is(memory) ? RandomAccess.GetLength(memory) : throw new ProtocolException("dbus: the picture is not in shared memory");
            if (scanout.Stride < row || scanout.Stride > Size.Max * 16 || scanout.Offset + ((scanout.Height - 1L) * scanout.Stride) + row > length)
            {
                throw new ProtocolException("dbus: the picture does not fit into its memory");
            }

            (_memory, _order, _offset, _stride) = (memory, PixelOrder.Of(scanout.Format), scanout.Offset, (int)scanout.Stride);
            _rows = new byte[Math.Max(_stride, Math.Min(Band, length))];
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    /// <summary>Hands on what lies in <paramref name="area"/>, which is inside the picture.</summary>
    public void Read(Rectangle area, IDisplaySink sink)
    {
        // Many short reads, or one with what lies between the rows as well: the latter while it is not twice as much.
        var row = area.Width * 4;
        var together = row * 2 >= _stride ? Math.Max(1, _rows.Length / _stride) : 1;
        for (var y = 0; y < area.Height; y += together)
        {
            var rows = Math.Min(together, area.Height - y);
            var bytes = _rows.AsSpan(0, ((rows - 1) * _stride) + row);
            Read(bytes, _offset + ((long)(area.Y + y) * _stride) + (area.X * 4));
            for (var i = 0; i < rows; i++)
            {
                var pixels = bytes.Slice(i * _stride, row);
                _order.Convert(pixels, pixels);
            }

            sink.Update(new Rectangle(area.X, area.Y + y, area.Width, rows), bytes, _stride);
        }
    }

    public void Dispose() => _memory.Dispose();

    private void Read(Span<byte> into, long offset)
    {
        while (!into.IsEmpty)
        {
            int count;
            try
            {
                count = RandomAccess.Read(_memory, into, offset);
            }
            catch (IOException e)
            {
                throw new ProtocolException("dbus: the picture's memory cannot be read", e);
            }

            if (count <= 0)
            {
                throw new ProtocolException("dbus: the picture's memory was cut");
            }

            into = into[count..];
            offset += count;
        }
    }
}
