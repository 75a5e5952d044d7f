using System.Buffers;
using System.Runtime.CompilerServices;
using Vdi.Display.Framebuffer;
using Vdi.Protocol;
using Vdi.Protocol.Wire;

namespace Vdi.Display.Viewers;

/// <summary>One pair of eyes on a screen. Keeps what the viewer has been sent and what changed since; a frame is made only when
/// its few are acknowledged, so nothing old ever queues and the newest picture wins.</summary>
public sealed class Viewer : IDisposable
{
    private const int MaxUnacknowledged = 2;

    /// <summary>Over a long way two frames would leave the line empty in between.</summary>
    private const int MaxUnacknowledgedFar = 3;
    private const double FarMilliseconds = 80;

    /// <summary>What a frame may keep the line busy for.</summary>
    private const double FrameMilliseconds = 100;

    /// <summary>Who acknowledges nothing for so long is held no picture for: back again, it gets a complete frame.</summary>
    private const long SilenceMilliseconds = 4000;
    private readonly Screen _screen;
    private readonly TimeProvider _time;
    private readonly long _began;
    private readonly SemaphoreSlim _signal = new(0, 1);
    private readonly Lock _lock = new();
    private readonly LineMeter _line = new();
    private Rectangle _dirty;
    private (int Width, int Height)? _size;
    private Cursor? _cursor;
    private Bye? _bye;
    private uint? _pong;
    private Quality _quality;
    private SentPicture? _sentPicture;
    private bool _complete;
    private uint _sent;
    private uint _acknowledged;
    private long _sentAt;
    private bool _disposed;

    internal Viewer(Screen screen, TimeProvider time) => (_screen, _time, _began) = (screen, time, time.GetTimestamp());

    /// <summary>Frames sent that the viewer has not presented yet.</summary>
    public int Unacknowledged => (int)(_sent - Volatile.Read(ref _acknowledged));

    /// <summary>Whether the picture that it was sent is kept, to send differences to it.</summary>
    internal bool HoldsPicture
    {
        get
        {
            lock (_lock)
            {
                return _sentPicture is not null;
            }
        }
    }

    /// <summary>The messages for this viewer, one an item, until it is told Bye or <paramref name="stop"/>.</summary>
    public async IAsyncEnumerable<byte[]> ReadAsync([EnumeratorCancellation] CancellationToken stop)
    {
        while (true)
        {
            await WaitAsync(stop);
            var (size, cursor, pong, bye, frame) = Take();
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

            if (pong is { } token)
            {
                yield return Serialise(new Pong(token).Write);
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

            if (sequence > _acknowledged)
            {
                _line.Presented(sequence, Now);
                _acknowledged = sequence;
            }
        }

        Signal();
    }

    /// <summary>The next frame is complete.</summary>
    public void Refresh() => Damage(_screen.Read(picture => picture.Bounds), forget: true);

    /// <summary>Answers in the order of the stream; of several that wait the newest counts.</summary>
    public void Ping(uint token)
    {
        lock (_lock)
        {
            _pong = token;
        }

        Signal();
    }

    /// <summary>From the next frame on.</summary>
    public void Prefer(Quality quality)
    {
        lock (_lock)
        {
            _quality = quality;
        }
    }

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
            _dirty = default;
            Forget();
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
            Forget();
        }
    }

    private long Now => (long)_time.GetElapsedTime(_began).TotalMilliseconds;

    private bool MaySend => Unacknowledged < (_line.RoundTrip > FarMilliseconds ? MaxUnacknowledgedFar : MaxUnacknowledged);

    private void Damage(Rectangle area, bool forget)
    {
        lock (_lock)
        {
            _dirty = _dirty.Union(area);
            _complete |= forget;
            if (!MaySend && Now - _sentAt > SilenceMilliseconds)
            {
                Forget();
            }
        }

        Signal();
    }

    private void Forget()
    {
        _sentPicture?.Dispose();
        _sentPicture = null;
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

    /// <summary>Until something happened, or something is due to be made exact.</summary>
    private async Task WaitAsync(CancellationToken stop)
    {
        long? due;
        lock (_lock)
        {
            due = MaySend ? _sentPicture?.NextRefinement : null;
        }

        if (due is not { } at)
        {
            await _signal.WaitAsync(stop);
            return;
        }

        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var refine = Task.Delay(TimeSpan.FromMilliseconds(Math.Max(0, at - Now) + 1), _time, waiting.Token);
        var signalled = _signal.WaitAsync(waiting.Token);
        var first = await Task.WhenAny(refine, signalled);
        await waiting.CancelAsync();
        if (first != signalled)
        {
            // A signal that came at the same moment is heard all the same: what it was about is looked at now.
            await signalled.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }

        stop.ThrowIfCancellationRequested();
    }

    private ((int Width, int Height)? Size, Cursor? Cursor, uint? Pong, Bye? Bye, List<byte[]> Frame) Take()
    {
        // Order of locks: the screen's, then the viewer's, as when damage comes.
        return _screen.Read<((int, int)?, Cursor?, uint?, Bye?, List<byte[]>)?>(picture => TakeFrom(picture)) ?? TakeFrom(null);
    }

    private ((int Width, int Height)? Size, Cursor? Cursor, uint? Pong, Bye? Bye, List<byte[]> Frame) TakeFrom(Picture? picture)
    {
        lock (_lock)
        {
            var (size, cursor, pong, bye) = (_size, _cursor, _pong, _bye);
            (_size, _cursor, _pong) = (null, null, null);
            return (size, cursor, pong, bye, !_disposed && picture is not null && MaySend ? Compose(picture) : []);
        }
    }

    private List<byte[]> Compose(Picture picture)
    {
        var (now, budget) = (Now, _line.Rate * FrameMilliseconds);
        if (_sentPicture is { } sent)
        {
            sent.Quality = _quality;
        }

        List<byte[]> frame;
        if (!_dirty.IsEmpty && (_complete || _sentPicture?.Fits(picture) != true))
        {
            if (_sentPicture?.Fits(picture) != true)
            {
                Forget();
                _sentPicture = new SentPicture(picture.Width, picture.Height) { Quality = _quality };
            }

            frame = _sentPicture!.Complete(picture, _sent + 1, now, budget);
            _complete = false;
        }
        else
        {
            frame = _sentPicture?.Next(picture, _dirty, _sent + 1, now, budget) ?? [];
        }

        _dirty = default;
        if (frame.Count > 0)
        {
            _line.Sent(++_sent, frame.Sum(message => message.Length), now);
            _sentAt = now;
        }

        return frame;
    }

    private static byte[] Serialise(Action<IBufferWriter<byte>> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        write(buffer);
        return buffer.WrittenSpan.ToArray();
    }
}
