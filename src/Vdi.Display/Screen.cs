using Microsoft.Extensions.Logging;
using Vdi.Display.Framebuffer;
using Vdi.Display.Sources;
using Vdi.Display.Viewers;
using Vdi.Protocol;
using Vdi.Protocol.Wire;

namespace Vdi.Display;

/// <summary>One live screen: its source, its newest picture, and whoever looks at it. A source that breaks is opened again with
/// the last picture kept; when that fails too often the screen fails with a reason.</summary>
public sealed partial class Screen : IDisplaySink, IAsyncDisposable
{
    private const int MaxFailures = 5;
    private readonly Func<CancellationToken, Task<IDisplaySource>> _open;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stopping = new();
    private readonly long _began;
    private readonly Lock _lock = new();
    private readonly Audiences _audiences = new();
    private readonly TaskCompletionSource<string> _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _running;
    private IDisplaySource? _source;
    private Picture? _picture;
    private Cursor _cursor = Cursor.Hidden;
    private Rectangle _pending;
    private bool _painted;
    private (int Width, int Height)? _wanted;
    private bool _told;

    /// <param name="wanted">The size that it shall have, where that was said already; 0 x 0 is off.</param>
    public Screen(Func<CancellationToken, Task<IDisplaySource>> open, TimeProvider time, ILogger log, (int Width, int Height)? wanted = null)
    {
        (_open, _time, _log, _began, _wanted) = (open, time, log, time.GetTimestamp(), wanted);
        _running = RunAsync(_stopping.Token);
    }

    /// <summary>Completes with the reason once the source cannot be had any more.</summary>
    public Task<string> Failed => _failed.Task;

    public (int Width, int Height) Size
    {
        get
        {
            lock (_lock)
            {
                return (_picture?.Width ?? 0, _picture?.Height ?? 0);
            }
        }
    }

    internal TimeProvider Time => _time;

    /// <summary>Milliseconds since the screen is there.</summary>
    internal long Now => (long)_time.GetElapsedTime(_began).TotalMilliseconds;

    /// <summary>A new viewer, at once due a complete frame.</summary>
    public Viewer Join()
    {
        var viewer = new Viewer(this);
        lock (_lock)
        {
            _audiences.Add(viewer);
            if (_picture is { } picture && _painted)
            {
                viewer.Resized(picture.Width, picture.Height);
                viewer.CursorChanged(_cursor);
            }
        }

        return viewer;
    }

    internal void Leave(Viewer viewer)
    {
        lock (_lock)
        {
            _audiences.Remove(viewer);
        }
    }

    /// <summary>The viewer's next frame is complete.</summary>
    internal void Refresh(Viewer viewer)
    {
        lock (_lock)
        {
            viewer.Behind.LoseAll();
        }

        viewer.Signal();
    }

    /// <summary>What is to be said to the viewer now.</summary>
    internal Viewer.Turn TurnOf(Viewer viewer)
    {
        // Order of locks: the screen's, then the viewer's.
        lock (_lock)
        {
            return viewer.Take(_picture is { } picture && _painted ? () => _audiences.Next(viewer, picture, Now) : null, Now);
        }
    }

    /// <summary>When something is due to be made exact for a viewer that may take it; null where nothing is.</summary>
    internal long? NextRefinementFor(Viewer viewer)
    {
        lock (_lock)
        {
            return viewer.MayTake ? _audiences.Of(viewer)?.NextRefinement : null;
        }
    }

    internal bool HoldsPictureFor(Viewer viewer)
    {
        lock (_lock)
        {
            return _audiences.Of(viewer)?.HoldsPicture == true;
        }
    }

    /// <summary>Runs <paramref name="read"/> on the newest picture while nothing writes to it; default where there is none.</summary>
    internal T? Read<T>(Func<Picture, T> read)
    {
        lock (_lock)
        {
            return _picture is { } picture ? read(picture) : default;
        }
    }

    /// <summary>Carries out one input message; silently dropped while the source is away.</summary>
    public async ValueTask InputAsync(ClientMessage message, CancellationToken stop)
    {
        if (_source is not { } source)
        {
            return;
        }

        Follow(message);
        try
        {
            switch (message.Type)
            {
                case ClientMessageType.Key:
                    await source.KeyAsync(message.A == 1, message.B, stop);
                    break;
                case ClientMessageType.Pointer:
                    await source.PointerAsync(message.A, message.B, message.C, stop);
                    break;
                case ClientMessageType.PointerMotion:
                    await source.MotionAsync(message.A, message.B, message.C, stop);
                    break;
                case ClientMessageType.Wheel:
                    await source.WheelAsync(message.A, message.B, stop);
                    break;
            }
        }
        catch (Exception e) when (e is ProtocolException or ObjectDisposedException)
        {
            LogInputLost(e);
        }
    }

