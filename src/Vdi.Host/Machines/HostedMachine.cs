using Vdi.Display;
using Vdi.Display.Recording;
using Vdi.Display.Sources;
using Vdi.Emulator;
using Vdi.Emulator.Machines;
using Vdi.Host.Apps;
using Vdi.Protocol.Fleet;

namespace Vdi.Host.Machines;

/// <summary>One machine on this host from request to end: forks it or takes it up again, opens its screen, suspends and wakes it, destroys it.
/// Every wait and every failure has a reason; what failed stays so.</summary>
internal sealed partial class HostedMachine(Guid id, long epoch, IHypervisor hypervisor, HostOptions options, SemaphoreSlim turns, TimeProvider time, ILogger log) : IShownMachine, IAsyncDisposable
{
    private readonly CancellationTokenSource _ending = new();
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource<string> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _work = Task.CompletedTask;
    private Task _destroying = Task.CompletedTask;
    private SecondHead? _second;
    private Screen? _secondScreen;
    private MachineAppKeeper? _app;
    private DateTimeOffset _notBefore;
    private ISuspendedMachine? _asleep;
    private ActualMachine _actual = new(id, epoch, MachineState.Requested, "waits for its turn to fork", null, null);

    public Guid Id => id;

    /// <summary>Called after every change of state.</summary>
    public Action? Changed { get; init; }

    /// <summary>Called before it is suspended: whoever looks at it is to be told.</summary>
    public Action? Closing { get; init; }

    /// <summary>Commands with an older one are refused.</summary>
    public long Epoch
    {
        get
        {
            lock (_lock)
            {
                return _actual.Epoch;
            }
        }
    }

    /// <summary>The machine as it is now.</summary>
    public ActualMachine Actual
    {
        get
        {
            lock (_lock)
            {
                return _actual.State == MachineState.Ready ? _actual with { Reason = Machine?.Trouble ?? _actual.Reason, AppOver = _app?.Over } : _actual;
            }
        }
    }

    public MachineState State => Actual.State;

    public Screen? Screen { get; private set; }

    public int Heads => Machine?.Heads ?? 1;

    /// <summary>For recording <see cref="Screen"/>.</summary>
    public ScreenTap Tap { get; } = new();

    /// <summary>The title of the application that it shows; empty for a desktop.</summary>
    public string AppTitle => _app?.Title ?? "";

    /// <summary>Called when that changed.</summary>
    public Action<string>? AppTitled { get; init; }

    /// <summary>Completes with what became of the machine once it is of no more use here: "is being destroyed", say.</summary>
    public Task<string> Ended => _ended.Task;

    public IMachine? Machine { get; private set; }

    /// <summary>The second one's is there from when somebody wants it: most people have one monitor.</summary>
    public Screen? ScreenOf(int head)
    {
        lock (_lock)
        {
            if (head == 0 || Screen is null || _second is not { } second)
            {
                return head == 0 ? Screen : null;
            }

            // One that gave up is begun anew.
            return _secondScreen is { Failed.IsCompleted: false } ? _secondScreen : _secondScreen = new Screen(_ => Task.FromResult<IDisplaySource>(second), time, log, wanted: (0, 0));
        }
    }

    /// <summary>A command bore a newer epoch: from now on older ones are void.</summary>
    public void Raise(long epoch)
    {
        lock (_lock)
        {
            _actual = _actual with { Epoch = Math.Max(_actual.Epoch, epoch) };
        }
    }

    public void Run(AppRun run) => _app?.Run(run);

    public void Start(DesiredMachine wanted) => _work = GuardAsync(stop => MakeAsync(wanted, stop));

    /// <summary>Begins to suspend or to wake it where that is wanted and it does nothing else; to be called with every pass.</summary>
    public void Heed(DesiredMachine wanted)
    {
        if (!_work.IsCompleted || _ending.IsCancellationRequested || Actual.State is not (MachineState.Ready or MachineState.Suspended or MachineState.Waking))
        {
            return;
        }

        if (wanted.Suspend && _asleep is not null && Actual.State == MachineState.Waking)
        {
            // It is wanted no more before it could be woken.
            Move(MachineState.Suspended, $"sleeps; last, it {Actual.Reason}");
        }

        if (wanted.Suspend == (_asleep is null) && (time.GetUtcNow() >= _notBefore || Actual.State == MachineState.Suspended))
        {
            _work = GuardAsync(wanted.Suspend ? SuspendAsync : stop => WakeAsync(wanted, stop));
        }
    }

    /// <summary>Takes up a machine that an earlier process made.</summary>
    public void Adopt(IMachine machine)
    {
        Machine = machine;
        Move(MachineState.Booting, "is taken up again");
        Show(machine);
    }

    /// <summary>Takes up a machine that sleeps since an earlier process.</summary>
    public void Adopt(ISuspendedMachine machine)
    {
        _asleep = machine;
        lock (_lock)
        {
            _actual = _actual with { Version = machine.ImageVersion };
        }

        Move(MachineState.Suspended, "sleeps");
    }

