using System.Buffers;
using System.Buffers.Binary;
using Vdi.Display.Sources;
using Vdi.Protocol;
using Vdi.Protocol.Wire;
using ZstdSharp;

namespace Vdi.Display.Recording;

/// <summary>Says again what a trace holds, at the pace at which it was written, or step by step; see <see cref="TraceFormat"/>.
/// A trace may come from anywhere: every length is checked before anything is allocated. Input goes nowhere.</summary>
public sealed class ReplaySource(Stream file, TimeProvider time) : IDisplaySource
{
    private readonly Decompressor _decompressor = new();
    private readonly byte[] _head = new byte[TraceFormat.HeadLength];
    private (int Width, int Height) _size;
    private bool _begun;

    /// <summary>Waits before each change is said; by default until the time at which it was written.</summary>
    public Func<TimeSpan, CancellationToken, Task>? Pace { get; init; }

    /// <summary>Whether it waits for ever at the end, as a screen that stands still does.</summary>
    public bool Stays { get; init; } = true;

    /// <summary>Whether a file begins as a trace of this version does.</summary>
    public static async Task<bool> IsTraceAsync(string file, CancellationToken stop)
    {
        await using var stream = File.OpenRead(file);
        var head = new byte[TraceFormat.HeadLength];
        return await stream.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, stop) == head.Length && IsTrace(head);
    }

    public async Task RunAsync(IDisplaySink sink, CancellationToken stop)
    {
        var began = time.GetTimestamp();
        var pace = Pace ?? (async (at, token) =>
        {
            if (at - time.GetElapsedTime(began) is { Ticks: > 0 } left)
            {
                await Task.Delay(left, time, token);
            }
        });
        var last = TimeSpan.MinValue;
        while (await NextAsync(stop) is { } record)
        {
            if (record.At != last)
            {
                await pace(last = record.At, stop);
            }

            Say(record, sink);
            ArrayPool<byte>.Shared.Return(record.Buffer);
        }

        if (Stays)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, time, stop);
        }
    }

    public ValueTask KeyAsync(bool down, int qnum, CancellationToken stop) => ValueTask.CompletedTask;

    public ValueTask PointerAsync(int x, int y, int buttons, CancellationToken stop) => ValueTask.CompletedTask;

    public ValueTask SuggestSizeAsync(int width, int height, CancellationToken stop) => ValueTask.CompletedTask;

    public ValueTask MotionAsync(int dx, int dy, int buttons, CancellationToken stop) => ValueTask.CompletedTask;

    public ValueTask WheelAsync(int dx, int dy, CancellationToken stop) => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        _decompressor.Dispose();
        await file.DisposeAsync();
    }

    private static bool IsTrace(ReadOnlySpan<byte> head) => head[..8].SequenceEqual(TraceFormat.Magic) && head[8] == TraceFormat.Version;

    private readonly record struct Record(TraceRecord Kind, TimeSpan At, byte[] Buffer, int Length);

    /// <summary>The next record, in a rented buffer; null at the end.</summary>
    private async Task<Record?> NextAsync(CancellationToken stop)
    {
        if (!_begun)
        {
            await ReadAsync(_head, stop);
            if (!IsTrace(_head))
            {
                throw new ProtocolException($"trace: not a trace of version {TraceFormat.Version}");
            }

            _begun = true;
        }

        if (await file.ReadAtLeastAsync(_head, TraceFormat.HeadLength, throwOnEndOfStream: false, stop) is var count and < TraceFormat.HeadLength)
        {
            return count == 0 ? null : throw Short();
        }

        var length = BinaryPrimitives.ReadUInt32LittleEndian(_head.AsSpan(5));
        if (length > TraceFormat.MaxBody || (file.CanSeek && length > file.Length - file.Position))
        {
            throw Short();
        }

        var body = ArrayPool<byte>.Shared.Rent((int)length);
        await ReadAsync(body.AsMemory(0, (int)length), stop);
        return new Record((TraceRecord)_head[0], TimeSpan.FromMilliseconds(BinaryPrimitives.ReadUInt32LittleEndian(_head.AsSpan(1))), body, (int)length);
    }

    private void Say(Record record, IDisplaySink sink)
    {
        var reader = new WireReader(record.Buffer.AsSpan(0, record.Length));
        switch (record.Kind)
        {
            case TraceRecord.Size:
                _size = (reader.U16(), reader.U16());
                if (_size.Width is < 1 or > Size.Max || _size.Height is < 1 or > Size.Max)
                {
                    throw new ProtocolException($"trace: a screen of {_size.Width} x {_size.Height} is out of range");
                }

                sink.Resize(_size.Width, _size.Height);
                break;
            case TraceRecord.Update:
                Update(Rectangle.Read(ref reader), reader.Bytes(reader.Remaining), sink);
                break;
            case TraceRecord.Flush:
                sink.Flush();
                break;
            case TraceRecord.Cursor:
                sink.SetCursor(Cursor.Read(ref reader));
                break;
            default:
                throw new ProtocolException($"trace: unknown record {(byte)record.Kind}");
        }
    }

    private void Update(Rectangle area, ReadOnlySpan<byte> compressed, IDisplaySink sink)
    {
        if (area.IsEmpty || area.Right > _size.Width || area.Bottom > _size.Height)
        {
            throw new ProtocolException("trace: a rectangle lies outside the screen");
        }

        var pixels = ArrayPool<byte>.Shared.Rent(area.Area * 4);
        try
        {
            if (!_decompressor.TryUnwrap(compressed, pixels.AsSpan(0, area.Area * 4), out var length) || length != area.Area * 4)
            {
                throw new ProtocolException("trace: pixels that are not zstd of their rectangle");
            }

            sink.Update(area, pixels.AsSpan(0, length), area.Width * 4);
        }
        catch (ZstdException e)
        {
            throw new ProtocolException("trace: pixels that are not zstd", e);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(pixels);
        }
    }

    private async Task ReadAsync(Memory<byte> into, CancellationToken stop)
    {
        try
        {
            await file.ReadExactlyAsync(into, stop);
        }
        catch (EndOfStreamException)
        {
            throw Short();
        }
    }

    private static ProtocolException Short() => new("trace: the file ends in the middle of a record");
}
