using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Data;
using Vdi.Broker.Machines;
using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Pools;

/// <summary>Keeps one machine for each screen of the manual pools, as long as the screen is listed: what <see cref="PoolFiller"/> is to other pools.</summary>
internal sealed class ScreenKeeper(VdiDb db, TimeProvider time)
{
    /// <summary>One that failed is shown so long before it is tried again.</summary>
    private static readonly TimeSpan TriedAgain = TimeSpan.FromSeconds(15);

    /// <summary>Adds machines for new screens, tries those again that failed, and gives up those of screens that are not listed any more and of machines
    /// that the pool had before it was a manual one.</summary>
    public async Task KeepAsync(ActualState actual, CancellationToken stop)
    {
        var pools = await db.Pools.AsNoTracking().Where(pool => pool.Kind == PoolKind.Manual).Select(pool => new { pool.Id, Deleted = pool.Deleted != null }).ToListAsync(stop);
        var ids = pools.ConvertAll(pool => pool.Id);
        var kept = pools.Where(pool => !pool.Deleted).Select(pool => pool.Id).ToHashSet();
        var screens = await db.Screens.AsNoTracking().Where(screen => ids.Contains(screen.PoolId)).ToListAsync(stop);
        var listed = screens.Where(screen => kept.Contains(screen.PoolId)).ToDictionary(screen => screen.Id);
        var wanted = listed.Keys.ToList();
        var machines = await db.Machines.AsNoTracking().Where(machine => wanted.Contains(machine.Id) || machine.State != MachineState.Gone && (machine.Image == "" || ids.Contains(machine.PoolId))).ToListAsync(stop);
        var now = time.GetUtcNow();
        foreach (var machine in machines)
        {
            if (!listed.Remove(machine.Id))
            {
                await RetireAsync(machine, now, stop);
            }
            else if (machine.State == MachineState.Gone || (machine.State == MachineState.Failed && now - machine.Since > TriedAgain && actual.Machines.All(each => each.Machine != machine.Id)))
            {
                await db.Machines.Where(row => row.Id == machine.Id && row.State == machine.State).ExecuteUpdateAsync(
                    set => set.SetProperty(row => row.State, MachineState.Requested).SetProperty(row => row.Reason, "waits for the host").SetProperty(row => row.Since, now).SetProperty(row => row.Touched, false).SetProperty(row => row.Epoch, row => row.Epoch + 1),
                    stop);
            }
        }

        foreach (var screen in listed.Values)
        {
            db.Machines.Add(new MachineRow { Id = screen.Id, PoolId = screen.PoolId, Image = "", State = MachineState.Requested, Reason = "waits for the host", Since = now });
        }
    }

    /// <summary>Where the screens of these machines are, for hosts.</summary>
    public async Task<Dictionary<Guid, ScreenAddress>> AddressesAsync(CancellationToken stop) =>
        await db.Screens.AsNoTracking().ToDictionaryAsync(screen => screen.Id, screen => new ScreenAddress(screen.Address, screen.Port, ScreenSecret.Read(db, screen.Password)), stop);

    /// <summary>Somebody who has it keeps it until the session ends.</summary>
    private Task RetireAsync(MachineRow machine, DateTimeOffset now, CancellationToken stop) => db.Machines
        .Where(row => row.Id == machine.Id && row.State != MachineState.Assigned && row.State != MachineState.Recycling && row.State != MachineState.Failed && row.State != MachineState.Gone)
        .ExecuteUpdateAsync(set => set.SetProperty(row => row.State, MachineState.Recycling).SetProperty(row => row.Reason, "is not listed any more").SetProperty(row => row.Since, now), stop);
}
