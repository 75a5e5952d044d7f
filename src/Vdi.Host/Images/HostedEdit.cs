using Vdi.Display;
using Vdi.Display.Sources;
using Vdi.Emulator.Editing;
using Vdi.Emulator.Machines;
using Vdi.Host.Machines;
using Vdi.Protocol.Fleet;

namespace Vdi.Host.Images;

/// <summary>One editing machine on this host: made, switched on, shown, and kept when it is switched off. Its screen stays the same one when it goes back
/// to a checkpoint, so whoever looks at it goes on looking.</summary>
internal sealed partial class HostedEdit(Guid id, long epoch, TimeProvider time, ILogger log) : IShownMachine, IAsyncDisposable
{
    private static readonly TimeSpan Measure = TimeSpan.FromSeconds(10);
    private readonly CancellationTokenSource _ending = new();
    private readonly Lock _lock = new();
    private MachineState _state = MachineState.Requested;
    private string _reason = "is about to be made";
    private long _epoch = epoch;
    private long _bytes;
    private DateTimeOffset _measured;
    private Task _work = Task.CompletedTask;

    public Guid Id => id;

    /// <summary>Called after every change of state.</summary>
    public Action? Changed { get; init; }

    /// <summary>Called when it was switched off: whoever looks at it is to be told.</summary>
    public Action? Off { get; init; }

    public EditMachine? Edit { get; private set; }

    public IMachine? Machine => Edit?.Running;

    public Screen? Screen { get; private set; }

    public MachineState State
    {
        get
        {
            lock (_lock)
            {
                return _state;
            }
        }
    }

    public long Epoch => Interlocked.Read(ref _epoch);

    public void Raise(long epoch) => Interlocked.Exchange(ref _epoch, Math.Max(Epoch, epoch));

    /// <summary>As it is now; the image's name is that of the wish until it is made.</summary>
    public ActualEdit Describe(DesiredEdit? wanted)
    {
        var record = Edit?.Record;
        lock (_lock)
        {
            if (time.GetUtcNow() - _measured > Measure)
            {
                (_bytes, _measured) = (Edit?.Bytes ?? 0, time.GetUtcNow());
            }

            return new ActualEdit(
                id,
                Epoch,
                _state,
                _state == MachineState.Ready && Machine?.Trouble is { } trouble ? trouble : _reason,
                record?.Image ?? wanted?.Image ?? "",
                record?.Version ?? wanted?.Version,
                [.. (record?.Checkpoints ?? []).Select(saved => new EditCheckpoint(saved.Id, saved.Name, saved.Taken, saved.Bytes, saved.After))],
                record?.At,
                _bytes);
        }
    }

    /// <summary>Makes it and switches it on.</summary>
    public void Make(EditStore store, DesiredEdit wanted) => _work = GuardAsync(async stop =>
    {
        Take(await store.CreateAsync(wanted, stop));
        await SwitchOnAsync(stop);
    });

    /// <summary>Takes up one that an earlier process left.</summary>
    public void Adopt(EditMachine edit)
    {
        Take(edit);
        if (edit.Running is not null)
        {
            Show();
        }
        else
        {
            Move(MachineState.Stopped, "is switched off");
        }
    }

    /// <summary>Switches it on; returns when its firmware runs.</summary>
    public async Task SwitchOnAsync(CancellationToken stop)
    {
        Move(MachineState.Booting, "is switched on");
        while (true)
        {
            try
            {
                await Edit!.StartAsync(stop);
                if (Screen is { Failed.IsCompleted: true })
                {
                    // It ran all the time, and only its screen was given up.
                    Show();
                }

                return;
            }
            catch (ShortageException e)
            {
                Move(MachineState.Booting, $"waits: {e.Message}");
                await Task.Delay(TimeSpan.FromSeconds(2), time, stop);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                Move(MachineState.Stopped, $"could not be switched on: {e.Message}");
                throw;
            }
        }
    }

    /// <summary>While something is done that it does not survive running, such as going back.</summary>
    public void Say(string reason)
    {
        lock (_lock)
        {
            _reason = reason;
        }

        Changed?.Invoke();
    }

    /// <summary>What it does now: a step that failed may have left it off.</summary>
    public void Look()
    {
        if (Edit?.Running is { IsAlive: true })
        {
            Move(MachineState.Ready, ActualMachine.ReadyReason);
        }
        else
        {
            Move(MachineState.Stopped, "is switched off");
            Off?.Invoke();
        }
    }

    /// <summary>Ends it and deletes all of it.</summary>
    public async Task DiscardAsync()
    {
        Move(MachineState.Recycling, "is being deleted");
        await EndAsync();
        if (Edit is { } edit)
        {
            await edit.DiscardAsync(CancellationToken.None);
            await edit.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        if (Edit is { } edit)
        {
            await edit.DisposeAsync();
        }
    }

    private async Task EndAsync()
    {
        await _ending.CancelAsync();
        await _work;
        if (Screen is { } screen)
        {
            await screen.DisposeAsync();
        }
    }

    private void Take(EditMachine edit)
    {
        Edit = edit;
        edit.Started = Show;
    }

    private void Show()
    {
        var running = Edit!.Running!;
        if (Screen is null or { Failed.IsCompleted: true })
        {
            // One that found no display too often in a row gives up.
            Screen = new Screen(OpenAsync, time, log);
            _ = WatchAsync(Screen);
        }

        _ = WatchAsync(running);

        // A boot menu that nobody looks at keeps a processor busy; whoever looks is given way to. At one that goes on from a checkpoint somebody looks already.
        running.YieldToOthers(State != MachineState.Ready);
        Move(MachineState.Ready, ActualMachine.ReadyReason);
    }

    /// <summary>The display of whichever QEMU it has; one that is switched off is waited for.</summary>
    private async Task<IDisplaySource> OpenAsync(CancellationToken stop)
    {
        while (true)
        {
            if (Edit?.Running is { IsAlive: true } machine)
            {
                return new EditedDisplay(DisplaySources.Over(await machine.OpenDisplayAsync(stop), time), machine, time);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), time, stop);
        }
    }

    private async Task WatchAsync(Screen screen)
    {
        var reason = await screen.Failed;
        if (!_ending.IsCancellationRequested && Screen == screen && Machine is { IsAlive: true })
        {
            Move(MachineState.Stopped, $"Its screen broke: {reason}. Switch it on to see it again; what was done in it is kept");
            Off?.Invoke();
        }
    }

    private async Task WatchAsync(IMachine machine)
    {
        var reason = await machine.Failed;
        if (!_ending.IsCancellationRequested && Edit?.Running == machine)
        {
            Move(MachineState.Stopped, machine.IsAlive ? $"does not go on: {reason}" : "is switched off");
            Off?.Invoke();
        }
    }

    private async Task GuardAsync(Func<CancellationToken, Task> work)
    {
        try
        {
            await work(_ending.Token);
        }
        catch (OperationCanceledException) when (_ending.IsCancellationRequested)
        {
            // It is not wanted any more, or this process ends.
        }
        catch (Exception e)
        {
            LogFailed(e, id);
            if (Edit is null)
            {
                Move(MachineState.Failed, e is MachineException ? e.Message : $"It could not be made: {e.Message}");
            }
        }
    }

    private void Move(MachineState state, string reason)
    {
        lock (_lock)
        {
            if (_state == MachineState.Recycling && state != MachineState.Recycling)
            {
                return;
            }

            (_state, _reason) = (state, reason);
        }

        Changed?.Invoke();
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The editing machine {Edit} could not be made or switched on")]
    private partial void LogFailed(Exception cause, Guid edit);
}
