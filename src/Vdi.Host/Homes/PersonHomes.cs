using System.Diagnostics;
using System.Runtime.CompilerServices;
using Vdi.Emulator.Homes;
using Vdi.Emulator.Machines;
using Vdi.Protocol.Fleet;

namespace Vdi.Host.Homes;

/// <summary>Brings people's own disks into their machines, and does with them what the broker asks.</summary>
internal sealed partial class PersonHomes(HomeStore? store, Action<FleetMessage> tell, ILogger log)
{
    private readonly ConditionalWeakTable<IMachine, Task<string?>> _brought = [];
    private readonly Lock _lock = new();

    /// <summary>Brings the home of who is admitted, once, and says what came of it each time; what failed is tried again.</summary>
    /// <param name="after">What must be done in the machine before.</param>
    public void Bring(IMachine machine, Admit admit, Task after, CancellationToken stop)
    {
        if (admit.Home is not { } home)
        {
            return;
        }

        lock (_lock)
        {
            if (!_brought.TryGetValue(machine, out var brought) || (brought.IsCompleted && Trouble(brought) is not null))
            {
                _brought.AddOrUpdate(machine, brought = BringAsync(machine, home, after, stop));
            }

            _ = TellAsync(admit, home, brought);
        }
    }

    /// <summary>Ends once the home is there, or could not be brought: then with the reason, for people. Null where there is none to bring, too.</summary>
    public Task<string?> OfAsync(IMachine machine)
    {
        lock (_lock)
        {
            return _brought.TryGetValue(machine, out var brought) ? brought : Task.FromResult<string?>(null);
        }
    }

    public async Task<HomeAnswer> AnswerAsync(AskHome ask, CancellationToken stop)
    {
        if (store is null)
        {
            return new HomeAnswer(ask.Ask, null, "This host has no place for people's files: its machines are none of QEMU's");
        }

        try
        {
            switch (ask.Verb)
            {
                case HomeVerb.Restore:
                    await store.RestoreAsync(ask.Home, ask.Ask, ask.Snapshot ?? throw new MachineException("No snapshot is named"), stop);
                    break;
                case HomeVerb.Delete:
                    await store.DeleteAsync(ask.Home, stop);
                    break;
            }

            return new HomeAnswer(ask.Ask, store.Look(ask.Home), null);
        }
        catch (Exception e) when (e is MachineException or IOException or UnauthorizedAccessException)
        {
            LogNotDone(e, ask.Verb, ask.Home);
            return new HomeAnswer(ask.Ask, null, e.Message);
        }
    }

    private async Task TellAsync(Admit admit, MachineHome home, Task<string?> brought)
    {
        var began = Stopwatch.GetTimestamp();
        var trouble = await brought;
        tell(new HomeReport(admit.Session, admit.Machine, home.Home, Stopwatch.GetElapsedTime(began).TotalMilliseconds, trouble));
    }

    private async Task<string?> BringAsync(IMachine machine, MachineHome home, Task after, CancellationToken stop)
    {
        try
        {
            await after;
            await machine.BringHomeAsync(home, stop);
            return null;
        }
        catch (Exception e) when (e is MachineException or IOException or UnauthorizedAccessException or OperationCanceledException)
        {
            LogNotBrought(e, home.Home, machine.Id);
            return e is OperationCanceledException ? "the machine is being ended" : e.Message;
        }
    }

    private static string? Trouble(Task<string?> brought) => brought.IsCompletedSuccessfully ? brought.Result : "failed";

    [LoggerMessage(Level = LogLevel.Error, Message = "Home {Home} could not be brought into machine {Machine}")]
    private partial void LogNotBrought(Exception cause, Guid home, Guid machine);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Verb} of home {Home} was not done")]
    private partial void LogNotDone(Exception cause, HomeVerb verb, Guid home);
}
