using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Vdi.Broker.Data;
using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Machines;

/// <summary>Machines that nobody had.</summary>
internal static class UnusedMachines
{
    /// <summary>Ends those of the pools, for which nobody can come any more as they are. Foreign screens are not ours to end.</summary>
    /// <param name="reason">For people, after the machine's name: "its pool was deleted".</param>
    public static Task<int> RetireAsync(VdiDb db, IReadOnlyCollection<string> pools, string reason, CancellationToken stop)
    {
        var now = db.GetService<TimeProvider>().GetUtcNow();
        return db.Machines.Where(machine => pools.Contains(machine.PoolId) && machine.Image != "" && !machine.Touched && machine.State != MachineState.Gone && machine.State != MachineState.Failed && machine.State != MachineState.Recycling)
            .ExecuteUpdateAsync(
                set => set.SetProperty(machine => machine.State, MachineState.Recycling)
                    .SetProperty(machine => machine.Reason, reason)
                    .SetProperty(machine => machine.Since, now),
                stop);
    }
}
