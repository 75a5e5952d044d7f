using System.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Audit;
using Vdi.Broker.Data;
using Vdi.Broker.Homes;
using Vdi.Broker.Machines;
using Vdi.Broker.Sessions;
using Vdi.Broker.Users;
using Vdi.Protocol.Fleet;
using Vdi.Protocol.Wire;

namespace Vdi.Broker.Apps;

/// <param name="App">The application's name in addresses.</param>
/// <param name="Secret">That of a link to it.</param>
internal sealed record VisitRequest(string? App, string? Secret, IReadOnlyDictionary<string, string>? Arguments = null);

/// <param name="Token">By which the visitor comes back to the session: "Authorization: Bearer …". It is kept in memory only, and never in a cookie.</param>
internal sealed record VisitView(string Token, SessionView Session);

/// <summary>Whoever comes by a link, without signing in: to one session of one application, and to nothing else.</summary>
internal static class VisitEndpoints
{
    private const string Bearer = "Bearer visit_";

    public static void Map(RouteGroupBuilder api)
    {
        var visits = api.MapGroup("/links").WithTags("visitors");
        visits.MapPost("/open", OpenAsync).WithSummary("Opens an application by a link");
        visits.MapGet("/session", GetAsync).WithSummary("The visitor's session");
        visits.MapPost("/session/ticket", TicketAsync).WithSummary("Lets the visitor come to the session's machine");
        visits.MapDelete("/session", EndAsync).WithSummary("Ends the visitor's session");
    }

    private static async Task<Results<Ok<VisitView>, ProblemHttpResult>> OpenAsync(VisitRequest request, VdiDb db, LaunchRules rules, SessionService sessions, SessionViews views, AuditLog audit, FleetState fleet, TimeProvider time, CancellationToken stop)
    {
        var began = Stopwatch.GetTimestamp();
        var hash = Tickets.HashOf(request.Secret ?? "");
        var link = await db.AppLinks.AsNoTracking().FirstOrDefaultAsync(link => link.Hash == hash && link.PoolId == request.App, stop);
        if (link is null || await db.Pools.FindAsync([link.PoolId], stop) is not { App: { } app } pool)
        {
            return Problems.Problem(StatusCodes.Status404NotFound, "link-unknown", "There is no such link: it may not have been copied as a whole. Ask whoever gave it to you.");
        }

        if (link.WhyNot(time.GetUtcNow()) is { } why)
        {
            audit.NoteAs(Name(link), "link.refuse", $"pool/{pool.Id}", after: new { code = why, link = link.Id });
            await db.SaveChangesAsync(stop);
            return Refused(why);
        }

        // What the link says itself has the last word.
        var arguments = new Dictionary<string, string>(request.Arguments ?? new Dictionary<string, string>());
        foreach (var (name, value) in link.Arguments)
        {
            arguments[name] = value;
        }

        if (AppLaunch.WhyNot(pool, arguments) is { } wrong)
        {
            return wrong;
        }

        var visitor = new Person(Guid.NewGuid(), Name(link), [], []);
        if (await rules.RefusalAsync(pool, await rules.UseAsync(visitor, stop), stop) is { } refusal)
        {
            audit.NoteAs(visitor.Name, "session.refuse", $"pool/{pool.Id}", after: new { code = refusal.Code, link = link.Id });
            await db.SaveChangesAsync(stop);
            return Problems.Problem(StatusCodes.Status503ServiceUnavailable, "no-capacity", refusal.Detail, ("reason", refusal.Code));
        }

        // Counted where it is good: two who come at once cannot both have the last use.
        var now = time.GetUtcNow();
        if (await db.AppLinks.Where(row => row.Id == link.Id && row.Revoked == null && (row.MaxUses == null || row.Uses < row.MaxUses)).ExecuteUpdateAsync(set => set.SetProperty(row => row.Uses, row => row.Uses + 1), stop) == 0)
        {
            return Refused("link-used-up");
        }

        var (token, tokenHash) = Tickets.New();
        var session = await sessions.OpenAsync(visitor, pool, new Launch(App: AppLaunch.Of(pool, arguments), Visit: new Visit(link.Id, tokenHash, link.Minutes is { } minutes ? now.AddMinutes(minutes) : null)), Stopwatch.GetElapsedTime(began).TotalMilliseconds, stop);
        fleet.Wake();
        return TypedResults.Ok(new VisitView($"visit_{token}", await views.DescribeAsync(session, stop)));
    }

    private static async Task<Results<Ok<SessionView>, ProblemHttpResult>> GetAsync(HttpContext context, VdiDb db, SessionViews views, CancellationToken stop) =>
        await FindAsync(context, db, stop) is { } session ? TypedResults.Ok(await views.DescribeAsync(session, stop)) : Unknown();

    private static async Task<Results<Ok<TicketView>, ProblemHttpResult>> TicketAsync(TicketRequest? request, HttpContext context, VdiDb db, SessionService sessions, HomeService homes, AuditLog audit, FleetState fleet, CancellationToken stop)
    {
        if (await FindAsync(context, db, stop) is not { } session || await db.AppLinks.AsNoTracking().FirstOrDefaultAsync(link => link.Id == session.LinkId, stop) is not { } link)
        {
            return Unknown();
        }

        return await SessionEndpoints.AdmitAsync(session, request?.Monitor, $"{Name(link)}:{session.Id:N}", SessionEndpoints.Settings(link.Name, request), link, db, sessions, homes, audit, fleet, stop);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> EndAsync(HttpContext context, VdiDb db, SessionService sessions, FleetState fleet, CancellationToken stop)
    {
        if (await FindAsync(context, db, stop) is not { } session)
        {
            return Unknown();
        }

        if (await sessions.EndAsync(session.Id, EndCode.ByUser, "was ended by its visitor", stop))
        {
            await fleet.SendAsync(new Revoke(session.Id, ByeReason.SessionEnded, "The session was ended"), stop);
            fleet.Wake();
        }

        return TypedResults.NoContent();
    }

    private static async Task<SessionRow?> FindAsync(HttpContext context, VdiDb db, CancellationToken stop)
    {
        var shown = context.Request.Headers.Authorization.ToString();
        if (!shown.StartsWith(Bearer, StringComparison.Ordinal))
        {
            return null;
        }

        var hash = Tickets.HashOf(shown[Bearer.Length..]);
        return await db.Sessions.FirstOrDefaultAsync(session => session.VisitorHash == hash, stop);
    }

    /// <summary>What the audit and hosts call a visitor: no user's name has a colon.</summary>
    private static string Name(AppLink link) => $"link:{link.Name}";

    private static ProblemHttpResult Refused(string code) => code switch
    {
        "link-revoked" => Problems.Problem(StatusCodes.Status403Forbidden, "link-revoked", "This link was revoked. Ask whoever gave it to you for a new one."),
        "link-expired" => Problems.Problem(StatusCodes.Status403Forbidden, "link-expired", "This link is too old. Ask whoever gave it to you for a new one."),
        _ => Problems.Problem(StatusCodes.Status403Forbidden, "link-used-up", "This link was used as often as it may be. Ask whoever gave it to you for a new one."),
    };

    private static ProblemHttpResult Unknown() => Problems.Problem(StatusCodes.Status401Unauthorized, "unknown-visit", "There is no such session. Open the link again.");
}
