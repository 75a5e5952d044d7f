using System.Threading.Channels;
using Vdi.Display.Sources;
using Vdi.Protocol.Wire;

namespace Vdi.Display.Recording;

/// <summary>Notes what changes on the way from a source to its screen, for whoever records the screen. Only where something changed is
/// noted, so that neither the source nor any viewer ever waits for a recording.</summary>
public sealed class ScreenTap
{
    private static readonly Rectangle Everything = new(0, 0, Size.Max, Size.Max);
    private readonly Lock _lock = new();
    private readonly List<Watch> _watches = [];
    private Rectangle _pending;
    private Cursor _cursor = Cursor.Hidden;

    /// <summary>The same source, noted.</summary>
    public IDisplaySource Around(IDisplaySource source) => new TappedSource(source, this);

    /// <summary>Begins to note, all of the screen first.</summary>
    internal Watch Open()
    {
        lock (_lock)
        {
            var watch = new Watch(this, _cursor);
            _watches.Add(watch);
            return watch;
        }
    }

    private void Change(Rectangle area)
    {
        lock (_lock)
        {
            _pending = _pending.Union(area);
        }
    }

    private void Flush()
    {
        lock (_lock)
        {
            _watches.ForEach(watch => watch.Note(_pending));
            _pending = default;
        }
    }

    private void Point(Cursor cursor)
    {
        lock (_lock)
        {
            _cursor = cursor;
            _watches.ForEach(watch => watch.Note(cursor));
        }
    }

    /// <summary>What one recording has not taken yet.</summary>
    internal sealed class Watch(ScreenTap tap, Cursor cursor) : IDisposable
    {
        private readonly Channel<bool> _changed = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        private Rectangle _damage = Everything;
        private Cursor? _cursor = cursor;
        private bool _begun;

        /// <summary>Waits until there is something to take; the first time there is.</summary>
        public async Task ChangedAsync(CancellationToken stop)
        {
            if (!_begun)
            {
                _begun = true;
                return;
            }

            await _changed.Reader.ReadAsync(stop);
        }

        /// <summary>Where something changed since the last call, which may reach beyond the screen, and the pointer's shape where that changed.</summary>
        public (Rectangle Damage, Cursor? Cursor) Take()
        {
            lock (tap._lock)
            {
                var taken = (_damage, _cursor);
                (_damage, _cursor) = (default, null);
                return taken;
            }
        }

        /// <summary>Under the tap's lock.</summary>
        public void Note(Rectangle area)
        {
            _damage = _damage.Union(area);
            _changed.Writer.TryWrite(true);
        }

        public void Note(Cursor shape)
        {
            _cursor = shape;
            _changed.Writer.TryWrite(true);
        }

        public void Dispose()
        {
            lock (tap._lock)
            {
                tap._watches.Remove(this);
            }
        }
    }

    private sealed class TappedSource(IDisplaySource source, ScreenTap tap) : IDisplaySource
    {
        public Task RunAsync(IDisplaySink sink, CancellationToken stop) => source.RunAsync(new TappedSink(sink, tap), stop);

        public ValueTask KeyAsync(bool down, int qnum, CancellationToken stop) => source.KeyAsync(down, qnum, stop);

        public ValueTask PointerAsync(int x, int y, int buttons, CancellationToken stop) => source.PointerAsync(x, y, buttons, stop);

        public ValueTask SuggestSizeAsync(int width, int height, CancellationToken stop) => source.SuggestSizeAsync(width, height, stop);

        public ValueTask MotionAsync(int dx, int dy, int buttons, CancellationToken stop) => source.MotionAsync(dx, dy, buttons, stop);

        public ValueTask WheelAsync(int dx, int dy, CancellationToken stop) => source.WheelAsync(dx, dy, stop);

        public ValueTask DisposeAsync() => source.DisposeAsync();
    }

    /// <summary>Notes after the screen has it, so that whoever takes a note finds it there.</summary>
    private sealed class TappedSink(IDisplaySink screen, ScreenTap tap) : IDisplaySink
    {
        public void Resize(int width, int height)
        {
            screen.Resize(width, height);
            tap.Change(Everything);
        }

        public void Update(Rectangle area, ReadOnlySpan<byte> pixels, int stride)
        {
            screen.Update(area, pixels, stride);
            tap.Change(area);
        }

        public void Flush()
        {
            screen.Flush();
            tap.Flush();
        }

        public void SetCursor(Cursor cursor)
        {
            screen.SetCursor(cursor);
            tap.Point(cursor);
        }
    }
}
