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
    public static void Map(RouteGroupBuilder api) => api.MapGet("/desktops", ListAsync).RequireAuthorization();

    /// <summary>Why nobody can open a machine of the pool now, not even by waiting; null where one can.</summary>
    internal static async Task<Reason?> RefusalAsync(Pool pool, VdiDb db, FleetState fleet, CancellationToken stop)
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
            return new Reason("host-short", $"No desktop can be made now: {problem}.");
        }

        var taken = await db.Sessions.CountAsync(session => session.PoolId == pool.Id && session.Released == null, stop);
        return taken >= pool.Capacity
            ? new Reason("pool-full", $"All {pool.Capacity} machines of '{pool.Name}' are in use. Wait until somebody ends a session, or ask an administrator to raise the pool's capacity.")
            : null;
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
            var waiting = refusal ?? (ready > 0 ? null : await WaitingForAsync(pool, db, stop));
            var state = refusal is not null ? "unavailable" : ready > 0 || session is not null ? "available" : "preparing";
            desktops.Add(new DesktopView(pool.Id, pool.Name, pool.Description, ready, pool.Capacity, state, waiting, session is null ? null : await SessionEndpoints.DescribeAsync(session, db, stop)));
        }

        return TypedResults.Ok(desktops);
    }

    private static async Task<Reason?> WaitingForAsync(Pool pool, VdiDb db, CancellationToken stop)
    {
        var newest = await db.Machines.Where(machine => machine.PoolId == pool.Id && machine.State != MachineState.Gone && machine.State != MachineState.Assigned)
            .OrderByDescending(machine => machine.Since).FirstOrDefaultAsync(stop);
        return newest is null ? null : new Reason("preparing", newest.State == MachineState.Failed ? $"The last machine failed: {newest.Reason}" : $"The next machine {newest.Reason}");
    }
}
