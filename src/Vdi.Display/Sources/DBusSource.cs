using System.Net.Sockets;
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
    private DBusListener? _listener;

    public DBusSource(Socket socket, TimeProvider time)
    {
        (_time, _line) = (time, new DBusLine(socket, time));
        _mouse = new DBusMouse(() => _listener?.Size ?? default, InputAsync);
        _calls = new DBusCalls(_line, time) { Signalled = _mouse.Hear };
        _input = new DBusInput(_calls, time);
    }

    public async Task RunAsync(IDisplaySink sink, CancellationToken stop)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        await _line.GreetAsync(stop);
        await _line.AwaitWelcomeAsync(stop);
        Task[] all = [_calls.RunAsync(ending.Token), ListenAsync(sink, ending.Token), _input.RunAsync(ending.Token)];
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

    public ValueTask SuggestSizeAsync(int width, int height, CancellationToken stop) =>
        InputAsync(Display1.Console, "SetUIInfo", "qqiiuu", new DBusWriter().U16(0).U16(0).I32(0).I32(0).U32((uint)width).U32((uint)height), stop);

    public ValueTask DisposeAsync()
    {
        _input.Dispose();
        _calls.Dispose();
        _line.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task ListenAsync(IDisplaySink sink, CancellationToken stop)
    {
        var (mine, theirs) = UnixSocket.Pair();
        using var line = new DBusLine(mine, _time);
        using (theirs)
        {
            // Said before QEMU asks, because its main loop, and so the guest's devices, wait for it.
            await line.GreetAsync(stop);
            await _calls.CallAsync(Display1.Console, "RegisterListener", "h", new DBusWriter().U32(0), theirs.SafeHandle, stop);
        }

        await _mouse.AskAsync(_calls, stop);

        await line.AwaitWelcomeAsync(stop);
        using var listener = new DBusListener(line, sink, _time);
        try
        {
            _listener = listener;
            await listener.RunAsync(stop);
        }
        finally
        {
            _listener = null;
        }
    }

    /// <summary>Dropped while there is no screen yet: the handshake must not be interrupted.</summary>
    private ValueTask InputAsync(string @interface, string member, string signature, DBusWriter body, CancellationToken stop) =>
        _listener is null ? ValueTask.CompletedTask : _input.AddAsync(@interface, member, signature, body, stop);
}
