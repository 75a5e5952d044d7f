using System.Diagnostics;
using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Api;
using Vdi.Broker.Apps;
using Vdi.Broker.Audit;
using Vdi.Broker.Data;
using Vdi.Broker.Homes;
using Vdi.Broker.Machines;
using Vdi.Broker.Users;
using Vdi.Protocol.Fleet;
using Vdi.Protocol.Wire;

namespace Vdi.Broker.Sessions;

/// <param name="Another">Whether one more is wanted beside those that run, where the pool's policy allows several.</param>
/// <param name="WithoutHome">Whether none of one's own files are wanted in it, where the pool brings them.</param>
/// <param name="Arguments">What is said for the application's parameters, by name.</param>
internal sealed record OpenSessionRequest(string Pool, bool Another = false, bool WithoutHome = false, IReadOnlyDictionary<string, string>? Arguments = null);

/// <param name="Name">Of a file in the machine's Downloads, where what is sent arrives.</param>
internal sealed record OpenFileRequest(string? Name);

/// <summary>How the person's own computer is set, for a machine that shall be like it; all of it may be missing.</summary>
/// <param name="Language">BCP 47.</param>
/// <param name="TimeZone">IANA.</param>
/// <param name="Layout">Of the keyboard, as XKB calls it.</param>
/// <param name="Monitor">Which of the machine's monitors the window shows, counted from 1, which is meant where it is missing.</param>
internal sealed record TicketRequest(string? Language, string? TimeZone, string? Layout, int? Monitor = null);

internal sealed record TicketView(string Ticket, string Hub, DateTimeOffset ExpiresAt);

/// <summary>A person's own sessions.</summary>
internal static class SessionEndpoints
{
    private const int MostMonitors = 2;

    public static void Map(RouteGroupBuilder api)
    {
        var sessions = api.MapGroup("/sessions").WithTags("oneself").RequireAuthorization();
        sessions.MapPost("/", OpenAsync);
        sessions.MapGet("/", ListAsync);
        sessions.MapGet("/{id:guid}", GetAsync);
        sessions.MapPost("/{id:guid}/ticket", TicketAsync);
        sessions.MapPost("/{id:guid}/open-file", OpenFileAsync).WithSummary("Opens a file that was sent into the machine in its application");
        sessions.MapDelete("/{id:guid}", EndAsync);
        sessions.MapPost("/{id:guid}/reset", ResetAsync);
    }

    private static async Task<Results<Ok<SessionView>, ProblemHttpResult>> OpenAsync(OpenSessionRequest request, HttpContext context, ClaimsPrincipal principal, VdiDb db, LaunchRules rules, SessionService sessions, HomeService homes, SessionViews views, AuditLog audit, FleetState fleet, CancellationToken stop)
    {
        var began = Stopwatch.GetTimestamp();
        var pool = await db.Pools.FirstOrDefaultAsync(candidate => candidate.Id == request.Pool, stop);
        if (pool is null)
        {
            return Problems.Problem(StatusCodes.Status404NotFound, "unknown-pool", $"There is no pool '{request.Pool}'.");
        }

        var person = await Person.OfAsync(principal, db, stop);
        if (!await rules.IsEntitledAsync(person, pool.Id, stop))
        {
            audit.Note("session.refuse", $"pool/{pool.Id}", after: new { code = "not-entitled" });
            await db.SaveChangesAsync(stop);
            return Problems.Problem(StatusCodes.Status403Forbidden, "not-entitled", $"You may not open '{pool.Name}'. Ask an administrator to entitle you to it.");
        }

        if (AppLaunch.WhyNot(pool, request.Arguments) is { } wrong)
        {
            return wrong;
        }

        var authorised = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        var running = await db.Sessions.CountAsync(session => session.UserId == person.Id && session.PoolId == pool.Id && session.Released == null, stop);
        var made = IdempotencyFilter.IdOf(context) is { } sent && await db.Sessions.AnyAsync(session => session.Id == sent && session.UserId == person.Id && session.Released == null, stop);
        var fresh = !made && (running == 0 || (request.Another && running < pool.Policy.SessionsPerUser));
        if (fresh && await rules.RefusalAsync(pool, await rules.UseAsync(person, stop), stop) is { } refusal)
        {
            audit.Note("session.refuse", $"pool/{pool.Id}", after: new { code = refusal.Code });
            await db.SaveChangesAsync(stop);
            return Problems.Problem(StatusCodes.Status503ServiceUnavailable, "no-capacity", refusal.Detail, ("reason", refusal.Code));
        }

        if (fresh && pool.Policy.Home is not null && !request.WithoutHome && await homes.UseAsync(person.Id, stop) is { Session: not null } use)
        {
            return HomeEndpoints.InUse(use);
        }

        var session = await sessions.OpenAsync(person, pool, new Launch(request.Another, IdempotencyFilter.IdOf(context), request.WithoutHome, AppLaunch.Of(pool, request.Arguments)), authorised, stop);
        fleet.Wake();
        return TypedResults.Ok(await views.DescribeAsync(session, stop));
    }

