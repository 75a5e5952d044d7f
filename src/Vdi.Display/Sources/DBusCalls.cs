using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Vdi.Protocol;
using Vdi.Protocol.DBus;

namespace Vdi.Display.Sources;

/// <summary>Calls to QEMU's console over the connection that it serves. Every one has a deadline; one that is late ends the line.</summary>
internal sealed class DBusCalls(DBusLine line, TimeProvider time) : IDisposable
{
    /// <summary>Calls under way at most; the next one waits, as on a line that is full.</summary>
    private const int MaxUnderWay = 128;
    private readonly ConcurrentDictionary<uint, UnderWay> _underWay = new();
    private readonly SemaphoreSlim _room = new(MaxUnderWay, MaxUnderWay);
    private readonly CancellationTokenSource _closed = new();
    private readonly TaskCompletionSource _broken = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Hears each signal in its place among the answers; what it is given is valid for the call.</summary>
    public Action<DBusReceived>? Signalled { get; init; }

    /// <summary>Takes the answers until <paramref name="stop"/>; throws when the peer leaves, breaks its protocol or owes an answer.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var reading = ReadAsync(ending.Token);
        var first = await Task.WhenAny(reading, _broken.Task);
        await ending.CancelAsync();
        await reading.ContinueWith(_ => { }, TaskScheduler.Default);
        await first;
    }

    /// <summary>Sends a call; the answer is watched for, and not waited for. Calls arrive in order. A refusal is QEMU's to make: an
    /// absolute position before the guest has a driver for it, say.</summary>
    /// <param name="head">Whose console is called.</param>
    public async ValueTask SendAsync(string @interface, string member, string signature, DBusWriter body, CancellationToken stop, int head = 0) =>
        _ = WatchAsync(member, await BeginAsync(head, @interface, member, signature, body, null, null, stop));

    /// <summary>As <see cref="SendAsync"/>, and <paramref name="answered"/> gets the answer's body, unless it is a refusal.</summary>
    public async ValueTask AskAsync(string @interface, string member, string signature, DBusWriter body, Action<ReadOnlyMemory<byte>> answered, CancellationToken stop) =>
        _ = WatchAsync(member, await BeginAsync(0, @interface, member, signature, body, null, answered, stop));

    /// <summary>Makes a call to the console of a head and waits for its answer.</summary>
    public async Task CallAsync(int head, string @interface, string member, string signature, DBusWriter body, SafeHandle? descriptor, CancellationToken stop)
    {
        var answer = await BeginAsync(head, @interface, member, signature, body, descriptor, null, stop);
        await DBusLine.WithinAsync(time, DBusLine.MessageDeadline, $"no answer to {member}", async limit =>
        {
            if (await answer.WaitAsync(limit) is { } refusal)
            {
                throw new ProtocolException($"dbus: QEMU refused {member}: {refusal}");
            }
        }, stop);
    }

    /// <summary>Whoever waits for room finds the line closed.</summary>
    public void Dispose() => _closed.Cancel();

    /// <summary>A call whose answer is to come: null, or the name of the refusal.</summary>
    private readonly record struct UnderWay(TaskCompletionSource<string?> Answer, Action<ReadOnlyMemory<byte>>? Answered);

    private async Task<Task<string?>> BeginAsync(
        int head, string @interface, string member, string signature, DBusWriter body, SafeHandle? descriptor, Action<ReadOnlyMemory<byte>>? answered, CancellationToken stop)
    {
        try
        {
            using var waiting = CancellationTokenSource.CreateLinkedTokenSource(stop, _closed.Token);
            await _room.WaitAsync(waiting.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new ProtocolException("dbus: the line is closed");
        }

        var serial = line.NextSerial();
        var answer = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        _underWay[serial] = new UnderWay(answer, answered);
        await line.WriteAsync(DBusMessage.Call(serial, Display1.ConsolePath(head), @interface, member, signature, body.Written, descriptor is null ? 0u : 1u), descriptor, stop);
        return answer.Task;
    }

    private async Task WatchAsync(string member, Task<string?> answer)
    {
        try
        {
            if (await answer.WaitAsync(DBusLine.MessageDeadline, time, _closed.Token) is { } refusal && Display1.IsGone(refusal))
            {
                _broken.TrySetException(new ProtocolException($"dbus: QEMU serves this line no more: {member} was refused with {refusal}"));
            }
        }
        catch (TimeoutException)
        {
            _broken.TrySetException(new ProtocolException($"dbus: no answer to {member} within {DBusLine.MessageDeadline.TotalSeconds:0} s"));
        }
        catch (OperationCanceledException)
        {
            // The line is closed.
        }
    }

    private async Task ReadAsync(CancellationToken stop)
    {
        while (true)
        {
            var message = await line.ReadAsync(stop);
            message.Descriptor?.Dispose();
            if (message.Head.Type is not (DBusMessageType.MethodReturn or DBusMessageType.Error))
            {
                // QEMU calls nobody here.
                if (message.Head.Type == DBusMessageType.Signal)
                {
                    Signalled?.Invoke(message);
                }

                continue;
            }

            if (!_underWay.TryRemove(message.Fields.ReplySerial, out var call))
            {
                throw new ProtocolException("dbus: an answer to nothing");
            }

            _room.Release();
            if (message.Head.Type == DBusMessageType.Error)
            {
                call.Answer.TrySetResult(message.Fields.ErrorName ?? "no reason");
                continue;
            }

            call.Answered?.Invoke(message.Body);
            call.Answer.TrySetResult(null);
        }
    }
}
