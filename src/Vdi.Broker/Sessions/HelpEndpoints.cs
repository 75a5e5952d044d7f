using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Api;
using Vdi.Broker.Data;
using Vdi.Broker.Machines;
using Vdi.Broker.Users;
using Vdi.Protocol.Fleet;
using Vdi.Protocol.Wire;

namespace Vdi.Broker.Sessions;

/// <summary>A session as helpers see it.</summary>
internal sealed record AnySessionView(Guid Id, string User, string DisplayName, string Pool, string State, string Reason, string Code, Guid? Machine, int Slot, DateTimeOffset Created, DateTimeOffset Since, DateTimeOffset? Seen, DateTimeOffset? Released, IReadOnlyList<LaunchStep> Steps);

internal sealed record EndRequest(string? Text, bool Reset = false);

/// <summary>Everybody's sessions, for helpers.</summary>
internal static class HelpEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        var sessions = api.MapGroup("/all-sessions").WithTags("sessions");
        sessions.MapGet("/", ListAsync).RequireAuthorization(Can.Read).WithSummary("Everybody's sessions, newest first, each with its launch's trace");
        sessions.MapGet("/{id:guid}", GetAsync).RequireAuthorization(Can.Read).WithSummary("Somebody's session");
        sessions.MapPost("/{id:guid}/end", EndAsync).RequireAuthorization(Can.Help).WithSummary("Ends somebody's session; the text is told to the person");
    }

    private static async Task<Ok<Page<AnySessionView>>> ListAsync(Paging paging, VdiDb db, CancellationToken stop, string? pool = null, string? user = null, SessionState? state = null, bool ended = false)
    {
        var all = db.Sessions.AsNoTracking().Where(session => state != null ? session.State == state : ended || session.Released == null);
        all = pool is null ? all : all.Where(session => session.PoolId == pool);
        if (user is { Length: > 0 })
        {
            var upper = user.ToUpperInvariant();
            all = all.Where(session => db.Users.Any(each => each.Id == session.UserId && each.NormalizedUserName == upper));
        }

        var page = await paging.OfAsync(all.OrderByDescending(session => session.Created).ThenBy(session => session.Id), session => session, stop);
        return TypedResults.Ok(new Page<AnySessionView>(await DescribeAsync(page.Items, db, stop), page.Total, page.Number, page.Size));
    }

    private static async Task<Results<Ok<AnySessionView>, ProblemHttpResult>> GetAsync(Guid id, VdiDb db, CancellationToken stop) =>
        await db.Sessions.AsNoTracking().FirstOrDefaultAsync(session => session.Id == id, stop) is { } session ? TypedResults.Ok((await DescribeAsync([session], db, stop))[0]) : Unknown(id);

    private static async Task<Results<NoContent, ProblemHttpResult>> EndAsync(Guid id, EndRequest request, VdiDb db, SessionService sessions, FleetState fleet, CancellationToken stop)
    {
        var faults = new Faults();
        faults.DemandText("text", request.Text, 500, empty: true);
        if (faults.Any)
        {
            return Edits.Bad(faults);
        }

        if (!await db.Sessions.AnyAsync(session => session.Id == id, stop))
        {
            return Unknown(id);
        }

        var text = request.Text?.Trim() ?? "";
        if (await sessions.EndAsync(id, request.Reset ? EndCode.Reset : EndCode.ByHelper, text.Length == 0 ? "was ended by an administrator" : text, stop))
        {
            await fleet.SendAsync(new Revoke(id, ByeReason.SessionEnded, text.Length == 0 ? "An administrator ended the session" : text), stop);
            fleet.Wake();
        }

        return TypedResults.NoContent();
    }

    private static async Task<List<AnySessionView>> DescribeAsync(IReadOnlyList<SessionRow> sessions, VdiDb db, CancellationToken stop)
    {
        var ids = sessions.Select(session => session.UserId).Distinct().ToList();
        var users = await db.Users.AsNoTracking().Where(user => ids.Contains(user.Id)).Select(user => new { user.Id, user.UserName, user.DisplayName }).ToDictionaryAsync(user => user.Id, stop);
        var cameBy = sessions.Select(session => session.LinkId).OfType<Guid>().Distinct().ToList();
        var links = await db.AppLinks.AsNoTracking().Where(link => cameBy.Contains(link.Id)).ToDictionaryAsync(link => link.Id, link => link.Name, stop);
        return [.. sessions.Select(session => new AnySessionView(
            session.Id,
            users.GetValueOrDefault(session.UserId)?.UserName ?? "",
            users.GetValueOrDefault(session.UserId)?.DisplayName ?? (session.LinkId is { } link ? links.GetValueOrDefault(link, "") : ""),
            session.PoolId,
            session.State.ToString().ToLowerInvariant(),
            session.Reason,
            session.Code,
            session.MachineId,
            session.Slot,
            session.Created,
            session.Since,
            session.Seen,
            session.Released,
            session.Steps))];
    }

    private static ProblemHttpResult Unknown(Guid id) => Problems.Problem(StatusCodes.Status404NotFound, "unknown-session", $"There is no session '{id}'.");
}
