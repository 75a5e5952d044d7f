using Vdi.Display;
using Vdi.Display.Recording;
using Vdi.Display.Sources;
using Vdi.Emulator.Machines;
using Vdi.Protocol.Fleet;

namespace Vdi.Host.Machines;

/// <summary>One machine on this host from request to end: forks it or takes it up again, opens its screen, destroys it.
/// Its state only moves forward; every wait and every failure has a reason.</summary>
internal sealed partial class HostedMachine(Guid id, long epoch, TimeProvider time, ILogger log) : IAsyncDisposable
{
    private readonly CancellationTokenSource _ending = new();
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource<string> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _work = Task.CompletedTask;
    private Task _destroying = Task.CompletedTask;
    private ActualMachine _actual = new(id, epoch, MachineState.Requested, "waits for its turn to fork", null, null);

    public Guid Id => id;

    /// <summary>Called after every change of state.</summary>
    public Action? Changed { get; init; }

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
                return _actual.State == MachineState.Ready && Machine?.Trouble is { } trouble ? _actual with { Reason = trouble } : _actual;
            }
        }
    }

    public Screen? Screen { get; private set; }

    /// <summary>For recording <see cref="Screen"/>.</summary>
    public ScreenTap Tap { get; } = new();

    /// <summary>Completes with what became of the machine once it is of no more use here: "is being destroyed", say.</summary>
    public Task<string> Ended => _ended.Task;

    public IMachine? Machine { get; private set; }

    /// <summary>A command bore a newer epoch: from now on older ones are void.</summary>
    public void Raise(long epoch)
    {
        lock (_lock)
        {
            _actual = _actual with { Epoch = Math.Max(_actual.Epoch, epoch) };
        }
    }

    public void Start(IHypervisor hypervisor, DesiredMachine wanted, SemaphoreSlim turns, TimeSpan agentDeadline) =>
        _work = GuardAsync(stop => MakeAsync(hypervisor, wanted, turns, agentDeadline, stop));

    /// <summary>Takes up a machine that an earlier process made.</summary>
    public void Adopt(IMachine machine)
    {
        Machine = machine;
        Move(MachineState.Booting, "is taken up again");
        Show(machine);
    }

    /// <summary>Ends the machine whatever it is doing, and deletes what it wrote; when that fails, it can be tried again.</summary>
    public Task DestroyAsync()
    {
        lock (_lock)
        {
            return _destroying.IsCompleted ? _destroying = DestroyOnceAsync() : _destroying;
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
        if (Machine is { } machine)
        {
            try
            {
                await machine.DestroyAsync(CancellationToken.None);
            }
            catch (Exception e)
            {
                Move(MachineState.Recycling, $"could not be destroyed yet: {e.Message}");
                throw;
            }

            await machine.DisposeAsync();
        }

        Move(MachineState.Gone, "was destroyed");
    }

    private async ValueTask DisposeScreenAsync()
    {
        if (Screen is { } screen)
        {
            await screen.DisposeAsync();
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

    private async Task MakeAsync(IHypervisor hypervisor, DesiredMachine wanted, SemaphoreSlim turns, TimeSpan agentDeadline, CancellationToken stop)
    {
        await hypervisor.PrepareAsync(new(wanted.Image, wanted.Version), new Relay(step => Move(MachineState.Requested, $"waits for the template of '{wanted.Image}': {step}")), stop);
        while (!await TryForkAsync(hypervisor, wanted, turns, agentDeadline, stop))
        {
            await Task.Delay(TimeSpan.FromSeconds(1), time, stop);
        }
    }

    /// <summary>False where the host is short of something just now.</summary>
    private async Task<bool> TryForkAsync(IHypervisor hypervisor, DesiredMachine wanted, SemaphoreSlim turns, TimeSpan agentDeadline, CancellationToken stop)
    {
        await turns.WaitAsync(stop);
        try
        {
            Move(MachineState.Forking, "forks from the running template");
            var machine = Machine = await hypervisor.ForkAsync(new ForkRequest(id, wanted.Epoch, new(wanted.Image, wanted.Version), wanted.Network), stop);
            Move(MachineState.Booting, "is running");
            await machine.SettleAsync(new Relay(step => Move(MachineState.Booting, step)), agentDeadline, stop);
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

    private void Show(IMachine machine)
    {
        Screen = new Screen(async stop => Tap.Around(DisplaySources.Over(await machine.OpenDisplayAsync(stop), time)), time, log);
        _ = FailWhenAsync(machine.Failed, "");
        _ = FailWhenAsync(Screen.Failed, "Its screen broke: ");
        machine.YieldToOthers(true);
        lock (_lock)
        {
            _actual = _actual with { ForkMilliseconds = machine.Times.Running, AgentMilliseconds = machine.Times.Agent, Version = machine.ImageVersion };
        }

        Move(MachineState.Ready, "is ready");
        LogReady(id, machine.Handle, machine.Times.Running, machine.Times.Agent ?? 0);
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

    /// <summary>Progress on the caller's thread, so that an old step never overtakes a new state.</summary>
    private sealed class Relay(Action<string> report) : IProgress<string>
    {
        public void Report(string value) => report(value);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Machine {Machine} ({Handle}) is ready: running after {Fork:0} ms, agent after {Agent:0} ms")]
    private partial void LogReady(Guid machine, string handle, double fork, double agent);

    [LoggerMessage(Level = LogLevel.Error, Message = "Machine {Machine} failed: {Reason}")]
    private partial void LogFailed(Exception? cause, Guid machine, string reason);
}
