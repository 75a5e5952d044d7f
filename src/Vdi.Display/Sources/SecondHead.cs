namespace Vdi.Display.Sources;

/// <summary>A machine's second monitor, which stands right of the first one, as a source of its own. All of it goes over the line of the first
/// one's source, because QEMU answers on one line only; it stays the same when that line is opened anew. It is off while no size is wanted of it.</summary>
public sealed class SecondHead : IDisplaySource
{
    private readonly Lock _lock = new();
    private TaskCompletionSource<DBusSource> _source = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool IsOn => Wanted.Width > 0;

    /// <summary>What was last asked for; 0 x 0 is off.</summary>
    internal (int Width, int Height) Wanted { get; private set; }

    public async Task RunAsync(IDisplaySink sink, CancellationToken stop)
    {
        while (true)
        {
            await (await Current().WaitAsync(stop)).ListenSecondAsync(sink, stop);
        }
    }

    public ValueTask KeyAsync(bool down, int qnum, CancellationToken stop) => Now?.KeyAsync(down, qnum, stop) ?? ValueTask.CompletedTask;

    public ValueTask PointerAsync(int x, int y, int buttons, CancellationToken stop) => Now?.PointerOnSecondAsync(x, y, buttons, stop) ?? ValueTask.CompletedTask;

    public ValueTask MotionAsync(int dx, int dy, int buttons, CancellationToken stop) => Now?.MotionAsync(dx, dy, buttons, stop) ?? ValueTask.CompletedTask;

    public ValueTask WheelAsync(int dx, int dy, CancellationToken stop) => Now?.WheelAsync(dx, dy, stop) ?? ValueTask.CompletedTask;

    public ValueTask SuggestSizeAsync(int width, int height, CancellationToken stop)
    {
        DBusSource? now;
        lock (_lock)
        {
            (Wanted, now) = ((width, height), Now);
        }

        return now?.SizeSecondAsync(width, height, stop) ?? ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>The first one's source has its line. A head that nobody wants any more, since an earlier process say, is switched off; one that never was on does
    /// not hear of it.</summary>
    internal ValueTask AttachAsync(DBusSource source, CancellationToken stop)
    {
        lock (_lock)
        {
            if (!_source.TrySetResult(source))
            {
                _source = new TaskCompletionSource<DBusSource>(TaskCreationOptions.RunContinuationsAsynchronously);
                _source.SetResult(source);
            }

            return source.SizeSecondAsync(Wanted.Width, Wanted.Height, stop);
        }
    }

    /// <summary>Its line is gone.</summary>
    internal void Detach()
    {
        lock (_lock)
        {
            _source = new TaskCompletionSource<DBusSource>(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    private DBusSource? Now => Current() is { IsCompletedSuccessfully: true } there ? there.Result : null;

    private Task<DBusSource> Current()
    {
        lock (_lock)
        {
            return _source.Task;
        }
    }
}
