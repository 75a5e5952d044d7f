using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Apps;
using Vdi.Broker.Data;
using Vdi.Broker.Sessions;
using Vdi.Broker.Users;
using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Pools;

/// <param name="App">What it shows; null for a desktop.</param>
/// <param name="LastUsed">When this person opened it last, as far as that is known.</param>
internal sealed record DesktopView(string Id, string Name, string Description, int Ready, int Capacity, string State, Reason? Reason, SessionView? Session, DesktopApp? App, bool Favourite, DateTimeOffset? LastUsed);

/// <param name="Icon">Address of a PNG; null for none.</param>
/// <param name="FileTypes">Media types of the files that can be opened with it.</param>
internal sealed record DesktopApp(string? Version, string? Category, string? Icon, IReadOnlyList<string> FileTypes, IReadOnlyList<DesktopParameter> Parameters, bool Shared);

/// <summary>What a link may say to it.</summary>
internal sealed record DesktopParameter(string Name, string Label, string? Pattern);

/// <summary>What somebody may open, for the start page.</summary>
internal static class DesktopEndpoints
{
    private const int MostFavourites = 200;

    public static void Map(RouteGroupBuilder api)
    {
        var desktops = api.MapGroup("/desktops").RequireAuthorization().WithTags("oneself");
        desktops.MapGet("/", ListAsync);
        desktops.MapPut("/{id}/favourite", LikeAsync).WithSummary("Has it at hand on the start page");
        desktops.MapDelete("/{id}/favourite", ForgetAsync).WithSummary("Has it there no more");
    }

    private static async Task<Ok<List<DesktopView>>> ListAsync(ClaimsPrincipal principal, VdiDb db, LaunchRules rules, SessionViews views, CancellationToken stop)
    {
        var person = await Person.OfAsync(principal, db, stop);
        var own = await db.Sessions.Where(session => session.UserId == person.Id && session.Released == null).OrderBy(session => session.Created).ToListAsync(stop);
        var use = await rules.UseAsync(person, stop);
        var readyOf = await db.Machines.Where(machine => machine.State == MachineState.Ready).GroupBy(machine => machine.PoolId).Select(pool => new { pool.Key, Count = pool.Count() }).ToDictionaryAsync(pool => pool.Key, pool => pool.Count, stop);
        var screensOf = await db.Screens.GroupBy(screen => screen.PoolId).Select(pool => new { pool.Key, Count = pool.Count() }).ToDictionaryAsync(pool => pool.Key, pool => pool.Count, stop);
        var liked = (await db.Favourites.Where(favourite => favourite.UserId == person.Id).Select(favourite => favourite.PoolId).ToListAsync(stop)).ToHashSet();
        var usedOf = await db.Sessions.Where(session => session.UserId == person.Id).GroupBy(session => session.PoolId).Select(pool => new { pool.Key, At = pool.Max(session => session.Created) }).ToDictionaryAsync(pool => pool.Key, pool => pool.At, stop);
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
            desktops.Add(new DesktopView(pool.Id, pool.Name, pool.Description, ready, pool.Kind == PoolKind.Manual ? screensOf.GetValueOrDefault(pool.Id) : pool.Policy.Maximum, state, waiting, session is null ? null : await views.DescribeAsync(session, stop), Describe(pool.App), liked.Contains(pool.Id), usedOf.TryGetValue(pool.Id, out var used) ? used : null));
        }

        return TypedResults.Ok(desktops);
    }

    private static DesktopApp? Describe(PublishedApp? app) => app is null ? null
        : new DesktopApp(app.Version, app.Category, AppIcon.Address(app.Icon), app.FileTypes, [.. app.Parameters.Select(parameter => new DesktopParameter(parameter.Name, parameter.Label, parameter.Pattern))], app.Shared);

    private static async Task<Results<NoContent, ProblemHttpResult>> LikeAsync(string id, ClaimsPrincipal principal, VdiDb db, LaunchRules rules, CancellationToken stop)
    {
        var person = await Person.OfAsync(principal, db, stop);
        if (!await rules.IsEntitledAsync(person, id, stop))
        {
            return Problems.Problem(StatusCodes.Status404NotFound, "unknown-pool", $"There is no pool '{id}' that you may open.");
        }

        await db.InTransactionAsync(
            async () =>
            {
                if (await db.Favourites.FindAsync([person.Id, id], stop) is null && await db.Favourites.CountAsync(favourite => favourite.UserId == person.Id, stop) < MostFavourites)
                {
                    db.Favourites.Add(new Favourite { UserId = person.Id, PoolId = id });
                }

                return true;
            },
            stop);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> ForgetAsync(string id, ClaimsPrincipal principal, VdiDb db, CancellationToken stop)
    {
        var person = Person.IdOf(principal);
        await db.Favourites.Where(favourite => favourite.UserId == person && favourite.PoolId == id).ExecuteDeleteAsync(stop);
        return TypedResults.NoContent();
    }
}
