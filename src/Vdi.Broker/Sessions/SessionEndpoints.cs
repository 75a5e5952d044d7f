using System.Diagnostics;
using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Data;
using Vdi.Broker.Machines;
using Vdi.Broker.Pools;
using Vdi.Broker.Users;
using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Sessions;

internal sealed record OpenSessionRequest(string Pool);

internal sealed record SessionView(Guid Id, string Pool, string PoolName, string State, Reason? Reason, int? Position, DateTimeOffset Since, IReadOnlyList<LaunchStep> Steps);

internal sealed record TicketView(string Ticket, string Hub, DateTimeOffset ExpiresAt);

internal static class SessionEndpoints
{
    private const string EndedByUser = "was ended by its user";

    public static void Map(RouteGroupBuilder api)
    {
        var sessions = api.MapGroup("/sessions").RequireAuthorization();
        sessions.MapPost("/", OpenAsync);
        sessions.MapGet("/", ListAsync);
        sessions.MapGet("/{id:guid}", GetAsync);
        sessions.MapPost("/{id:guid}/ticket", TicketAsync);
        sessions.MapDelete("/{id:guid}", EndAsync);
    }

    internal static async Task<SessionView> DescribeAsync(SessionRow session, VdiDb db, FleetState fleet, CancellationToken stop)
    {
        var pool = await db.Pools.FindAsync([session.PoolId], stop);
        int? position = session.State == SessionState.Queued
            ? 1 + await db.Sessions.CountAsync(other => other.PoolId == session.PoolId && other.State == SessionState.Queued && other.Created < session.Created, stop)
            : null;
        return new SessionView(session.Id, session.PoolId, pool?.Name ?? session.PoolId, session.State.ToString().ToLowerInvariant(), await ReasonAsync(session, pool, db, fleet, stop), position, session.Since, session.Steps);
    }

    /// <summary>What holds the session up, or why it is over; null where all is well.</summary>
    private static async Task<Reason?> ReasonAsync(SessionRow session, Pool? pool, VdiDb db, FleetState fleet, CancellationToken stop)
    {
        if (session.State == SessionState.Queued)
        {
            return pool is null ? null : await PoolEndpoints.WaitingForAsync(pool, db, fleet, stop);
        }

        var machine = session.MachineId is { } id ? await db.Machines.FindAsync([id], stop) : null;
        if (session.Released is null)
        {
            // While the machine itself is held up, that is what its person wants to know.
            return machine is { State: MachineState.Assigned, Reason: not (MachineRow.AssignedReason or MachineRow.ReadyReason) }
                ? new Reason("machine-held-up", Sentence($"The machine {machine.Reason}"))
                : null;
        }

        return session.Reason switch
        {
            EndedByUser => new Reason("ended-by-user", "The session was ended by its user."),
            _ when session.MachineId is null => new Reason("no-machine", Sentence($"The session ended: {session.Reason}")),

            // A machine that failed takes its session along, and the session keeps the machine's words.
            _ when machine is null || session.Reason == machine.Reason => new Reason("machine-failed", Sentence(session.Reason)),
            _ => new Reason("left-too-long", Sentence($"The session ended: {session.Reason}")),
        };
    }

    internal static string Sentence(string words) => words.Length == 0 || words[^1] is '.' or '!' or '?' ? words : words + ".";

    private static async Task<Results<Ok<SessionView>, ProblemHttpResult>> OpenAsync(OpenSessionRequest request, ClaimsPrincipal principal, VdiDb db, SessionService sessions, FleetState fleet, CancellationToken stop)
    {
        var began = Stopwatch.GetTimestamp();
        var pool = await db.Pools.FirstOrDefaultAsync(candidate => candidate.Id == request.Pool, stop);
        if (pool is null)
        {
            return Problems.Problem(StatusCodes.Status404NotFound, "unknown-pool", $"There is no pool '{request.Pool}'.");
        }

        if (!await IsEntitledAsync(principal, pool.Id, db, stop))
        {
            return Problems.Problem(StatusCodes.Status403Forbidden, "not-entitled", $"You may not open '{pool.Name}'. Ask an administrator to entitle you to it.");
        }

        var authorised = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        var user = UserId(principal);
        if (!await db.Sessions.AnyAsync(session => session.UserId == user && session.PoolId == pool.Id && session.Released == null, stop)
            && await PoolEndpoints.RefusalAsync(pool, db, fleet, stop) is { } refusal)
        {
            return Problems.Problem(StatusCodes.Status503ServiceUnavailable, "no-capacity", refusal.Detail, ("reason", refusal.Code));
        }

        var session = await sessions.OpenAsync(user, pool, authorised, stop);
        fleet.Wake();
        return TypedResults.Ok(await DescribeAsync(session, db, fleet, stop));
    }

