using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Data;
using Vdi.Broker.Machines;
using Vdi.Broker.Sessions;
using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Pools;

internal sealed record Reason(string Code, string Detail);

internal sealed record DesktopView(string Id, string Name, string Description, int Ready, int Capacity, string State, Reason? Reason, SessionView? Session);

internal static class PoolEndpoints
{
    /// <summary>So many failed machines and none on its way: people are told instead of being left to wait.</summary>
    private const int FailuresThatRefuse = 3;

    private static readonly List<MachineState> OnItsWay = [MachineState.Requested, MachineState.Forking, MachineState.Booting];

    public static void Map(RouteGroupBuilder api) => api.MapGet("/desktops", ListAsync).RequireAuthorization();

    /// <summary>Why nobody can open a machine of the pool now, not even by waiting; null where one can.</summary>
    internal static async Task<Reason?> RefusalAsync(Pool pool, VdiDb db, FleetState fleet, CancellationToken stop)
    {
        if (await HeldUpAsync(pool, db, fleet, stop) is { } heldUp)
        {
            return heldUp;
        }

        var taken = await db.Sessions.CountAsync(session => session.PoolId == pool.Id && session.Released == null, stop);
        return taken >= pool.Capacity
            ? new Reason("pool-full", $"All {pool.Capacity} machines of '{pool.Name}' are in use. Wait until somebody ends a session, or ask an administrator to raise the pool's capacity.")
            : null;
    }

    /// <summary>Why no machine can be had at the moment, whoever asks.</summary>
    private static async Task<Reason?> HeldUpAsync(Pool pool, VdiDb db, FleetState fleet, CancellationToken stop)
    {
        if (fleet.Newest is not { } actual)
        {
            return new Reason("no-host", "No host is connected yet. Try again in a moment; if it stays so, look at the server's log.");
        }

        if (!actual.Images.Contains(pool.Image))
        {
            return new Reason("no-image", $"The image '{pool.Image}' is not on the host. An administrator can build it with: vdi image build {pool.Image}");
        }

        var ready = await db.Machines.AnyAsync(machine => machine.PoolId == pool.Id && machine.State == MachineState.Ready, stop);
        if (actual.Problem is { } problem && !ready)
        {
            return new Reason("host-short", SessionEndpoints.Sentence($"No desktop can be made now: {problem}"));
        }

        if (!ready && await FailingAsync(pool, db, stop) is { } failing)
        {
            return failing;
        }

        return null;
    }

    private static async Task<Ok<List<DesktopView>>> ListAsync(ClaimsPrincipal principal, VdiDb db, FleetState fleet, CancellationToken stop)
    {
        var user = SessionEndpoints.UserId(principal);
        var desktops = new List<DesktopView>();
        foreach (var pool in await db.Pools.OrderBy(pool => pool.Name).ToListAsync(stop))
        {
            if (!await SessionEndpoints.IsEntitledAsync(principal, pool.Id, db, stop))
            {
                continue;
            }

            var session = await db.Sessions.FirstOrDefaultAsync(candidate => candidate.UserId == user && candidate.PoolId == pool.Id && candidate.Released == null, stop);
            var ready = await db.Machines.CountAsync(machine => machine.PoolId == pool.Id && machine.State == MachineState.Ready, stop);
            var refusal = session is null ? await RefusalAsync(pool, db, fleet, stop) : null;

            // A pool that keeps nothing warm makes a machine when somebody asks: nobody waits for it before.
            var available = ready > 0 || session is not null || pool.Warm == 0;
            var waiting = refusal ?? (available ? null : await WaitingForAsync(pool, db, fleet, stop));
            var state = refusal is not null ? "unavailable" : available ? "available" : "preparing";
            desktops.Add(new DesktopView(pool.Id, pool.Name, pool.Description, ready, pool.Capacity, state, waiting, session is null ? null : await SessionEndpoints.DescribeAsync(session, db, fleet, stop)));
        }

        return TypedResults.Ok(desktops);
    }

    /// <summary>What somebody waits for who wants a machine of the pool and has none.</summary>
    internal static async Task<Reason?> WaitingForAsync(Pool pool, VdiDb db, FleetState fleet, CancellationToken stop)
    {
        if (await HeldUpAsync(pool, db, fleet, stop) is { } heldUp)
        {
            return heldUp;
        }

        var newest = await db.Machines.Where(machine => machine.PoolId == pool.Id && OnItsWay.Contains(machine.State))
            .OrderByDescending(machine => machine.Since).FirstOrDefaultAsync(stop);
        if (newest is not null)
        {
            return new Reason("preparing", SessionEndpoints.Sentence($"The next machine {newest.Reason}"));
        }

        var failed = await NewestFailedAsync(pool, db, stop);
        return failed is null
            ? new Reason("preparing", "The next machine is about to be made.")
            : new Reason("machines-failing", SessionEndpoints.Sentence($"The last machine of '{pool.Name}' failed: {failed.Reason}"));
    }

    private static async Task<Reason?> FailingAsync(Pool pool, VdiDb db, CancellationToken stop)
    {
        var states = await db.Machines.Where(machine => machine.PoolId == pool.Id).Select(machine => machine.State).Where(state => state == MachineState.Failed || OnItsWay.Contains(state)).ToListAsync(stop);
        var failures = states.Count(state => state == MachineState.Failed);
        return failures >= FailuresThatRefuse && failures == states.Count && await NewestFailedAsync(pool, db, stop) is { } failed
            ? new Reason("machines-failing", SessionEndpoints.Sentence($"The last {failures} machines of '{pool.Name}' failed. Try again in some minutes, or tell an administrator what the newest said: {failed.Reason}"))
            : null;
    }

    private static Task<MachineRow?> NewestFailedAsync(Pool pool, VdiDb db, CancellationToken stop) =>
        db.Machines.Where(machine => machine.PoolId == pool.Id && machine.State == MachineState.Failed).OrderByDescending(machine => machine.Since).FirstOrDefaultAsync(stop);
}
