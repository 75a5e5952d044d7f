using System.Buffers;
using Vdi.Display.Framebuffer;
using Vdi.Protocol.Wire;

namespace Vdi.Display.Recording;

/// <summary>Writes down what a live screen shows, as a trace. It takes the newest picture at its own pace, copying what changed while
/// the screen stands still for that long (a millisecond for 1080p), and compresses it afterwards.</summary>
public static class ScreenRecorder
{
    /// <summary>Between two changes that are written: 25 a second show what happened.</summary>
    private static readonly TimeSpan Gap = TimeSpan.FromMilliseconds(40);

    /// <summary>Pixels are compressed and sent so many bytes at a time.</summary>
    private const int Band = 1 << 20;

    /// <summary>Records until <paramref name="stop"/>, or until the next piece would make it more than <paramref name="most"/> bytes; returns then.
    /// The trace is one that ends, however it was ended, behind a whole record.</summary>
    /// <param name="send">Takes the trace piece by piece; a piece is valid until the call ends.</param>
    public static async Task RecordAsync(Screen screen, ScreenTap tap, long most, Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> send, TimeProvider time, CancellationToken stop)
    {
        using var watch = tap.Open();
        using var piece = new MemoryStream();
        using var trace = new TraceWriter(piece, time);
        var size = (Width: 0, Height: 0);
        while (true)
        {
            await watch.ChangedAsync(stop);
            var (damage, cursor) = watch.Take();
            if (screen.Read(picture => Taken.Of(picture, damage, size)) is { } taken)
            {
                using (taken)
                {
                    if (taken.Size != size)
                    {
                        size = taken.Size;
                        trace.Resize(size.Width, size.Height);
                    }

                    var rows = Math.Max(1, Band / Math.Max(1, taken.Stride));
                    for (var y = 0; y < taken.Area.Height; y += rows)
                    {
                        var band = taken.Area with { Y = taken.Area.Y + y, Height = Math.Min(rows, taken.Area.Height - y) };
                        trace.Update(band, taken.Pixels.AsSpan(y * taken.Stride), taken.Stride);
                        if (!await DrainAsync())
                        {
                            return;
                        }
                    }
                }

                trace.Flush();
            }

            if (cursor is { } shape)
            {
                trace.SetCursor(shape);
            }

            if (!await DrainAsync())
            {
                return;
            }

            await Task.Delay(Gap, time, stop);
        }

        async ValueTask<bool> DrainAsync()
        {
            most -= piece.Length;
            if (most < 0)
            {
                return false;
            }

            await send(piece.GetBuffer().AsMemory(0, (int)piece.Length), stop);
            piece.SetLength(0);
            return true;
        }
    }

    /// <summary>A copy of a part of the picture, in rented memory.</summary>
    private sealed record Taken((int Width, int Height) Size, Rectangle Area, byte[] Pixels, int Stride) : IDisposable
    {
        /// <summary>All of it where it has another size than <paramref name="known"/>; null where nothing of it changed.</summary>
        public static Taken? Of(Picture picture, Rectangle damage, (int Width, int Height) known)
        {
            var size = (picture.Width, picture.Height);
            var area = size == known ? damage.Intersect(picture.Bounds) : picture.Bounds;
            if (area.IsEmpty)
            {
                return null;
            }

            var stride = area.Width * 4;
            var pixels = ArrayPool<byte>.Shared.Rent(stride * area.Height);
            for (var y = 0; y < area.Height; y++)
            {
                picture.Row(area.X, area.Y + y, area.Width).CopyTo(pixels.AsSpan(y * stride));
            }

            return new Taken(size, area, pixels, stride);
        }

        public void Dispose() => ArrayPool<byte>.Shared.Return(Pixels);
    }
}
