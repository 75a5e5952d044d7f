using System.Buffers.Binary;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Vdi.Emulator.Machines;

namespace Vdi.Emulator.Suspending;

/// <summary>Leaves out of a fork's saved state the memory that it still shares with its template, which is most of it: whoever loads the
/// rest over the template's memory has the whole, and goes on sharing. Knows as much of QEMU's migration stream (migration/savevm.c, ram.c;
/// docs/devel/migration) as comes before the devices' state, and refuses what it does not know: then the machine is not suspended.</summary>
internal static class ChangedMemory
{
    private const uint Magic = 0x5145564d;
    private const uint Version = 3;
    private const byte SectionStart = 1;
    private const byte SectionPart = 2;
    private const byte SectionEnd = 3;
    private const byte Configuration = 7;
    private const byte Command = 8;
    private const byte Footer = 0x7e;
    private const int Page = 4096;
    private const ulong Zero = 0x02;
    private const ulong Sizes = 0x04;
    private const ulong Whole = 0x08;
    private const ulong EndOfSection = 0x10;
    private const ulong Continues = 0x20;

    /// <summary>Copies a state of QEMU's, but for the pages that are as in <paramref name="template"/>.</summary>
    /// <param name="template">The RAM file of the template.</param>
    /// <returns>How many pages were copied of that memory.</returns>
    /// <exception cref="MachineException">The stream ended early, or is not as QEMU writes it.</exception>
    public static async Task<int> CopyAsync(Stream from, Stream to, string template, CancellationToken stop)
    {
        using var memory = File.OpenHandle(template, options: FileOptions.Asynchronous);
        var copy = new Copy(new MigrationReader(from), to, memory);
        await copy.RunAsync(stop);
        return copy.Kept;
    }

    private sealed class Copy(MigrationReader from, Stream to, SafeFileHandle template)
    {
        private readonly byte[] _out = new byte[Page + 300];
        private readonly byte[] _shared = new byte[1 << 20];
        private readonly HashSet<ulong> _kept = [];
        private readonly long _length = RandomAccess.GetLength(template);
        private long _sharedAt = -1;
        private string? _sharedBlock;

        /// <summary>That of the last page, also of an earlier section.</summary>
        private string? _block;

        public int Kept { get; private set; }

        public async Task RunAsync(CancellationToken stop)
        {
            Demand(await PassUInt32Async(stop) == Magic && await PassUInt32Async(stop) == Version, "it begins otherwise");
            var kind = await PassByteAsync(stop);
            if (kind == Configuration)
            {
                await PassAsync((int)await PassUInt32Async(stop), stop);
                kind = await PassByteAsync(stop);
            }

            while (kind is SectionStart or SectionPart or SectionEnd or Command)
            {
                if (kind == Command)
                {
                    // Such as that the machine stands still now: two bytes of which, two of how long its rest is.
                    var command = await PassUInt32Async(stop);
                    await PassAsync((int)(command & 0xffff), stop);
                    kind = await PassByteAsync(stop);
                    continue;
                }

                var id = await PassUInt32Async(stop);
                if (kind == SectionStart)
                {
                    Demand(await PassNameAsync(stop) == "ram", "something precedes the memory");
                    await PassAsync(8, stop);
                }

                await PassPagesAsync(stop);
                Demand(await PassByteAsync(stop) == Footer && await PassUInt32Async(stop) == id, "a section ends otherwise");
                if (kind == SectionEnd)
                {
                    await from.CopyRestAsync(to, stop);
                    return;
                }

                kind = await PassByteAsync(stop);
            }

            Demand(false, $"it has a part {kind}");
        }

