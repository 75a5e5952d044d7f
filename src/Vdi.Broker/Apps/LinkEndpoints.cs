using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Api;
using Vdi.Broker.Audit;
using Vdi.Broker.Data;
using Vdi.Broker.Machines;
using Vdi.Broker.Sessions;
using Vdi.Broker.Users;
using Vdi.Protocol.Fleet;
using Vdi.Protocol.Wire;

namespace Vdi.Broker.Apps;

/// <param name="Expires">When nobody can use it any more; at most a year from now.</param>
/// <param name="MaxUses">How often it may be used; null for as often as one likes.</param>
/// <param name="Minutes">How long a session may be; null for as long as the pool allows.</param>
/// <param name="Arguments">What it says to the application, whoever uses it.</param>
internal sealed record NewLinkRequest(string? Name, DateTimeOffset? Expires, int? MaxUses = null, bool Clipboard = false, bool Files = false, int? Minutes = null, IReadOnlyDictionary<string, string>? Arguments = null);

/// <param name="Problem">Why it is of no use now: link-revoked, link-expired or link-used-up; null where it is good.</param>
internal sealed record LinkView(Guid Id, string Name, DateTimeOffset Created, string CreatedBy, DateTimeOffset Expires, int Uses, int? MaxUses, DateTimeOffset? Revoked, bool Clipboard, bool Files, int? Minutes, IReadOnlyDictionary<string, string> Arguments, string? Problem);

/// <param name="Url">With the secret in its fragment, which browsers tell nobody. Said once, and kept nowhere.</param>
internal sealed record NewLink(LinkView Link, string Url);

/// <summary>Links to an application for people who do not sign in, for whoever steers it.</summary>
internal static class LinkEndpoints
{
    private const int Most = 1000;
    private static readonly TimeSpan Longest = TimeSpan.FromDays(366);

    public static void Map(RouteGroupBuilder api)
    {
        var links = api.MapGroup("/pools/{pool}/links").WithTags("apps");
        links.MapGet("/", ListAsync).RequireAuthorization(Can.Read).WithSummary("Links to an application, the newest first");
        links.MapPost("/", CreateAsync).RequireAuthorization(Can.Operate).WithSummary("Makes a link to an application; its secret is said once");
        links.MapDelete("/{id:guid}", RevokeAsync).RequireAuthorization(Can.Operate).WithSummary("Revokes a link, and ends the sessions that came by it");
    }

    private static async Task<Results<Ok<Page<LinkView>>, ProblemHttpResult>> ListAsync(string pool, Paging paging, VdiDb db, TimeProvider time, CancellationToken stop)
    {
        if (!await db.Pools.AnyAsync(row => row.Id == pool, stop))
        {
            return Unknown(pool);
        }

        var page = await paging.OfAsync(db.AppLinks.AsNoTracking().Where(link => link.PoolId == pool).OrderByDescending(link => link.Created).ThenBy(link => link.Id), link => link, stop);
        return TypedResults.Ok(new Page<LinkView>([.. page.Items.Select(link => Describe(link, time.GetUtcNow()))], page.Total, page.Number, page.Size));
    }

    private static async Task<Results<Created<NewLink>, ProblemHttpResult>> CreateAsync(string pool, NewLinkRequest request, HttpContext context, ClaimsPrincipal principal, VdiDb db, AuditLog audit, TimeProvider time, CancellationToken stop)
    {
        if (await db.Pools.FindAsync([pool], stop) is not { App: { } app, Deleted: null })
        {
            return Unknown(pool);
        }

        var now = time.GetUtcNow();
        var faults = new Faults();
        faults.DemandText("name", request.Name, 100);
        faults.DemandRange("maxUses", request.MaxUses, 1, 1_000_000);
        faults.DemandRange("minutes", request.Minutes, 1, 24 * 60);
        if (request.Expires is not { } expires || expires <= now || expires - now > Longest)
        {
            faults.Add("expires", "bad-expiry", $"'expires' is when the link stops being good: a time to come, at most {Longest.TotalDays:0} days from now.", ("days", Longest.TotalDays));
        }

        faults.AddRange(app.CheckValues(request.Arguments ?? new Dictionary<string, string>()).All);
        if (!faults.Any && await db.AppLinks.CountAsync(link => link.PoolId == pool && link.Revoked == null && link.Expires > now, stop) >= Most)
        {
            faults.Add("name", "too-many", $"There are {Most} links to this application already: revoke some.", ("count", Most), ("most", Most));
        }

        if (faults.Any)
        {
            return Edits.Bad(faults);
        }

        var (secret, hash) = Tickets.New();
        var link = new AppLink
        {
            Id = Guid.NewGuid(),
            PoolId = pool,
            Name = request.Name!.Trim(),
            Hash = hash,
            Created = now,
            CreatedBy = Person.NameOf(principal),
            Expires = request.Expires!.Value,
            MaxUses = request.MaxUses,
            Clipboard = request.Clipboard,
            Files = request.Files,
            Minutes = request.Minutes,
            Arguments = new Dictionary<string, string>(request.Arguments ?? new Dictionary<string, string>()),
        };
        db.AppLinks.Add(link);
        audit.Note("link.create", $"pool/{pool}", after: Describe(link, now));
        await db.SaveChangesAsync(stop);
        return TypedResults.Created((string?)null, new NewLink(Describe(link, now), $"{context.Request.Scheme}://{context.Request.Host}/app/{pool}#{secret}"));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> RevokeAsync(string pool, Guid id, VdiDb db, SessionService sessions, AuditLog audit, FleetState fleet, TimeProvider time, CancellationToken stop)
    {
        if (await db.AppLinks.FirstOrDefaultAsync(link => link.Id == id && link.PoolId == pool, stop) is not { } link)
        {
            return Problems.Problem(StatusCodes.Status404NotFound, "unknown-link", $"There is no link {id} to '{pool}'.");
        }

        if (link.Revoked is null)
        {
            link.Revoked = time.GetUtcNow();
            audit.Note("link.revoke", $"pool/{pool}", after: new { link = id, link.Name });
            await db.SaveChangesAsync(stop);
        }

        foreach (var session in await db.Sessions.Where(session => session.LinkId == id && session.Released == null).Select(session => session.Id).ToListAsync(stop))
        {
            if (await sessions.EndAsync(session, EndCode.NotAllowed, "the link by which its visitor came was revoked", stop))
            {
                await fleet.SendAsync(new Revoke(session, ByeReason.SessionEnded, "The link was revoked"), stop);
            }
        }

        fleet.Wake();
        return TypedResults.NoContent();
    }

    private static LinkView Describe(AppLink link, DateTimeOffset now) =>
        new(link.Id, link.Name, link.Created, link.CreatedBy, link.Expires, link.Uses, link.MaxUses, link.Revoked, link.Clipboard, link.Files, link.Minutes, link.Arguments, link.WhyNot(now));

    private static ProblemHttpResult Unknown(string pool) => Problems.Problem(StatusCodes.Status404NotFound, "unknown-app", $"There is no application '{pool}'.");
}