    /// <summary>Ends the machine whatever it is doing, and deletes what it wrote; when that fails, it can be tried again.</summary>
    public Task DestroyAsync()
    {
        lock (_lock)
        {
            // One that is gone is not destroyed again by who has not heard of it yet.
            return _destroying.IsCompleted && State != MachineState.Gone ? _destroying = DestroyOnceAsync() : _destroying;
        }
    }

    /// <summary>Lets go of the machine, which goes on without us.</summary>
    public async ValueTask DisposeAsync()
    {
        _ended.TrySetResult("runs on without this server");
        await _ending.CancelAsync();
        await _work;
        Task destroying;
        lock (_lock)
        {
            destroying = _destroying;
        }

        // One that is being destroyed is not taken away from whoever does it.
        await destroying.ContinueWith(_ => { }, TaskScheduler.Default);
        if (Actual.State == MachineState.Gone)
        {
            return;
        }

        await DisposeScreenAsync();
        if (Machine is { } machine)
        {
            await machine.DisposeAsync();
        }
    }

    private async Task DestroyOnceAsync()
    {
        Move(MachineState.Recycling, "is being destroyed");
        await _ending.CancelAsync();
        await _work;
        await DisposeScreenAsync();
        try
        {
            await (Machine?.DestroyAsync(CancellationToken.None) ?? _asleep?.DestroyAsync(CancellationToken.None) ?? Task.CompletedTask);
        }
        catch (Exception e)
        {
            Move(MachineState.Recycling, $"could not be destroyed yet: {e.Message}");
            throw;
        }

        if (Machine is { } machine)
        {
            await machine.DisposeAsync();
        }

        Move(MachineState.Gone, "was destroyed");
    }

    private async ValueTask DisposeScreenAsync()
    {
        Screen? second;
        lock (_lock)
        {
            (second, _secondScreen, _second) = (_secondScreen, null, null);
        }

        foreach (var screen in new[] { second, Screen }.OfType<Screen>())
        {
            await screen.DisposeAsync();
        }

        if (Interlocked.Exchange(ref _app, null) is { } app)
        {
            await app.DisposeAsync();
        }
    }

