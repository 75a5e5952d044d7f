using System.Buffers.Binary;
using Vdi.Emulator.Machines;

namespace Vdi.Emulator.Suspending;

/// <summary>Reads what QEMU writes of a machine, piece by piece, in large steps.</summary>
internal sealed class MigrationReader(Stream from)
{
    private readonly byte[] _buffer = new byte[1 << 20];
    private int _begin;
    private int _end;

    public async ValueTask<byte> ByteAsync(CancellationToken stop) => (await TakeAsync(1, stop)).Span[0];

    public async ValueTask<ulong> UInt64Async(CancellationToken stop) => BinaryPrimitives.ReadUInt64BigEndian((await TakeAsync(8, stop)).Span);

    /// <summary>The next <paramref name="count"/> bytes, at most a buffer's; good until the next call.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> TakeAsync(int count, CancellationToken stop)
    {
        if (_end - _begin < count)
        {
            await FillAsync(count, stop);
        }

        _begin += count;
        return _buffer.AsMemory(_begin - count, count);
    }

    /// <summary>Copies all that is left.</summary>
    public async Task CopyRestAsync(Stream to, CancellationToken stop)
    {
        await to.WriteAsync(_buffer.AsMemory(_begin, _end - _begin), stop);
        _begin = _end;
        await from.CopyToAsync(to, stop);
    }

    private async Task FillAsync(int count, CancellationToken stop)
    {
        _buffer.AsSpan(_begin, _end - _begin).CopyTo(_buffer);
        (_begin, _end) = (0, _end - _begin);
        while (_end < count)
        {
            var read = await from.ReadAsync(_buffer.AsMemory(_end), stop);
            _end += read > 0 ? read : throw new MachineException("QEMU did not write the machine's state to its end");
        }
    }
}
