using Vdi.Emulator.Machines;
using Vdi.Protocol;
using Vdi.Protocol.Apps;
using Vdi.Protocol.Fleet;

namespace Vdi.Host.Apps;

/// <summary>Follows the application of one machine from when the machine is shown: its title, and how it ended. What is to be started there is started once,
/// however often it is said.</summary>
/// <param name="patience">From its start until it must have a window.</param>
internal sealed partial class MachineAppKeeper(IMachine machine, TimeSpan patience, TimeProvider time, ILogger log) : IAsyncDisposable
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);
    private readonly CancellationTokenSource _ending = new();
    private readonly Lock _lock = new();
    private readonly HashSet<Guid> _ran = [];
    private readonly Queue<AppRun> _toRun = [];
    private readonly SemaphoreSlim _run = new(0);
    private Task _running = Task.CompletedTask;
    private bool _isOpen;
    private long _began;

    /// <summary>The title of its window in front; empty before there is one.</summary>
    public string Title { get; private set; } = "";

    /// <summary>How it ended; null while it has not.</summary>
    public AppOver? Over { get; private set; }

    /// <summary>One of both changed.</summary>
    public required Action Changed { get; init; }

    public void Start()
    {
        _began = time.GetTimestamp();
        _running = Task.WhenAll(FollowAsync(_ending.Token), DemandWindowAsync(_ending.Token));
    }

    /// <summary>Starts something else there, in its place or beside it; what was said before is passed over.</summary>
    public void Run(AppRun run)
    {
        lock (_lock)
        {
            if (!_ran.Add(run.Id))
            {
                return;
            }

            _toRun.Enqueue(run);
            (Over, _isOpen, _began) = (null, false, time.GetTimestamp());
        }

        _run.Release();
        Changed();
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _run.Dispose();
    }

    private async Task FollowAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await using var line = await machine.OpenAppLineAsync(stop);
                using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
                var saying = SayAsync(line, over.Token);
                try
                {
                    await foreach (var message in line.ReadAsync(stop))
                    {
                        Hear(message);
                    }
                }
                finally
                {
                    await over.CancelAsync();
                    await saying.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
            }
            catch (Exception e) when (e is IOException or MachineException or ProtocolException && !stop.IsCancellationRequested)
            {
                LogBroke(machine.Id, e.Message);
            }

            await Task.Delay(Again, time, stop);
        }
    }

    /// <summary>Asks for all there is until the keeper answers, and again where it may have started anew with its desktop.</summary>
    private async Task SayAsync(AppLine line, CancellationToken stop)
    {
        await line.AskAsync(stop);
        while (true)
        {
            if (await _run.WaitAsync(IsOpen ? TimeSpan.FromSeconds(10) : TimeSpan.FromMilliseconds(500), stop))
            {
                AppRun run;
                lock (_lock)
                {
                    run = _toRun.Peek();
                }

                await line.RunAsync(run.App, run.Instead, stop);
                lock (_lock)
                {
                    _toRun.Dequeue();
                }
            }

            await line.AskAsync(stop);
        }
    }

    private bool IsOpen
    {
        get
        {
            lock (_lock)
            {
                return _isOpen;
            }
        }
    }

    private void Hear(AppMessage message)
    {
        lock (_lock)
        {
            if (_toRun.Count > 0)
            {
                // It is of what was there before.
                return;
            }

            switch (message)
            {
                case AppTitle title when title.Text != Title:
                    Title = title.Text;
                    break;
                case AppWindows { Count: > 0 } when !_isOpen || Over is not null:
                    (_isOpen, Over) = (true, null);
                    break;
                case AppEnded end when Over is null:
                    Over = end.IsWell ? new AppOver(AppOverKind.Closed, "it was closed") : new AppOver(AppOverKind.Failed, end.How, end.Output);
                    break;
                default:
                    return;
            }
        }

        Changed();
    }

    private async Task DemandWindowAsync(CancellationToken stop)
    {
        while (true)
        {
            await Task.Delay(Again, time, stop);
            lock (_lock)
            {
                if (_isOpen || Over is not null || time.GetElapsedTime(_began) < patience)
                {
                    continue;
                }

                Over = new AppOver(AppOverKind.NoWindow, $"it opened no window within {patience.TotalSeconds:0} s");
            }

            Changed();
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "The line to the application of machine {Machine} broke: {Why}")]
    private partial void LogBroke(Guid machine, string why);
}