    private static async Task<Ok<List<SessionView>>> ListAsync(ClaimsPrincipal principal, VdiDb db, SessionViews views, CancellationToken stop)
    {
        var user = Person.IdOf(principal);
        var all = new List<SessionView>();
        foreach (var session in await db.Sessions.Where(session => session.UserId == user && session.Released == null).OrderBy(session => session.Created).ToListAsync(stop))
        {
            all.Add(await views.DescribeAsync(session, stop));
        }

        return TypedResults.Ok(all);
    }

    private static async Task<Results<Ok<SessionView>, ProblemHttpResult>> GetAsync(Guid id, ClaimsPrincipal principal, VdiDb db, SessionViews views, CancellationToken stop) =>
        await FindAsync(id, principal, db, stop) is { } session ? TypedResults.Ok(await views.DescribeAsync(session, stop)) : Unknown(id);

    /// <summary>What the machine is to be like for this person; what the browser says and we do not know is left out, for it keeps nobody from their desktop.</summary>
    private static async Task<PersonSettings> SettingsAsync(TicketRequest? request, ClaimsPrincipal principal, VdiDb db, CancellationToken stop)
    {
        var id = Person.IdOf(principal);
        var name = await db.Users.Where(user => user.Id == id).Select(user => user.DisplayName).FirstOrDefaultAsync(stop);
        return Settings(string.IsNullOrWhiteSpace(name) ? Person.NameOf(principal) : name, request);
    }

    internal static PersonSettings Settings(string name, TicketRequest? request) =>
        new(
            name,
            request?.Language is { Length: <= 35 } language ? language : null,
            request?.TimeZone is { Length: <= 64 } zone && TimeZoneInfo.TryFindSystemTimeZoneById(zone, out var found) && found.HasIanaId ? zone : null,
            request?.Layout is { Length: <= 10 } layout ? layout : null);

    private static async Task<Results<Ok<TicketView>, ProblemHttpResult>> TicketAsync(Guid id, TicketRequest? request, ClaimsPrincipal principal, VdiDb db, SessionService sessions, HomeService homes, AuditLog audit, FleetState fleet, CancellationToken stop)
    {
        if (await FindAsync(id, principal, db, stop) is not { } session)
        {
            return Unknown(id);
        }

        return await AdmitAsync(session, request?.Monitor, Person.NameOf(principal), await SettingsAsync(request, principal, db, stop), null, db, sessions, homes, audit, fleet, stop);
    }

