using System.Net.Sockets;
using Vdi.Protocol;
using Vdi.Protocol.DBus;
using Vdi.Protocol.UnixSockets;
using Vdi.Protocol.Wire;

namespace Vdi.Display.Sources;

/// <summary>A screen over QEMU's D-Bus display, peer to peer (QEMU, docs/interop/dbus-display): pixels from shared memory as soon as
/// they change, keys and pointer over the same connection. There are two connections, and QEMU is the server of both: ours for calls
/// to the console, and one that we hand over with RegisterListener, on which QEMU calls our listener.</summary>
public sealed class DBusSource : IDisplaySource
{
    private readonly TimeProvider _time;
    private readonly DBusLine _line;
    private readonly DBusCalls _calls;
    private readonly DBusInput _input;
    private readonly DBusMouse _mouse;
    private readonly SecondHead? _second;
    private readonly CancellationTokenSource _over = new();
    private volatile DBusListener? _listener;
    private volatile DBusListener? _secondListener;
    private (int Width, int Height) _wanted;
    private int _scanoutsBefore;

    /// <param name="second">The machine's second monitor, where it has one.</param>
    /// <param name="point">See <see cref="DisplayLine.Point"/>.</param>
    public DBusSource(Socket socket, TimeProvider time, SecondHead? second = null, Func<int, int, CancellationToken, Task>? point = null)
    {
        (_time, _line, _second) = (time, new DBusLine(socket, time), second);
        _mouse = new DBusMouse(
            () => _listener?.Size ?? default,
            () => SizeOfSecond,
            InputAsync,
            point is null ? null : (x, y, stop) => _input!.AddAsync(sending => point(x, y, sending), stop));
        _calls = new DBusCalls(_line, time) { Signalled = _mouse.Hear };
        _input = new DBusInput(_calls, time);
    }

    public async Task RunAsync(IDisplaySink sink, CancellationToken stop)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        await _line.GreetAsync(stop);
        await _line.AwaitWelcomeAsync(stop);
        Task[] all = [_calls.RunAsync(ending.Token), ListenFirstAsync(sink, ending.Token), _input.RunAsync(ending.Token)];
        var first = await Task.WhenAny(all);
        await ending.CancelAsync();

        // The sink hears nothing any more once this has returned.
        await Task.WhenAll(all).ContinueWith(_ => { }, TaskScheduler.Default);
        await first;
    }

    public ValueTask KeyAsync(bool down, int qnum, CancellationToken stop) =>
        InputAsync(Display1.Keyboard, down ? "Press" : "Release", "u", new DBusWriter().U32((uint)qnum), stop);

    public ValueTask PointerAsync(int x, int y, int buttons, CancellationToken stop) => _mouse.PointerAsync(x, y, buttons, stop);

    public ValueTask MotionAsync(int dx, int dy, int buttons, CancellationToken stop) => _mouse.MotionAsync(dx, dy, buttons, stop);

    public ValueTask WheelAsync(int dx, int dy, CancellationToken stop) => _mouse.WheelAsync(dx, dy, stop);

    public ValueTask SuggestSizeAsync(int width, int height, CancellationToken stop) => InputAsync(0, Display1.Console, "SetUIInfo", "qqiiuu", SizeOf(width, height), stop);

    internal ValueTask PointerOnSecondAsync(int x, int y, int buttons, CancellationToken stop) => _mouse.PointerAsync(x, y, buttons, stop, onSecond: true);

    /// <summary>The size that the second monitor shall have; 0 x 0 switches it off.</summary>
    internal ValueTask SizeSecondAsync(int width, int height, CancellationToken stop)
    {
        if (_wanted.Width == 0)
        {
            _scanoutsBefore = _secondListener?.Scanouts ?? 0;
        }

        _wanted = (width, height);
        return InputAsync(1, Display1.Console, "SetUIInfo", "qqiiuu", SizeOf(width, height), stop);
    }

    /// <summary>Feeds <paramref name="sink"/> with what the second monitor shows until <paramref name="stop"/>, or until this source has its line no more: pictures
    /// would come on.</summary>
    internal async Task ListenSecondAsync(IDisplaySink sink, CancellationToken stop)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop, _over.Token);
        try
        {
            await ListenAsync(1, sink, listener => _secondListener = listener, ending.Token);
        }
        catch (Exception e) when (_over.IsCancellationRequested && !stop.IsCancellationRequested && (e is OperationCanceledException or ProtocolException))
        {
            // Whoever listened goes on with the next source.
        }
    }

    public ValueTask DisposeAsync()
    {
        _input.Dispose();
        _calls.Dispose();
        _line.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>0 x 0 while the second monitor is off: QEMU then shows a picture of its own there, as large as the last one was. What comes once it is wanted,
    /// or is as large as wanted, is the guest's.</summary>
    private (int Width, int Height) SizeOfSecond =>
        _wanted.Width > 0 && _secondListener is { } listener && (listener.Scanouts != _scanoutsBefore || listener.Size == _wanted) ? listener.Size : default;

    private async Task ListenFirstAsync(IDisplaySink sink, CancellationToken stop)
    {
        try
        {
            await ListenAsync(0, sink, listener => _listener = listener, stop);
        }
        finally
        {
            _second?.Detach();
            await _over.CancelAsync();
        }
    }

    private async Task ListenAsync(int head, IDisplaySink sink, Action<DBusListener?> become, CancellationToken stop)
    {
        var (mine, theirs) = UnixSocket.Pair();
        using var line = new DBusLine(mine, _time);
        using (theirs)
        {
            // Said before QEMU asks, because its main loop, and so the guest's devices, wait for it.
            await line.GreetAsync(stop);
            await _calls.CallAsync(head, Display1.Console, "RegisterListener", "h", new DBusWriter().U32(0), theirs.SafeHandle, stop);
        }

        if (head == 0)
        {
            await _mouse.AskAsync(_calls, stop);
        }

        await line.AwaitWelcomeAsync(stop);
        using var listener = new DBusListener(line, sink, _time);
        try
        {
            become(listener);
            if (head == 0 && _second is not null)
            {
                await _second.AttachAsync(this, stop);
            }

            await listener.RunAsync(stop);
        }
        finally
        {
            become(null);
        }
    }

    private static DBusWriter SizeOf(int width, int height) => new DBusWriter().U16(0).U16(0).I32(0).I32(0).U32((uint)width).U32((uint)height);

    private ValueTask InputAsync(string @interface, string member, string signature, DBusWriter body, CancellationToken stop) => InputAsync(0, @interface, member, signature, body, stop);

    /// <summary>Dropped while there is no screen yet: the handshake must not be interrupted.</summary>
    private ValueTask InputAsync(int head, string @interface, string member, string signature, DBusWriter body, CancellationToken stop) =>
        _listener is null ? ValueTask.CompletedTask : _input.AddAsync(head, @interface, member, signature, body, stop);
}
