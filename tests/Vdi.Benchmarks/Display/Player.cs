using System.Diagnostics;
using System.Runtime.InteropServices;
using Vdi.Display.Framebuffer;
using Vdi.Display.Sources;
using Vdi.Protocol.Wire;

namespace Vdi.Benchmarks.Display;

/// <summary>Plays a sequence to somebody, and keeps the true picture. What changed is the smallest rectangle around it, as a program that draws
/// with care would say.</summary>
internal sealed class Player(Action<Picture, Rectangle> show) : IDisplaySink
{
    private Rectangle _changed;
    private long _shownAt = Stopwatch.GetTimestamp();
    private int _step = -1;

    public Picture Truth { get; private set; } = new(1, 1);

    /// <summary>What the newest step changed.</summary>
    public Rectangle Changed { get; private set; }

    /// <summary>The newest step that was shown; 0 is the first picture.</summary>
    public int Step => Volatile.Read(ref _step);

    /// <summary>When it was shown, as <see cref="Stopwatch.GetTimestamp"/> counts.</summary>
    public long ShownAt => Volatile.Read(ref _shownAt);

    public void Resize(int width, int height) => Truth = new Picture(width, height);

    public void Update(Rectangle area, ReadOnlySpan<byte> pixels, int stride)
    {
        var words = MemoryMarshal.Cast<byte, uint>(pixels);
        var (left, right, top, bottom) = (int.MaxValue, -1, int.MaxValue, -1);
        for (var y = 0; y < area.Height; y++)
        {
            var old = Truth.Words(area.X, area.Y + y, area.Width);
            var fresh = words.Slice(y * stride / 4, area.Width);
            var same = old.CommonPrefixLength(fresh);
            if (same == area.Width)
            {
                continue;
            }

            var last = area.Width - 1;
            while (last > right && old[last] == fresh[last])
            {
                last--;
            }

            (left, right, top, bottom) = (Math.Min(left, same), Math.Max(right, last), Math.Min(top, y), y);
        }

        Truth.Write(area, pixels, stride);
        if (bottom >= 0)
        {
            _changed = _changed.Union(new Rectangle(area.X + left, area.Y + top, right - left + 1, bottom - top + 1));
        }
    }

    public void Flush()
    {
        var changed = _step < 0 ? Truth.Bounds : _changed;
        (Changed, _changed) = (changed, default);
        Volatile.Write(ref _step, _step + 1);
        Volatile.Write(ref _shownAt, Stopwatch.GetTimestamp());
        show(Truth, changed);
    }

    public void SetCursor(Cursor cursor)
    {
        // Sequences have none.
    }
}