    /// <summary>Has the host let somebody in who may come to the session.</summary>
    /// <param name="user">What the host and the audit call them.</param>
    /// <param name="link">By which they came; null for people.</param>
    internal static async Task<Results<Ok<TicketView>, ProblemHttpResult>> AdmitAsync(SessionRow session, int? monitor, string user, PersonSettings settings, AppLink? link, VdiDb db, SessionService sessions, HomeService homes, AuditLog audit, FleetState fleet, CancellationToken stop)
    {
        if (monitor is < 1 or > MostMonitors)
        {
            return Problems.Problem(StatusCodes.Status400BadRequest, "unknown-monitor", $"Monitors are counted from 1 to {MostMonitors}.");
        }

        var id = session.Id;
        if (session.State == SessionState.Disconnected && await sessions.ComeBackAsync(id, stop))
        {
            fleet.Wake();
        }

        if (session.State is not (SessionState.Connecting or SessionState.Connected or SessionState.Disconnected)
            || await db.Machines.FindAsync([session.MachineId], stop) is not { State: MachineState.Assigned } machine)
        {
            return Problems.Problem(StatusCodes.Status409Conflict, "wrong-state", $"The session is {session.State.ToString().ToLowerInvariant()}: {session.Reason}.", ("state", session.State.ToString().ToLowerInvariant()));
        }

        var began = Stopwatch.GetTimestamp();
        var pool = await db.Pools.FirstAsync(pool => pool.Id == session.PoolId, stop);
        var head = (monitor ?? 1) - 1;
        var (person, home) = head == 0 ? (settings, await homes.OfAsync(session, pool, stop)) : (null, null);
        var (ticket, admit) = sessions.IssueTicket(session, machine, user, pool, person, home, head, link);
        if (await fleet.AdmitAsync(admit, stop) is { } refusal)
        {
            return Problems.Problem(StatusCodes.Status503ServiceUnavailable, "host-refused", refusal);
        }

        var took = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        await db.InTransactionAsync(
            async () =>
            {
                // What the host says of the session meanwhile is noted in the same place.
                db.ChangeTracker.Clear();
                audit.Note("session.ticket", $"session/{id}", after: new { machine = machine.Id, machine.Epoch, monitor = head + 1, until = admit.Expires });
                var admitted = await db.Sessions.FirstAsync(session => session.Id == id, stop);
                admitted.Trace("admit", took);
                admitted.Run = admitted.Run == admit.Run ? null : admitted.Run;
                return true;
            },
            stop);
        return TypedResults.Ok(new TicketView(ticket, $"/h/{fleet.Host}/hub/desktop", admit.Expires));
    }

    /// <summary>Nothing but what is in the folder for what was sent, and by its name only.</summary>
    private static async Task<Results<NoContent, ProblemHttpResult>> OpenFileAsync(Guid id, OpenFileRequest request, ClaimsPrincipal principal, VdiDb db, AuditLog audit, FleetState fleet, CancellationToken stop)
    {
        if (await FindAsync(id, principal, db, stop) is not { MachineId: { } machine, Released: null } session || await db.Pools.FindAsync([session.PoolId], stop) is not { } pool)
        {
            return Unknown(id);
        }

        if (AppLaunch.File(pool, request.Name) is not { } app)
        {
            return Problems.Problem(StatusCodes.Status400BadRequest, "not-a-file", "The session shows no application that opens files, or this is not the name of one.");
        }

        await fleet.SendAsync(new RunInApp(id, machine, new AppRun(Guid.NewGuid(), app, Instead: false)), stop);
        audit.Note("session.open-file", $"session/{id}", after: new { name = request.Name });
        await db.SaveChangesAsync(stop);
        return TypedResults.NoContent();
    }

    private static Task<Results<NoContent, ProblemHttpResult>> EndAsync(Guid id, ClaimsPrincipal principal, VdiDb db, SessionService sessions, FleetState fleet, CancellationToken stop) =>
        EndAsAsync(id, EndCode.ByUser, "was ended by its user", principal, db, sessions, fleet, stop);

    /// <summary>Ends the session and destroys its machine, also a person's own: the next one begins anew from the image.</summary>
    private static Task<Results<NoContent, ProblemHttpResult>> ResetAsync(Guid id, ClaimsPrincipal principal, VdiDb db, SessionService sessions, FleetState fleet, CancellationToken stop) =>
        EndAsAsync(id, EndCode.Reset, "was reset by its user", principal, db, sessions, fleet, stop);

    private static async Task<Results<NoContent, ProblemHttpResult>> EndAsAsync(Guid id, string code, string reason, ClaimsPrincipal principal, VdiDb db, SessionService sessions, FleetState fleet, CancellationToken stop)
    {
        if (await FindAsync(id, principal, db, stop) is not { } session)
        {
            return Unknown(id);
        }

        // First what is kept: where the database is away nothing has changed, and nobody is thrown out.
        if (await sessions.EndAsync(session.Id, code, reason, stop))
        {
            await fleet.SendAsync(new Revoke(id, ByeReason.SessionEnded, "The session was ended"), stop);
            fleet.Wake();
        }

        return TypedResults.NoContent();
    }

    private static async Task<SessionRow?> FindAsync(Guid id, ClaimsPrincipal principal, VdiDb db, CancellationToken stop)
    {
        var user = Person.IdOf(principal);
        return await db.Sessions.FirstOrDefaultAsync(session => session.Id == id && session.UserId == user, stop);
    }

    private static ProblemHttpResult Unknown(Guid id) => Problems.Problem(StatusCodes.Status404NotFound, "unknown-session", $"There is no session '{id}'.");
}
