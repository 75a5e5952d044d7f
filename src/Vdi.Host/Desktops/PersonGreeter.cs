using System.Runtime.CompilerServices;
using Vdi.Emulator.Machines;
using Vdi.Protocol.Fleet;

namespace Vdi.Host.Desktops;

/// <summary>Gives machines to people: once as long as they say the same, so that what somebody chose in their machine meanwhile stays.</summary>
internal sealed partial class PersonGreeter(ILogger log)
{
    private readonly ConditionalWeakTable<IMachine, PersonSettings> _given = [];
    private readonly Lock _lock = new();

    /// <summary>Nobody needs to wait for it before they see their desktop. Never fails.</summary>
    public Task GreetAsync(IMachine machine, PersonSettings person, CancellationToken stop)
    {
        lock (_lock)
        {
            if (_given.TryGetValue(machine, out var known) && known == person)
            {
                return Task.CompletedTask;
            }

            _given.AddOrUpdate(machine, person);
        }

        return GiveAsync(machine, person, stop);
    }

    private async Task GiveAsync(IMachine machine, PersonSettings person, CancellationToken stop)
    {
        try
        {
            await machine.GiveToAsync(person, stop);
        }
        catch (Exception e) when (e is MachineException or OperationCanceledException)
        {
            LogNotGiven(machine.Id, e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Machine {Machine} did not take its person's name, time zone or keyboard: {Why}")]
    private partial void LogNotGiven(Guid machine, string why);
}
