using System.Buffers;
using System.Runtime.CompilerServices;
using Vdi.Display.Encoding.Video;
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

    /// <summary>Bytes of what was copied that go beside a frame.</summary>
    private const int CopiedPart = 32 * 1024;

    /// <summary>What a frame may keep the line busy for.</summary>
    private const double FrameMilliseconds = 100;

    private readonly Screen _screen;
    private readonly SemaphoreSlim _signal = new(0, 1);
    private readonly Lock _lock = new();
    private readonly LineMeter _line = new();
    private (int Width, int Height)? _size;
    private Cursor? _cursor;
    private Bye? _bye;
    private uint? _pong;
    private Notice? _notice;
    private ClipboardContent? _copied;
    private uint _copiedSent;
    private Quality _quality;

    /// <summary>Bytes a millisecond that it may be sent, and when what it was sent will have been within that.</summary>
    private double _limit = double.MaxValue;
    private double _paidAt;
    private Abilities _abilities;
    private uint _sent;
    private uint _acknowledged;
    private long _sentAt;
    private bool _disposed;

    internal Viewer(Screen screen) => _screen = screen;

    /// <summary>Frames sent that the viewer has not presented yet.</summary>
    public int Unacknowledged => (int)(_sent - Volatile.Read(ref _acknowledged));

    /// <summary>Whether the picture that it was sent is kept, to send differences to it.</summary>
    internal bool HoldsPicture => _screen.HoldsPictureFor(this);

    /// <summary>What it lacks of what its audience was sent; the screen's to change.</summary>
    internal Behind Behind { get; } = new();

    /// <summary>What its frames depend on.</summary>
    internal Wants Wants
    {
        get
        {
            lock (_lock)
            {
                return new Wants(_quality, _abilities.HasFlag(Abilities.H264) && VideoCodec.IsInstalled, _line.Band);
            }
        }
    }

    /// <summary>Milliseconds of the shortest round trip of late, from sending a frame to hearing that it was presented; 0 while nothing is known.</summary>
    public double RoundTrip => _line.RoundTrip;

    /// <summary>Bytes that its line takes in a tenth of a second.</summary>
    internal double Budget
    {
        get
        {
            lock (_lock)
            {
                return Math.Min(_line.Rate, _limit) * FrameMilliseconds;
            }
        }
    }

    /// <summary>Whether a frame may be on its way to it now. Asked by others' turns, too, while it acknowledges.</summary>
    internal bool MayTake
    {
        get
        {
            lock (_lock)
            {
                return !_disposed && _screen.Now >= _paidAt - FrameMilliseconds && Unacknowledged < (_line.RoundTrip > FarMilliseconds ? MaxUnacknowledgedFar : MaxUnacknowledged) && _line.HasRoom;
            }
        }
    }

    /// <summary>Whether it may take nothing, and has not for so many milliseconds.</summary>
    internal bool IsSilent(long now, long milliseconds)
    {
        lock (_lock)
        {
            return !MayTake && now - _sentAt > milliseconds;
        }
    }

    /// <summary>The messages for this viewer, one an item, until it is told Bye or <paramref name="stop"/>.</summary>
    public async IAsyncEnumerable<byte[]> ReadAsync([EnumeratorCancellation] CancellationToken stop)
    {
        while (true)
        {
            await WaitAsync(stop);
            var (size, cursor, pong, notice, bye, frame) = _screen.TurnOf(this);
            if (notice is not null)
            {
                yield return Serialise(notice.Write);
            }

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

            if (NextCopied() is { } piece)
            {
                yield return Serialise(to => piece.Write(to, (byte)ServerMessageType.Clipboard));
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
                _line.Presented(sequence, _screen.Now);
                _acknowledged = sequence;
            }
        }

        Signal();
    }

    /// <summary>The next frame is complete.</summary>
    public void Refresh() => _screen.Refresh(this);

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

    /// <summary>What its browser can do, from the next frame on.</summary>
    public void Able(Abilities abilities)
    {
        lock (_lock)
        {
            _abilities = abilities;
        }
    }

    /// <summary>What its line may be used for, in bytes a second; null for as much as it takes.</summary>
    public void Limit(double? bytesPerSecond)
    {
        lock (_lock)
        {
            _limit = bytesPerSecond / 1000 ?? double.MaxValue;
        }
    }

    /// <summary>Shows words over the desktop; of several that wait the newest counts.</summary>
    public void Say(Notice notice)
    {
        lock (_lock)
        {
            _notice = notice;
        }

        Signal();
    }

    /// <summary>Hands over what was copied, a part beside each frame; of several that wait the newest counts.</summary>
    public void Give(ClipboardContent copied)
    {
        lock (_lock)
        {
            (_copied, _copiedSent) = (copied, 0);
        }

        Signal();
    }

    public void Say(Bye bye)
    {
        lock (_lock)
        {
            _bye ??= bye;
        }

        Signal();
    }

    internal void Resized(int width, int height)
    {
        lock (_lock)
        {
            _size = (width, height);
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

    internal void Signal()
    {
        lock (_lock)
        {
            if (_signal.CurrentCount == 0)
            {
                _signal.Release();
            }
        }
    }

    /// <summary>What there is to say, given what the screen has for it.</summary>
    /// <param name="next">The next frame, and whether with it nothing is only near; asked for only when it may take one.</param>
    internal Turn Take(Func<(Frame Frame, bool Exact)>? next, long now)
    {
        lock (_lock)
        {
            var turn = new Turn(_size, _cursor, _pong, _notice, _bye, []);
            (_size, _cursor, _pong, _notice) = (null, null, null, null);
            if (next is null || !MayTake)
            {
                return turn;
            }

            var (frame, exact) = next();
            if (frame.IsEmpty)
            {
                return turn;
            }

            var messages = frame.Messages(++_sent, exact);
            var bytes = messages.Sum(message => message.Length);
            _line.Sent(_sent, bytes, now);
            _paidAt = Math.Max(_paidAt, now) + (bytes / _limit);
            _sentAt = now;
            return turn with { Frame = messages };
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
        }

        _screen.Leave(this);
    }

    /// <summary>Until something happened, or something is due to be made exact.</summary>
    private async Task WaitAsync(CancellationToken stop)
    {
        if (NextTurn() is not { } at)
        {
            await _signal.WaitAsync(stop);
            return;
        }

        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var refine = Task.Delay(TimeSpan.FromMilliseconds(Math.Max(0, at - _screen.Now) + 1), _screen.Time, waiting.Token);
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

    /// <summary>When there is something to do without anything happening: what waits for its limit, or is due to be made exact.</summary>
    private long? NextTurn() => _paidAt - FrameMilliseconds is var paid && paid > _screen.Now ? (long)paid + 1 : _screen.NextRefinementFor(this);

    /// <summary>The next part of what was copied; whoever is given one comes back for the next at once.</summary>
    private ClipboardPiece? NextCopied()
    {
        lock (_lock)
        {
            if (_copied is not { } copied)
            {
                return null;
            }

            var part = copied.Bytes[(int)_copiedSent..];
            part = part[..Math.Min(part.Length, CopiedPart)];
            var piece = new ClipboardPiece(copied.Kind, (uint)copied.Bytes.Length, _copiedSent, part);
            _copiedSent += (uint)part.Length;
            if (_copiedSent == copied.Bytes.Length)
            {
                (_copied, _copiedSent) = (null, 0);
            }
            else
            {
                Signal();
            }

            return piece;
        }
    }

    private static byte[] Serialise(Action<IBufferWriter<byte>> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        write(buffer);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>What is said at one time.</summary>
    internal readonly record struct Turn((int Width, int Height)? Size, Cursor? Cursor, uint? Pong, Notice? Notice, Bye? Bye, List<byte[]> Frame);
}
