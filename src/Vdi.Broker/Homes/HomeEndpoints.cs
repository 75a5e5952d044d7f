using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Api;
using Vdi.Broker.Audit;
using Vdi.Broker.Data;
using Vdi.Broker.Machines;
using Vdi.Broker.Users;
using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Homes;

/// <param name="UsedBy">The session that has the files now; null where none does.</param>
/// <param name="Bytes">Of the host's disk that they take, older ones included; null where the host does not say.</param>
/// <param name="Snapshots">The newest first; null in lists.</param>
internal sealed record HomeView(Guid User, string UserName, int GiB, long? Bytes, DateTimeOffset Created, DateTimeOffset? Used, HomeUse? UsedBy, IReadOnlyList<HomeSnapshot>? Snapshots);

internal sealed record RestoreHomeRequest(Guid Snapshot);

internal sealed record ResizeHomeRequest(int GiB);

/// <summary>People's own files: one's own, and for administrators everybody's.</summary>
internal static class HomeEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        var own = api.MapGroup("/home").WithTags("oneself").RequireAuthorization();
        own.MapGet("/", (ClaimsPrincipal principal, VdiDb db, HomeService homes, FleetState fleet, CancellationToken stop) => GetAsync(Person.IdOf(principal), db, homes, fleet, stop)).WithSummary("One's own files, and as they were");
        own.MapPost("/restore", (RestoreHomeRequest request, HttpContext context, ClaimsPrincipal principal, VdiDb db, HomeService homes, FleetState fleet, AuditLog audit, CancellationToken stop) => RestoreAsync(Person.IdOf(principal), request, context, db, homes, fleet, audit, stop)).WithSummary("Makes one's files what they were once; what they are now is kept, too");

        var all = api.MapGroup("/homes").WithTags("homes");
        all.MapGet("/", ListAsync).RequireAuthorization(Can.Read).WithSummary("People's own files, those used last first");
        all.MapGet("/{user:guid}", GetAsync).RequireAuthorization(Can.Read).WithSummary("One person's files, and as they were");
        all.MapPost("/{user:guid}/restore", RestoreAsync).RequireAuthorization(Can.Operate).WithSummary("Makes a person's files what they were once; what they are now is kept, too");
        all.MapPut("/{user:guid}/size", ResizeAsync).RequireAuthorization(Can.Operate).WithSummary("Lets a person keep more");
        all.MapDelete("/{user:guid}", DeleteAsync).RequireAuthorization(Can.Administer).WithSummary("Deletes a person's files, older ones included");
    }

    private static async Task<Ok<Page<HomeView>>> ListAsync(Paging paging, VdiDb db, HomeService homes, CancellationToken stop)
    {
        var page = await paging.OfAsync(db.Homes.AsNoTracking().OrderByDescending(home => home.Used).ThenBy(home => home.UserId), home => home, stop);
        var views = new List<HomeView>();
        foreach (var home in page.Items)
        {
            views.Add(await DescribeAsync(home, null, db, homes, stop));
        }

        return TypedResults.Ok(new Page<HomeView>(views, page.Total, page.Number, page.Size));
    }

    private static async Task<Results<Ok<HomeView>, ProblemHttpResult>> GetAsync(Guid user, VdiDb db, HomeService homes, FleetState fleet, CancellationToken stop)
    {
        if (await db.Homes.AsNoTracking().FirstOrDefaultAsync(home => home.UserId == user, stop) is not { } home)
        {
            return None();
        }

        var answer = await fleet.AskAsync(new AskHome(Guid.NewGuid(), user, HomeVerb.Look), stop);
        return answer.Refusal is null ? TypedResults.Ok(await DescribeAsync(home, answer.Home, db, homes, stop)) : Refused(answer.Refusal);
    }

    private static async Task<Results<Ok<HomeView>, ProblemHttpResult>> RestoreAsync(Guid user, RestoreHomeRequest request, HttpContext context, VdiDb db, HomeService homes, FleetState fleet, AuditLog audit, CancellationToken stop)
    {
        var order = IdempotencyFilter.IdOf(context) ?? Guid.NewGuid();
        return await DoAsync(user, new AskHome(order, user, HomeVerb.Restore, request.Snapshot), db, homes, fleet, stop, home => audit.Note("home.restore", $"user/{user}", after: new { snapshot = request.Snapshot })) switch
        {
            (null, { } home, var actual) => TypedResults.Ok(await DescribeAsync(home, actual, db, homes, stop)),
            var (refusal, _, _) => refusal!,
        };
    }

    private static async Task<Results<Ok<HomeView>, ProblemHttpResult>> ResizeAsync(Guid user, ResizeHomeRequest request, VdiDb db, HomeService homes, AuditLog audit, CancellationToken stop)
    {
        if (await db.Homes.FirstOrDefaultAsync(home => home.UserId == user, stop) is not { } home)
        {
            return None();
        }

        var faults = new Faults();
        faults.DemandRange("giB", request.GiB, home.GiB, HomeService.MostGiB);
        if (faults.Any)
        {
            return Edits.Bad(faults);
        }

        audit.Note("home.resize", $"user/{user}", before: new { home.GiB }, after: new { request.GiB });
        home.GiB = request.GiB;
        await db.SaveChangesAsync(stop);
        return TypedResults.Ok(await DescribeAsync(home, null, db, homes, stop));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(Guid user, VdiDb db, HomeService homes, FleetState fleet, AuditLog audit, CancellationToken stop)
    {
        var (refusal, _, _) = await DoAsync(user, new AskHome(Guid.NewGuid(), user, HomeVerb.Delete), db, homes, fleet, stop, home =>
        {
            audit.Note("home.delete", $"user/{user}", before: new { home.GiB });
            db.Homes.Remove(home);
        });
        return refusal is null ? TypedResults.NoContent() : refusal;
    }

    /// <summary>Has the host do something with files that no machine has, and notes what came of it.</summary>
    private static async Task<(ProblemHttpResult? Refusal, HomeRow? Home, ActualHome? Actual)> DoAsync(Guid user, AskHome ask, VdiDb db, HomeService homes, FleetState fleet, CancellationToken stop, Action<HomeRow> note)
    {
        if (await db.Homes.FirstOrDefaultAsync(home => home.UserId == user, stop) is not { } home)
        {
            return (None(), null, null);
        }

        if (await homes.UseAsync(user, stop) is { } use)
        {
            return (InUse(use), null, null);
        }

        var answer = await fleet.AskAsync(ask, stop);
        if (answer.Refusal is { } why)
        {
            return (Refused(why), null, null);
        }

        note(home);
        await db.SaveChangesAsync(stop);
        return (null, home, answer.Home);
    }

    /// <summary>The files are in a machine: which, and what can be done about it.</summary>
    internal static ProblemHttpResult InUse(HomeUse use) => use.Session is null
        ? Problems.Problem(StatusCodes.Status409Conflict, "home-put-away", "The files are being put away from the session before. Try again in some seconds.")
        : Problems.Problem(StatusCodes.Status409Conflict, "home-in-use", $"The files are in use in '{use.PoolName}'. Go on there, or end that session first.", ("session", use.Session), ("pool", use.Pool), ("poolName", use.PoolName));

    private static ProblemHttpResult Refused(string why) => Problems.Problem(StatusCodes.Status503ServiceUnavailable, "home-refused", why);

    private static ProblemHttpResult None() => Problems.Problem(StatusCodes.Status404NotFound, "no-home", "There are no files yet: they begin with the first session in a pool that brings them.");

    private static async Task<HomeView> DescribeAsync(HomeRow home, ActualHome? actual, VdiDb db, HomeService homes, CancellationToken stop) => new(
        home.UserId,
        await db.Users.Where(user => user.Id == home.UserId).Select(user => user.UserName).FirstOrDefaultAsync(stop) ?? "",
        home.GiB,
        actual?.Bytes,
        home.Created,
        home.Used,
        home.MachineId is null ? null : await homes.UseAsync(home.UserId, stop),
        actual?.Snapshots);
}