    private static async Task<Ok<List<SessionView>>> ListAsync(ClaimsPrincipal principal, VdiDb db, FleetState fleet, CancellationToken stop)
    {
        var user = UserId(principal);
        var views = new List<SessionView>();
        foreach (var session in await db.Sessions.Where(session => session.UserId == user && session.Released == null).OrderBy(session => session.Created).ToListAsync(stop))
        {
            views.Add(await DescribeAsync(session, db, fleet, stop));
        }

        return TypedResults.Ok(views);
    }

    private static async Task<Results<Ok<SessionView>, ProblemHttpResult>> GetAsync(Guid id, ClaimsPrincipal principal, VdiDb db, FleetState fleet, CancellationToken stop) =>
        await FindAsync(id, principal, db, stop) is { } session ? TypedResults.Ok(await DescribeAsync(session, db, fleet, stop)) : Unknown(id);

    private static async Task<Results<Ok<TicketView>, ProblemHttpResult>> TicketAsync(Guid id, ClaimsPrincipal principal, UserManager<User> users, VdiDb db, SessionService sessions, FleetState fleet, CancellationToken stop)
    {
        if (await FindAsync(id, principal, db, stop) is not { } session)
        {
            return Unknown(id);
        }

        if (session.State is not (SessionState.Connecting or SessionState.Connected or SessionState.Disconnected)
            || await db.Machines.FindAsync([session.MachineId], stop) is not { State: MachineState.Assigned } machine)
        {
            return Problems.Problem(StatusCodes.Status409Conflict, "wrong-state", $"The session is {session.State.ToString().ToLowerInvariant()}: {session.Reason}.", ("state", session.State.ToString().ToLowerInvariant()));
        }

        var began = Stopwatch.GetTimestamp();
        var title = await db.Pools.Where(pool => pool.Id == session.PoolId).Select(pool => pool.Name).FirstAsync(stop);
        var (ticket, admit) = sessions.IssueTicket(session, machine, users.GetUserName(principal) ?? "", title);
        if (await fleet.AdmitAsync(admit, stop) is { } refusal)
        {
            return Problems.Problem(StatusCodes.Status503ServiceUnavailable, "host-refused", refusal);
        }

        session.Trace("admit", Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        await db.SaveChangesAsync(stop);
        return TypedResults.Ok(new TicketView(ticket, $"/h/{fleet.Host}/hub/desktop", admit.Expires));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> EndAsync(Guid id, ClaimsPrincipal principal, VdiDb db, SessionService sessions, FleetState fleet, CancellationToken stop)
    {
        if (await FindAsync(id, principal, db, stop) is not { } session)
        {
            return Unknown(id);
        }

        if (session.Released is null)
        {
            // First what is kept: where the database is away nothing has changed, and nobody is thrown out.
            await sessions.EndAsync(session, EndedByUser, stop);
            await fleet.SendAsync(new Revoke(id, Protocol.Wire.ByeReason.SessionEnded, "The session was ended"), stop);
            fleet.Wake();
        }

        return TypedResults.NoContent();
    }

    internal static Guid UserId(ClaimsPrincipal principal) => Guid.Parse(principal.FindFirstValue(ClaimTypes.NameIdentifier)!);

    private static async Task<SessionRow?> FindAsync(Guid id, ClaimsPrincipal principal, VdiDb db, CancellationToken stop)
    {
        var user = UserId(principal);
        return await db.Sessions.FirstOrDefaultAsync(session => session.Id == id && session.UserId == user, stop);
    }

    internal static async Task<bool> IsEntitledAsync(ClaimsPrincipal principal, string pool, VdiDb db, CancellationToken stop) =>
        (await db.Entitlements.Where(entitlement => entitlement.PoolId == pool).ToListAsync(stop)).Exists(entitlement => principal.IsInRole(entitlement.Role));

    private static ProblemHttpResult Unknown(Guid id) => Problems.Problem(StatusCodes.Status404NotFound, "unknown-session", $"There is no session '{id}'.");
}
