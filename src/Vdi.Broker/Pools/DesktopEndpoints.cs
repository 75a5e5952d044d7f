using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Data;
using Vdi.Broker.Sessions;
using Vdi.Broker.Users;
using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Pools;

internal sealed record DesktopView(string Id, string Name, string Description, int Ready, int Capacity, string State, Reason? Reason, SessionView? Session);

/// <summary>What somebody may open, for the start page.</summary>
internal static class DesktopEndpoints
{
    public static void Map(RouteGroupBuilder api) => api.MapGet("/desktops", ListAsync).RequireAuthorization().WithTags("oneself");

    private static async Task<Ok<List<DesktopView>>> ListAsync(ClaimsPrincipal principal, VdiDb db, LaunchRules rules, SessionViews views, CancellationToken stop)
    {
        var person = await Person.OfAsync(principal, db, stop);
        var own = await db.Sessions.Where(session => session.UserId == person.Id && session.Released == null).OrderBy(session => session.Created).ToListAsync(stop);
        var use = await rules.UseAsync(person, stop);
        var readyOf = await db.Machines.Where(machine => machine.State == MachineState.Ready).GroupBy(machine => machine.PoolId).Select(pool => new { pool.Key, Count = pool.Count() }).ToDictionaryAsync(pool => pool.Key, pool => pool.Count, stop);
        var screensOf = await db.Screens.GroupBy(screen => screen.PoolId).Select(pool => new { pool.Key, Count = pool.Count() }).ToDictionaryAsync(pool => pool.Key, pool => pool.Count, stop);
        var desktops = new List<DesktopView>();
        foreach (var pool in await rules.PoolsOfAsync(person, stop))
        {
            var session = own.Find(candidate => candidate.PoolId == pool.Id);
            var ready = readyOf.GetValueOrDefault(pool.Id);
            var refusal = session is null ? await rules.RefusalAsync(pool, use, stop, ready) : null;

            // A pool that keeps nothing warm makes a machine when somebody asks: nobody waits for it before.
            var available = ready > 0 || session is not null || pool.Policy.Warm is { Count: 0, Target: null };
            var waiting = refusal ?? (available ? null : await rules.WaitingForAsync(pool, stop, ready));
            var state = refusal is not null ? "unavailable" : available ? "available" : "preparing";
            desktops.Add(new DesktopView(pool.Id, pool.Name, pool.Description, ready, pool.Kind == PoolKind.Manual ? screensOf.GetValueOrDefault(pool.Id) : pool.Policy.Maximum, state, waiting, session is null ? null : await views.DescribeAsync(session, stop)));
        }

        return TypedResults.Ok(desktops);
    }
}
