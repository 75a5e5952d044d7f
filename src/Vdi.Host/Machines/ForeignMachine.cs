using System.Net;
using System.Net.Sockets;
using Vdi.Display.Sources;
using Vdi.Emulator.Machines;
using Vdi.Protocol;
using Vdi.Protocol.Fleet;
using Vdi.Protocol.UnixSockets;

namespace Vdi.Host.Machines;

/// <summary>Somebody else's screen, as a machine of this host: nothing of it is made or destroyed here. While it does not answer, that is its trouble, and
/// it is tried again until it does.</summary>
internal sealed class ForeignMachine(Guid id, long epoch, ScreenAddress at, HostOptions options, TimeProvider time) : IMachine
{
    /// <summary>A server that lets us not in is asked ever more seldom: many take who tries often for a thief, and shut the door.</summary>
    private static readonly TimeSpan LongestRetry = TimeSpan.FromMinutes(1);
    private readonly CancellationTokenSource _ending = new();
    private readonly TaskCompletionSource<string> _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private TaskCompletionSource _moved = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ScreenAddress _at = at;
    private Socket? _socket;

    public Guid Id => id;

    public long Epoch => epoch;

    public string? ImageVersion => null;

    public ForkTimes Times { get; } = new(0, 0, 0, 0);

    public string Handle => $"screen at {At}";

    public bool IsAlive => !_ending.IsCancellationRequested;

    /// <summary>Never: whatever happens there, it may come back.</summary>
    public Task<string> Failed => _failed.Task;

    public string? Trouble { get; private set; } = $"is being connected to at {at}";

    private ScreenAddress At => Now.At;

    /// <summary>Where it is, and what completes once it is elsewhere.</summary>
    private (ScreenAddress At, Task Moved) Now
    {
        get
        {
            lock (_lock)
            {
                return (_at, _moved.Task);
            }
        }
    }

    /// <summary>It is somewhere else now, or has another password.</summary>
    public void Move(ScreenAddress to)
    {
        Socket? old;
        lock (_lock)
        {
            if (_at == to)
            {
                return;
            }

            (_at, old, _socket) = (to, _socket, null);
            Trouble = $"is being connected to at {to}";
            _moved.TrySetResult();
            _moved = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        old?.Dispose();
    }

    public Task SettleAsync(IProgress<string>? progress, TimeSpan deadline, CancellationToken stop) => Task.CompletedTask;

    /// <summary>Waits until the screen answers and lets us in.</summary>
    public async Task<DisplayLine> OpenDisplayAsync(CancellationToken stop)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, _ending.Token);
        for (var (refusals, before) = (0, At); ;)
        {
            var (at, moved) = Now;
            (refusals, before) = (at == before ? refusals : 0, at);
            try
            {
                var socket = await EnterAsync(at, either.Token);
                lock (_lock)
                {
                    if (_at == at)
                    {
                        (_socket, Trouble) = (socket, null);
                        return new DisplayLine(DisplayProtocol.Rfb, socket, Entered: true);
                    }
                }

                socket.Dispose();
                continue;
            }
            catch (Exception e) when (e is SocketException or ProtocolException)
            {
                refusals = e is ProtocolException ? refusals + 1 : 0;
                lock (_lock)
                {
                    Trouble = _at == at ? Describe(at, e) : Trouble;
                }
            }

            var pause = options.ScreenRetry * Math.Pow(2, Math.Min(refusals, 10));
            await Task.WhenAny(Task.Delay(pause < LongestRetry ? pause : LongestRetry, time, either.Token), moved);
            either.Token.ThrowIfCancellationRequested();
        }
    }

    public void YieldToOthers(bool yield) { }

    public async Task DestroyAsync(CancellationToken stop) => await DisposeAsync();

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        lock (_lock)
        {
            _socket?.Dispose();
        }
    }

    private async Task<Socket> EnterAsync(ScreenAddress at, CancellationToken stop)
    {
        using var late = new CancellationTokenSource(options.ScreenDeadline, time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop, late.Token);
        Socket? socket = null;
        try
        {
            // What a name means is looked at here, once, and no other address is connected to.
            var addresses = IPAddress.TryParse(at.Address, out var given) ? [given] : await Dns.GetHostAddressesAsync(at.Address, limit.Token);
            if (!options.AllowLocalScreens && addresses.FirstOrDefault(LocalAddresses.Holds) is { } local)
            {
                throw new ProtocolException($"screen: {local} is this host itself or its own link");
            }

            socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(addresses, at.Port, limit.Token);
            await using var stream = new NetworkStream(socket, ownsSocket: false);
            await RfbEntry.EnterAsync(stream, at.Secret, limit.Token);
            return socket;
        }
        catch (Exception e)
        {
            socket?.Dispose();
            if (e is OperationCanceledException && !stop.IsCancellationRequested)
            {
                throw new SocketException((int)SocketError.TimedOut);
            }

            throw;
        }
    }

    private static string Describe(ScreenAddress at, Exception cause) => cause switch
    {
        ProtocolException => $"answers at {at}, but cannot be used: {cause.Message.Split(": ", 2)[^1]}",
        SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain } => $"does not answer at {at}: there is no such name",
        SocketException { SocketErrorCode: SocketError.ConnectionRefused } => $"does not answer at {at}: nothing listens there",
        SocketException { SocketErrorCode: SocketError.TimedOut } => $"does not answer at {at} in time",
        _ => $"does not answer at {at}: {cause.Message}",
    };
}
