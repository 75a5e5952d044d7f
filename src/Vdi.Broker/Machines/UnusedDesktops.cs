using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Audit;
using Vdi.Broker.Data;
using Vdi.Broker.Pools;
using Vdi.Broker.Sessions;
using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Machines;

/// <summary>Puts people's own machines to sleep that nobody has used for as long as their pool's policy says. Their next launch wakes them.</summary>
internal sealed class UnusedDesktops(VdiDb db, AuditLog audit, TimeProvider time)
{
    public async Task SuspendAsync(CancellationToken stop)
    {
        foreach (var pool in await db.Pools.AsNoTracking().Where(pool => pool.Kind == PoolKind.Dedicated).ToListAsync(stop))
        {
            if (pool.Policy.StopUnusedMinutes is not { } minutes)
            {
                continue;
            }

            var since = time.GetUtcNow().AddMinutes(-minutes);
            foreach (var machine in await Unused(pool.Id, since).Select(machine => machine.Id).ToListAsync(stop))
            {
                await SuspendAsync(pool, machine, minutes, since, stop);
            }
        }
    }

    /// <summary>Somebody may open it at this moment: then it is looked at again, and is not unused.</summary>
    private Task SuspendAsync(Pool pool, Guid id, int minutes, DateTimeOffset since, CancellationToken stop) => db.InTransactionAsync(
        async () =>
        {
            if (await Unused(pool.Id, since).FirstOrDefaultAsync(machine => machine.Id == id, stop) is not { } machine)
            {
                return false;
            }

            // Whoever takes it meanwhile raises the epoch, whose old value this must have seen: it is written, too.
            machine.Epoch++;
            (machine.State, machine.Reason, machine.Since) = (MachineState.Suspended, $"is put to sleep, for nobody used it for {minutes} minutes", time.GetUtcNow());
            audit.Note("machine.suspend", $"machine/{id}", after: new { pool = pool.Id, unusedMinutes = minutes });
            return true;
        },
        stop);

    private IQueryable<MachineRow> Unused(string pool, DateTimeOffset since) => db.Machines.Where(machine => machine.PoolId == pool && machine.State == MachineState.Assigned && machine.Since < since
        && db.Assignments.Any(assignment => assignment.MachineId == machine.Id && assignment.Released == null)
        && !db.Sessions.Any(session => session.MachineId == machine.Id && session.Released == null && (session.State != SessionState.Disconnected || session.Since >= since)));
}