    /// <summary>Asks the guest for a screen of this size, in pixels, and the next one, should the source come back with another. Who asks last
    /// decides.</summary>
    public async ValueTask SuggestSizeAsync(int width, int height, CancellationToken stop)
    {
        lock (_lock)
        {
            var isSo = _wanted is null && _picture?.Width == width && _picture.Height == height;
            (_wanted, _told) = ((width, height), true);
            if (isSo)
            {
                // To be told what it is makes a guest look for monitors all the same.
                return;
            }
        }

        if (_source is not { } source)
        {
            return;
        }

        try
        {
            await source.SuggestSizeAsync(width, height, stop);
        }
        catch (Exception e) when (e is ProtocolException or ObjectDisposedException)
        {
            LogInputLost(e);
        }
    }

    /// <summary>What the person does says where the person looks.</summary>
    private void Follow(ClientMessage message)
    {
        lock (_lock)
        {
            if (message.Type == ClientMessageType.Pointer)
            {
                _audiences.Focus.Pointed(message.A, message.B);
            }
            else if (message.Type == ClientMessageType.Key)
            {
                _audiences.Focus.Typed(Now);
            }
        }
    }

    void IDisplaySink.Resize(int width, int height)
    {
        lock (_lock)
        {
            if (_picture?.Width != width || _picture.Height != height)
            {
                _picture = new Picture(width, height);
                _painted = false;
            }

            _pending = default;
            if (!_told && _wanted is { } wanted && wanted != (width, height))
            {
                // Another source: nobody told it.
                _ = SuggestSizeAsync(wanted.Width, wanted.Height, _stopping.Token).AsTask().ContinueWith(_ => { }, TaskScheduler.Default);
            }
        }
    }

    void IDisplaySink.Update(Rectangle area, ReadOnlySpan<byte> pixels, int stride)
    {
        lock (_lock)
        {
            _picture!.Write(area, pixels, stride);
            _pending = _pending.Union(area);
        }
    }

    void IDisplaySink.Flush()
    {
        lock (_lock)
        {
            if (_pending.IsEmpty)
            {
                return;
            }

            var (first, damage) = (!_painted, _pending);
            (_painted, _pending) = (true, default);
            if (first)
            {
                _audiences.Forget();
                foreach (var viewer in _audiences.Viewers)
                {
                    viewer.Resized(_picture!.Width, _picture.Height);
                    viewer.CursorChanged(_cursor);
                }
            }
            else
            {
                _audiences.Damaged(damage, Now);
            }
        }
    }

    void IDisplaySink.SetCursor(Cursor cursor)
    {
        lock (_lock)
        {
            _cursor = cursor;
            foreach (var viewer in _audiences.Viewers)
            {
                viewer.CursorChanged(cursor);
            }
        }
    }

    /// <summary>May be called again: whoever could not end a machine tries again with its screen ended already.</summary>
    public async ValueTask DisposeAsync()
    {
        // Not disposed: it has no timer, and a second call must find it.
        await _stopping.CancelAsync();
        await _running;
    }

    private async Task RunAsync(CancellationToken stop)
    {
        for (var failures = 0; ;)
        {
            var began = _time.GetTimestamp();
            try
            {
                await using var source = await _open(stop);
                lock (_lock)
                {
                    _told = false;
                }

                _source = source;
                await source.RunAsync(this, stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                failures = _time.GetElapsedTime(began) > TimeSpan.FromSeconds(30) ? 1 : failures + 1;
                LogSourceBroke(e, failures);
                if (failures >= MaxFailures)
                {
                    _failed.TrySetResult(e.Message);
                    return;
                }
            }
            finally
            {
                _source = null;
            }

            try
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100 * (1 << failures)), _time, stop);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The display source broke, failure {Failures} in a row")]
    private partial void LogSourceBroke(Exception cause, int failures);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Input was lost because the display source went away")]
    private partial void LogInputLost(Exception cause);
}