        /// <summary>A section of ram.c: records of a header with flags in the bits below a page, until the one that ends it.</summary>
        private async Task PassPagesAsync(CancellationToken stop)
        {
            string? written = null;
            while (true)
            {
                var header = await from.UInt64Async(stop);
                var (address, flags) = (header & ~(ulong)(Page - 1), header & (Page - 1));
                switch (flags & ~Continues)
                {
                    case Sizes:
                        await WriteAsync(header, stop);
                        await PassSizesAsync((long)address, stop);
                        break;
                    case EndOfSection:
                        await WriteAsync(header, stop);
                        return;
                    case Zero or Whole:
                        var block = _block = (flags & Continues) != 0 ? _block : Encoding.ASCII.GetString((await from.TakeAsync(await from.ByteAsync(stop), stop)).Span);
                        Demand(block is not null, "a page is of no block");
                        var page = await from.TakeAsync((flags & Zero) != 0 ? 1 : Page, stop);
                        Demand((flags & Zero) == 0 || page.Span[0] == 0, "a page is filled with something");
                        if (block != _sharedBlock || await IsChangedAsync(address, page, stop))
                        {
                            Kept += block == _sharedBlock ? 1 : 0;
                            await WritePageAsync(address | (flags & ~Continues), block!, block == written, page, stop);
                            written = block;
                        }

                        break;
                    default:
                        Demand(false, $"a page has flags {flags:x}");
                        break;
                }
            }
        }

        /// <summary>The blocks of memory with their sizes; the one that is the template's file is as large as that.</summary>
        private async Task PassSizesAsync(long total, CancellationToken stop)
        {
            while (total > 0)
            {
                var name = await PassNameAsync(stop);
                var size = (long)await PassUInt64Async(stop);
                total -= size;
                if (size == _length && (name == "ram" || name.EndsWith("/ram", StringComparison.Ordinal)))
                {
                    _sharedBlock = name;
                }
            }

            Demand(_sharedBlock is not null, "the template's memory is not in it");
        }

        private async ValueTask<bool> IsChangedAsync(ulong address, ReadOnlyMemory<byte> page, CancellationToken stop)
        {
            var at = (long)address;
            if (_sharedAt < 0 || at < _sharedAt || at >= _sharedAt + _shared.Length)
            {
                _sharedAt = at / _shared.Length * _shared.Length;
                var read = await RandomAccess.ReadAsync(template, _shared, _sharedAt, stop);
                Demand(read >= Math.Min(_shared.Length, _length - _sharedAt), "the template's memory is shorter");
            }

            var was = _shared.AsSpan((int)(at - _sharedAt), Page);
            var changed = page.Length == Page ? !page.Span.SequenceEqual(was) : was.ContainsAnyExcept((byte)0);

            // One that was written already is written again, whatever is in it now.
            if (changed)
            {
                _kept.Add(address);
            }

            return changed || _kept.Contains(address);
        }

        private async ValueTask WritePageAsync(ulong header, string block, bool again, ReadOnlyMemory<byte> page, CancellationToken stop)
        {
            BinaryPrimitives.WriteUInt64BigEndian(_out, header | (again ? Continues : 0));
            var length = 8;
            if (!again)
            {
                _out[8] = (byte)block.Length;
                length += 1 + Encoding.ASCII.GetBytes(block, _out.AsSpan(9));
            }

            page.CopyTo(_out.AsMemory(length));
            await to.WriteAsync(_out.AsMemory(0, length + page.Length), stop);
        }

        private async ValueTask WriteAsync(ulong header, CancellationToken stop)
        {
            BinaryPrimitives.WriteUInt64BigEndian(_out, header);
            await to.WriteAsync(_out.AsMemory(0, 8), stop);
        }

        private async ValueTask<byte> PassByteAsync(CancellationToken stop) => (await PassAsync(1, stop)).Span[0];

        private async ValueTask<uint> PassUInt32Async(CancellationToken stop) => BinaryPrimitives.ReadUInt32BigEndian((await PassAsync(4, stop)).Span);

        private async ValueTask<ulong> PassUInt64Async(CancellationToken stop) => BinaryPrimitives.ReadUInt64BigEndian((await PassAsync(8, stop)).Span);

        private async ValueTask<string> PassNameAsync(CancellationToken stop) => Encoding.ASCII.GetString((await PassAsync(await PassByteAsync(stop), stop)).Span);

        private async ValueTask<ReadOnlyMemory<byte>> PassAsync(int count, CancellationToken stop)
        {
            Demand(count is >= 0 and <= Page, "a piece of it is too long");
            var bytes = await from.TakeAsync(count, stop);
            await to.WriteAsync(bytes, stop);
            return bytes;
        }

        private static void Demand(bool holds, string otherwise)
        {
            if (!holds)
            {
                throw new MachineException($"The state that QEMU {QemuBinary.Version} writes is not understood: {otherwise}");
            }
        }
    }
}
