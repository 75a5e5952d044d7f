using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Apps;
using Vdi.Broker.Data;
using Vdi.Broker.Pools.Warm;
using Vdi.Broker.Sessions;
using Vdi.Broker.Users;
using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Pools;

/// <summary>Pools with what there is of them, some at a time in few queries.</summary>
internal sealed class PoolViews(VdiDb db, WarmReserve reserve)
{
    public async Task<PoolView> DescribeAsync(Pool pool, CancellationToken stop) => (await DescribeAsync([pool], stop))[0];

    public async Task<List<PoolView>> DescribeAsync(IReadOnlyList<Pool> pools, CancellationToken stop)
    {
        var ids = pools.Select(pool => pool.Id).ToList();
        var machines = await db.Machines.Where(machine => ids.Contains(machine.PoolId) && machine.State != MachineState.Gone)
            .GroupBy(machine => new { machine.PoolId, machine.State, machine.ImageVersion }).Select(group => new { group.Key, Count = group.Count() }).ToListAsync(stop);
        var sessions = await db.Sessions.Where(session => ids.Contains(session.PoolId) && session.Released == null)
            .GroupBy(session => new { session.PoolId, Queued = session.State == SessionState.Queued }).Select(group => new { group.Key, Count = group.Count() }).ToListAsync(stop);
        var access = await People.NamesAsync(db, await db.Grants.AsNoTracking().Where(grant => ids.Contains(grant.PoolId)).ToListAsync(stop), stop);
        var screens = (await db.Screens.AsNoTracking().Where(screen => ids.Contains(screen.PoolId)).ToListAsync(stop)).ToLookup(screen => screen.PoolId);
        var icons = await AppIcon.OfAsync(pools.Select(pool => pool.App), db, stop);
        return [.. pools.Select(pool =>
        {
            var own = machines.Where(machine => machine.Key.PoolId == pool.Id).ToList();
            var alive = own.Where(machine => machine.Key.State is not (MachineState.Failed or MachineState.Recycling)).ToList();
            var rollOut = new RollOutView(pool.CurrentVersion, pool.PreviousVersion, pool.RollOutStopped, alive.Where(machine => machine.Key.ImageVersion == pool.CurrentVersion).Sum(machine => machine.Count), alive.Sum(machine => machine.Count));
            return new PoolView(
                pool.Id,
                PoolDocument.Of(pool, access[pool.Id], screens[pool.Id], icons),
                rollOut,
                reserve.Newest(pool.Id) is { } warm ? new ReserveView(warm.Ready, JsonNamingPolicy.CamelCase.ConvertName(warm.Reason.Code.ToString()), ReserveWords.English(warm), ReserveWords.Korean(warm)) : null,
                own.GroupBy(machine => machine.Key.State).ToDictionary(group => group.Key.ToString().ToLowerInvariant(), group => group.Sum(machine => machine.Count)),
                sessions.Where(session => session.Key.PoolId == pool.Id && !session.Key.Queued).Sum(session => session.Count),
                sessions.Where(session => session.Key.PoolId == pool.Id && session.Key.Queued).Sum(session => session.Count),
                pool.Closed,
                pool.Deleted,
                pool.Version);
        })];
    }
}
