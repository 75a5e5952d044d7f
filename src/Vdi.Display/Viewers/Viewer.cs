using System.Buffers;
using System.Runtime.CompilerServices;
using Vdi.Display.Encoding;
using Vdi.Display.Framebuffer;
using Vdi.Protocol;
using Vdi.Protocol.Wire;

namespace Vdi.Display.Viewers;

/// <summary>One pair of eyes on a screen. Keeps what the viewer has been sent and what changed since; a frame is made only when
/// fewer than two are unacknowledged, so nothing old ever queues and the newest picture wins.</summary>
public sealed class Viewer : IDisposable
{
    private const int MaxUnacknowledged = 2;

    /// <summary>Who acknowledges nothing for so long is held no picture for: back again, it gets a complete frame.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(4);
    private readonly Screen _screen;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _signal = new(0, 1);
    private readonly Lock _lock = new();
    private readonly FrameEncoder _encoder = new();
    private Rectangle _dirty;
    private (int Width, int Height)? _size;
    private Cursor? _cursor;
    private Bye? _bye;
    private Picture? _shown;
    private bool _complete;
    private uint _sent;
    private uint _acknowledged;
    private long _sentAt;
    private bool _disposed;

    internal Viewer(Screen screen, TimeProvider time) => (_screen, _time) = (screen, time);

    /// <summary>Frames sent that the viewer has not presented yet.</summary>
    public int Unacknowledged => (int)(_sent - Volatile.Read(ref _acknowledged));

    /// <summary>Whether the picture that it was sent is kept, to send differences to it.</summary>
    internal bool HoldsPicture
    {
        get
        {
            lock (_lock)
            {
                return _shown is not null;
            }
        }
    }

    /// <summary>The messages for this viewer, one an item, until it is told Bye or <paramref name="stop"/>.</summary>
    public async IAsyncEnumerable<byte[]> ReadAsync([EnumeratorCancellation] CancellationToken stop)
    {
        while (true)
        {
            await _signal.WaitAsync(stop);
            var (size, cursor, bye, frame) = Take();
            if (bye is { } last)
            {
                yield return Serialise(last.Write);
                yield break;
            }

            if (size is { } newSize)
            {
                yield return Serialise(new Size(newSize.Width, newSize.Height).Write);
            }

            if (cursor is not null)
            {
                yield return Serialise(cursor.Write);
            }

            foreach (var part in frame)
            {
                yield return part;
            }
        }
    }

    /// <summary>The viewer presented frame <paramref name="sequence"/>.</summary>
    public void Acknowledge(uint sequence)
    {
        lock (_lock)
        {
            if (sequence > _sent)
            {
                throw new ProtocolException("wire: a frame was acknowledged that was never sent");
            }

            _acknowledged = Math.Max(_acknowledged, sequence);
        }

        Signal();
    }

    /// <summary>The next frame is complete.</summary>
    public void Refresh() => Damage(_screen.Read(picture => picture.Bounds), forget: true);

    public void Say(Bye bye)
    {
        lock (_lock)
        {
            _bye ??= bye;
        }

        Signal();
    }

    internal void Damaged(Rectangle area) => Damage(area, forget: false);

    internal void Resized(int width, int height)
    {
        lock (_lock)
        {
            _size = (width, height);
            (_shown, _dirty) = (null, default);
        }

        Signal();
    }

    internal void CursorChanged(Cursor cursor)
    {
        lock (_lock)
        {
            _cursor = cursor;
        }

        Signal();
    }

    public void Dispose()
    {
        _screen.Leave(this);
        lock (_lock)
        {
            _disposed = true;
            _shown = null;
            _encoder.Dispose();
        }
    }

    private void Damage(Rectangle area, bool forget)
    {
        lock (_lock)
        {
            _dirty = _dirty.Union(area);
            _complete |= forget;
            if (_sent - _acknowledged >= MaxUnacknowledged && _time.GetElapsedTime(_sentAt) > Silence)
            {
                _shown = null;
            }
        }

        Signal();
    }

    private void Signal()
    {
        lock (_lock)
        {
            if (_signal.CurrentCount == 0)
            {
                _signal.Release();
            }
        }
    }

    private ((int Width, int Height)? Size, Cursor? Cursor, Bye? Bye, List<byte[]> Frame) Take()
    {
        // Order of locks: the screen's, then the viewer's, as when damage comes.
        return _screen.Read<((int, int)?, Cursor?, Bye?, List<byte[]>)?>(picture => TakeFrom(picture)) ?? TakeFrom(null);
    }

    private ((int Width, int Height)? Size, Cursor? Cursor, Bye? Bye, List<byte[]> Frame) TakeFrom(Picture? picture)
    {
        lock (_lock)
        {
            var (size, cursor, bye) = (_size, _cursor, _bye);
            (_size, _cursor) = (null, null);
            if (_disposed || picture is null || _dirty.IsEmpty || _sent - _acknowledged >= MaxUnacknowledged)
            {
                return (size, cursor, bye, []);
            }

            var complete = _complete || _shown is null || _shown.Width != picture.Width || _shown.Height != picture.Height;
            if (complete)
            {
                _shown = new Picture(picture.Width, picture.Height);
            }

            var (moves, areas) = complete ? ([], Bands(picture.Bounds)) : Difference(_shown!, picture, _dirty);
            (_dirty, _complete) = (default, false);
            if (areas.Count + moves.Count == 0)
            {
                return (size, cursor, bye, []);
            }

            _sentAt = _time.GetTimestamp();
            var frame = _encoder.Encode(picture, moves, areas, ++_sent, complete);
            areas.ForEach(area => picture.CopyTo(_shown!, area));
            return (size, cursor, bye, frame);
        }
    }

    /// <summary>What moved, which <paramref name="shown"/> has then, and what must be sent.</summary>
    private static (List<Move> Moves, List<Rectangle> Areas) Difference(Picture shown, Picture picture, Rectangle dirty)
    {
        var blocks = Differ.FindBlocks(shown, picture, dirty);
        var moves = MoveFinder.Find(shown, picture, blocks);
        if (moves.Count > 0)
        {
            shown.Move(moves);
        }

        return (moves, Differ.Find(shown, picture, dirty));
    }

    /// <summary>Bands of a complete frame, so that plain ones become fills.</summary>
    private static List<Rectangle> Bands(Rectangle bounds)
    {
        var bands = new List<Rectangle>();
        for (var y = 0; y < bounds.Height; y += 64)
        {
            bands.Add(new Rectangle(0, y, bounds.Width, Math.Min(64, bounds.Height - y)));
        }

        return bands;
    }

    private static byte[] Serialise(Action<IBufferWriter<byte>> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        write(buffer);
        return buffer.WrittenSpan.ToArray();
    }
}
