using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Vdi.Protocol.Qmp;
using Vdi.Protocol.UnixSockets;

namespace Vdi.Emulator.Machines;

/// <summary>Commands and replies as JSON lines over a unix socket: QEMU's monitor and the guest agent both speak so.
/// Replies are matched in order; a command has a deadline; garbage or the end of the line fails everything that waits.</summary>
public abstract class LineClient : IAsyncDisposable
{
    private readonly Socket _socket;
    private readonly NetworkStream _stream;
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly ConcurrentDictionary<long, TaskCompletionSource<JsonElement>> _waiting = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly TaskCompletionSource<Exception> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _reading = Task.CompletedTask;

    /// <summary>Begins anywhere, so that an answer to a question of an earlier process is never taken for one to ours.</summary>
    private long _lastId = Random.Shared.NextInt64(1L << 40);
    private int _disposed;

    protected LineClient(Socket socket)
    {
        _socket = socket;
        _stream = new NetworkStream(socket, ownsSocket: false);
    }

    /// <summary>Completes with the reason once the line is of no more use.</summary>
    public Task<Exception> Closed => _closed.Task;

    protected abstract string PeerName { get; }

    /// <summary>Longest line that the peer may say, in bytes.</summary>
    protected virtual int MaxLine => QmpMessage.MaxLine;

    internal Socket Socket => _socket;

    /// <summary>Runs a command; throws <see cref="MachineException"/> with the peer's words when it refuses or is silent.</summary>
    public Task<JsonElement> CallAsync(string command, JsonObject? arguments, TimeSpan deadline, CancellationToken stop) =>
        CallAsync(command, arguments, descriptor: null, deadline, stop);

    internal async Task<JsonElement> CallAsync(string command, JsonObject? arguments, SafeHandle? descriptor, TimeSpan deadline, CancellationToken stop)
    {
        var id = Interlocked.Increment(ref _lastId);
        var waiter = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting[id] = waiter;
        try
        {
            if (_closed.Task.IsCompletedSuccessfully)
            {
                throw new MachineException($"{PeerName} is closed: {_closed.Task.Result.Message}");
            }

            using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
            limit.CancelAfter(deadline);
            var bytes = QmpMessage.Command(command, arguments, id);
            await _writing.WaitAsync(limit.Token);
            try
            {
                if (descriptor is null)
                {
                    await _stream.WriteAsync(bytes, limit.Token);
                }
                else
                {
                    UnixSocket.SendWithDescriptor(_socket, bytes, descriptor);
                }
            }
            finally
            {
                _writing.Release();
            }

            return await waiter.Task.WaitAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new MachineException($"{PeerName} did not answer '{command}' within {deadline.TotalSeconds:0.#} s");
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            throw new MachineException($"{PeerName} went away during '{command}'", e);
        }
        finally
        {
            _waiting.TryRemove(id, out _);
        }
    }

    protected void StartReading() => _reading = ReadAsync();

    protected virtual void OnOther(QmpMessage message) { }

    private async Task ReadAsync()
    {
        Exception reason;
        var reader = new LineReader(_stream, MaxLine, PeerName);
        try
        {
            while (await reader.ReadAsync(_closing.Token) is { } line)
            {
                Dispatch(line.Span);
            }

            reason = new MachineException($"{PeerName} closed the line");
        }
        catch (Exception e)
        {
            reason = e;
        }

        _closed.TrySetResult(reason);
        foreach (var waiter in _waiting.Values)
        {
            waiter.TrySetException(new MachineException($"{PeerName} failed: {reason.Message}", reason));
        }
    }

    private void Dispatch(ReadOnlySpan<byte> line)
    {
        line = line[(line.LastIndexOf((byte)0xFF) + 1)..].Trim((byte)'\r');
        if (line.IsEmpty)
        {
            return;
        }

        var message = QmpMessage.Read(line);
        if (message.Kind is QmpMessageKind.Return or QmpMessageKind.Error && message.Id is { } id)
        {
            if (_waiting.TryGetValue(id, out var waiter))
            {
                if (message.Kind == QmpMessageKind.Return)
                {
                    waiter.TrySetResult(message.Data);
                }
                else
                {
                    waiter.TrySetException(new MachineException($"{PeerName}: {PeerText.Head(message.Text ?? "refused")}"));
                }
            }
        }
        else
        {
            OnOther(message);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _closing.CancelAsync();
        _socket.Dispose();
        await _reading;
        await _stream.DisposeAsync();
        _closing.Dispose();
        GC.SuppressFinalize(this);
    }
}
