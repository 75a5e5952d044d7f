using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Data;
using Vdi.Broker.Machines;
using Vdi.Broker.Pools;
using Vdi.Broker.Sessions;
using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Homes;

/// <summary>Who has a person's disk: one machine at a time, from being assigned until it is gone.</summary>
internal sealed class HomeService(VdiDb db, TimeProvider time)
{
    public const int MostGiB = 4096;

    /// <summary>Why the person's files cannot go into another machine of theirs now.</summary>
    public async Task<HomeUse?> UseAsync(Guid user, CancellationToken stop)
    {
        if (await db.Homes.AsNoTracking().FirstOrDefaultAsync(home => home.UserId == user && home.MachineId != null, stop) is not { MachineId: { } machine })
        {
            return null;
        }

        var session = await db.Sessions.AsNoTracking().FirstOrDefaultAsync(session => session.MachineId == machine && session.Released == null, stop);
        return new HomeUse(machine, session?.Id, session?.PoolId, session is null ? null : await db.Pools.Where(pool => pool.Id == session.PoolId).Select(pool => pool.Name).FirstOrDefaultAsync(stop));
    }

    /// <summary>Whether a session must wait for its machine because its person's files are still being put away.</summary>
    public async Task<bool> IsBeingPutAwayAsync(SessionRow session, Pool pool, CancellationToken stop) =>
        pool.Policy.Home is not null && session.Home != SessionHome.Without && await UseAsync(session.UserId, stop) is { Session: null };

    /// <summary>The machine that a session just got has its person's files from now on, where the pool brings them and nothing else has them.</summary>
    public async Task TakeAsync(SessionRow session, Guid machine, Pool pool, CancellationToken stop)
    {
        if (pool.Policy.Home is not { } policy || session.Home == SessionHome.Without)
        {
            return;
        }

        if (await UseAsync(session.UserId, stop) is { } use && use.Machine != machine)
        {
            (session.Home, session.HomeTrouble) = (SessionHome.Missing, $"they are in use in '{use.PoolName}'");
            return;
        }

        if (await db.Homes.FindAsync([session.UserId], stop) is not { } home)
        {
            db.Homes.Add(home = new HomeRow { UserId = session.UserId, Created = time.GetUtcNow() });
        }

        home.GiB = Math.Max(home.GiB, policy.GiB);
        (home.MachineId, home.Used, session.Home) = (machine, time.GetUtcNow(), SessionHome.Coming);
    }

    /// <summary>What a session's machine is told to have; null where it has nobody's files.</summary>
    public async Task<MachineHome?> OfAsync(SessionRow session, Pool pool, CancellationToken stop) =>
        await db.Homes.AsNoTracking().FirstOrDefaultAsync(home => home.UserId == session.UserId && home.MachineId == session.MachineId, stop) is { } home
            ? new MachineHome(home.UserId, pool.Policy.Home?.Mode ?? HomeMode.Folders, home.GiB)
            : null;

    /// <summary>Gives back what machines had that are gone: their host has put it away.</summary>
    public async Task ReleaseAsync(ActualState actual, CancellationToken stop)
    {
        var there = actual.Machines.Select(machine => machine.Machine).ToHashSet();
        foreach (var home in await db.Homes.Where(home => home.MachineId != null && !db.Machines.Any(machine => machine.Id == home.MachineId && machine.State != MachineState.Gone && machine.State != MachineState.Failed)).ToListAsync(stop))
        {
            if (!there.Contains(home.MachineId!.Value))
            {
                (home.MachineId, home.Used) = (null, time.GetUtcNow());
            }
        }

        await db.SaveChangesAsync(stop);
    }
}

/// <summary>Who has a person's files.</summary>
/// <param name="Session">Null where it is a session that ended: they are being put away.</param>
internal sealed record HomeUse(Guid Machine, Guid? Session, string? Pool, string? PoolName);
