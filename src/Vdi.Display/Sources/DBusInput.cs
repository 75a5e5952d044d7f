using System.Threading.Channels;
using Vdi.Protocol;
using Vdi.Protocol.DBus;

namespace Vdi.Display.Sources;

/// <summary>Input on its way to the guest: one queue, so that nothing overtakes anything.</summary>
internal sealed class DBusInput(DBusCalls calls, TimeProvider time) : IDisposable
{
    /// <summary>As many as QEMU itself would queue (ui/input.c); the next one waits.</summary>
    private const int MaxWaiting = 1024;

    /// <summary>Between one key's going up or down and the next. The guest's virtio keyboard has room for 32 of them (64 entries, two
    /// each), and QEMU drops what comes when it is full, the going up of a key as well. QEMU's VNC server waits as long (key-delay-ms); see
    /// docs/adr/0008-d-bus-display.md.</summary>
    private static readonly TimeSpan KeyGap = TimeSpan.FromMilliseconds(10);

    /// <summary>And between them in the long run, which is faster than people type: a guest may be away for 0.7 s and lose nothing.</summary>
    private static readonly TimeSpan KeyCost = TimeSpan.FromMilliseconds(30);

    /// <summary>How far a burst may run ahead of that.</summary>
    private static readonly TimeSpan Allowance = KeyCost * 7;
    private readonly Channel<Input> _waiting = Channel.CreateBounded<Input>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true });
    private long? _lastKey;
    private TimeSpan _ahead;

    /// <summary>Queues a call to the console of a head. The first key after a pause goes at once.</summary>
    public ValueTask AddAsync(int head, string @interface, string member, string signature, DBusWriter body, CancellationToken stop) =>
        AddAsync(new Input(sending => calls.SendAsync(@interface, member, signature, body, sending, head), @interface == Display1.Keyboard), stop);

    /// <summary>Queues what goes another way.</summary>
    public ValueTask AddAsync(Func<CancellationToken, Task> send, CancellationToken stop) => AddAsync(new Input(sending => new ValueTask(send(sending)), IsKey: false), stop);

    /// <summary>Sends what is queued until <paramref name="stop"/>.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        await foreach (var input in _waiting.Reader.ReadAllAsync(stop))
        {
            if (input.IsKey)
            {
                await KeepDistanceAsync(stop);
            }

            await input.Send(stop);
        }

        throw new ProtocolException("dbus: the line is closed");
    }

    /// <summary>Whoever waits for room finds the line closed.</summary>
    public void Dispose() => _waiting.Writer.TryComplete();

    private async ValueTask AddAsync(Input input, CancellationToken stop)
    {
        try
        {
            await _waiting.Writer.WriteAsync(input, stop);
        }
        catch (ChannelClosedException e)
        {
            throw new ProtocolException("dbus: the line is closed", e);
        }
    }

    private async ValueTask KeepDistanceAsync(CancellationToken stop)
    {
        if (_lastKey is { } last)
        {
            var elapsed = time.GetElapsedTime(last);
            var wait = TimeSpan.FromTicks(Math.Max((KeyGap - elapsed).Ticks, (_ahead - elapsed - Allowance).Ticks));
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, time, stop);
            }

            _ahead -= time.GetElapsedTime(last);
        }

        _ahead = (_ahead > TimeSpan.Zero ? _ahead : TimeSpan.Zero) + KeyCost;
        _lastKey = time.GetTimestamp();
    }

    private readonly record struct Input(Func<CancellationToken, ValueTask> Send, bool IsKey);
}