    private async Task GuardAsync(Func<CancellationToken, Task> work)
    {
        var stop = _ending.Token;
        try
        {
            await work(stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The machine is not wanted any more, or this process ends.
        }
        catch (Exception e)
        {
            Fail(e is MachineException ? e.Message : $"It could not be made: {e.Message}", e);
        }
    }

    private async Task MakeAsync(DesiredMachine wanted, CancellationToken stop)
    {
        await hypervisor.PrepareAsync(new(wanted.Image, wanted.Version), wanted.Size, wanted.App, new Relay<string>(step => Move(MachineState.Requested, $"waits for the template of '{wanted.Image}'{Words(wanted.Size)}: {step}")), stop);
        while (!await TryForkAsync(wanted, stop))
        {
            await Task.Delay(TimeSpan.FromSeconds(1), time, stop);
        }
    }

    /// <summary>False where the host is short of something just now.</summary>
    private async Task<bool> TryForkAsync(DesiredMachine wanted, CancellationToken stop)
    {
        await turns.WaitAsync(stop);
        try
        {
            Move(MachineState.Forking, "forks from the running template");
            var machine = Machine = await hypervisor.ForkAsync(new ForkRequest(id, wanted.Epoch, new(wanted.Image, wanted.Version), wanted.Network, wanted.Size, wanted.App), stop);
            Move(MachineState.Booting, "is running");
            await machine.SettleAsync(new Relay<string>(step => Move(MachineState.Booting, step)), options.AgentDeadline, stop);
            Show(machine);
            return true;
        }
        catch (ShortageException e)
        {
            Move(MachineState.Requested, $"waits: {e.Message}");
            return false;
        }
        finally
        {
            turns.Release();
        }
    }

    /// <summary>What fails leaves it ready as it was, and is tried again after a while.</summary>
    private async Task SuspendAsync(CancellationToken stop)
    {
        var machine = Machine!;
        Closing?.Invoke();
        Move(MachineState.Suspended, "is being suspended");
        if (_second is { IsOn: true } second)
        {
            // A guest that sleeps with two monitors wakes with two.
            await second.SuggestSizeAsync(0, 0, stop);
            await Task.Delay(options.MonitorLingers, time, stop);
        }

        await DisposeScreenAsync();
        Screen = null;
        try
        {
            _asleep = await machine.SuspendAsync(stop);
        }
        catch (Exception e) when (e is not OperationCanceledException && !machine.Failed.IsCompleted)
        {
            _notBefore = time.GetUtcNow() + (6 * options.WakeAgain);
            LogNotSuspended(e, id);
            Show(machine, $"could not be suspended: {e.Message}");
            return;
        }

        Machine = null;
        await machine.DisposeAsync();
        Move(MachineState.Suspended, "sleeps");
        LogSuspended(id, _asleep.Bytes >> 20);
    }

    /// <summary>What fails leaves it asleep, and is tried again as long as it is wanted.</summary>
    private async Task WakeAsync(DesiredMachine wanted, CancellationToken stop)
    {
        Move(MachineState.Waking, "wakes up");
        await turns.WaitAsync(stop);
        try
        {
            Machine = await _asleep!.WakeAsync(wanted.Network, stop);
            _asleep = null;
            await Machine.SettleAsync(new Relay<string>(step => Move(MachineState.Waking, step)), options.WakeDeadline, stop);
            Show(Machine, ActualMachine.WokenReason);
        }
        catch (ShortageException e)
        {
            _notBefore = time.GetUtcNow() + TimeSpan.FromSeconds(1);
            Move(MachineState.Waking, $"waits: {e.Message}");
        }
        catch (Exception e) when (e is not OperationCanceledException && _asleep is not null)
        {
            _notBefore = time.GetUtcNow() + options.WakeAgain;
            LogNotWoken(e, id);
            Move(MachineState.Waking, $"could not be woken, which is tried again: {e.Message}");
        }
        finally
        {
            turns.Release();
        }
    }

    private static string Words(MachineSize? size) => (size?.MemoryMiB, size?.Cpus) switch
    {
        (null, null) => "",
        ({ } memory, null) => $" with {memory} MiB",
        (null, { } cpus) => $" with {cpus} processors",
        var (memory, cpus) => $" with {memory} MiB and {cpus} processors",
    };

    private void Show(IMachine machine, string reason = ActualMachine.ReadyReason)
    {
        var second = machine.Heads > 1 ? new SecondHead() : null;
        var screen = new Screen(async stop => Tap.Around(DisplaySources.Over(await machine.OpenDisplayAsync(stop), time, second)), time, log);
        lock (_lock)
        {
            (Screen, _second) = (screen, second);
        }

        _ = FailWhenAsync(machine.Failed, "");
        _ = FailWhenAsync(screen.Failed, "Its screen broke: ");
        machine.YieldToOthers(true);
        lock (_lock)
        {
            _actual = _actual with { ForkMilliseconds = machine.Times.Running, AgentMilliseconds = machine.Times.Agent, Version = machine.ImageVersion };
        }

        FollowApp(machine);
        Move(MachineState.Ready, reason);
        LogReady(id, machine.Handle, machine.Times.Running, machine.Times.Agent ?? 0);
    }

    private void FollowApp(IMachine machine)
    {
        if (machine.App is null)
        {
            return;
        }

        var said = "";
        _app = new MachineAppKeeper(machine, options.AppDeadline, time, log)
        {
            Changed = () =>
            {
                if (AppTitle != said)
                {
                    AppTitled?.Invoke(said = AppTitle);
                }

                Changed?.Invoke();
            },
        };
        _app.Start();
    }

    private async Task FailWhenAsync(Task<string> failed, string what) => Fail(what + await failed, null);

    private void Fail(string reason, Exception? cause)
    {
        if (!_ending.IsCancellationRequested && Move(MachineState.Failed, reason))
        {
            LogFailed(cause, id, reason);
        }
    }

    private bool Move(MachineState state, string reason)
    {
        lock (_lock)
        {
            // Failed and Recycling are one-way streets towards Gone.
            if (_actual.State is MachineState.Gone || (_actual.State is MachineState.Failed or MachineState.Recycling && state is not (MachineState.Recycling or MachineState.Gone)))
            {
                return false;
            }

            _actual = _actual with { State = state, Reason = reason };
        }

        if (state is MachineState.Failed or MachineState.Recycling or MachineState.Gone)
        {
            _ended.TrySetResult(state == MachineState.Failed ? $"failed: {reason}" : reason);
        }

        Changed?.Invoke();
        return true;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Machine {Machine} ({Handle}) is ready: running after {Fork:0} ms, agent after {Agent:0} ms")]
    private partial void LogReady(Guid machine, string handle, double fork, double agent);

    [LoggerMessage(Level = LogLevel.Information, Message = "Machine {Machine} sleeps, in {Size} MiB")]
    private partial void LogSuspended(Guid machine, long size);

    [LoggerMessage(Level = LogLevel.Error, Message = "Machine {Machine} could not be suspended and runs on; it is tried again")]
    private partial void LogNotSuspended(Exception cause, Guid machine);

    [LoggerMessage(Level = LogLevel.Error, Message = "Machine {Machine} could not be woken and sleeps on; it is tried again while it is wanted")]
    private partial void LogNotWoken(Exception cause, Guid machine);

    [LoggerMessage(Level = LogLevel.Error, Message = "Machine {Machine} failed: {Reason}")]
    private partial void LogFailed(Exception? cause, Guid machine, string reason);
}
