using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Api;
using Vdi.Broker.Audit;
using Vdi.Broker.Data;
using Vdi.Broker.Machines;
using Vdi.Broker.Users;
using Vdi.Protocol.Fleet;
using Vdi.Protocol.Wire;

namespace Vdi.Broker.Notices;

/// <param name="User">Name of the one it is for.</param>
/// <param name="Pool">Or the pool whose people it is for; everybody where both are null.</param>
/// <param name="Minutes">That it is shown on start pages.</param>
internal sealed record NoticeRequest(string? Text, string? User, string? Pool, int? Minutes);

internal sealed record NoticeView(Guid Id, string Text, DateTimeOffset At, DateTimeOffset Until, string By);

/// <param name="Session">One's own session that it is about, if any.</param>
internal sealed record ReportRequest(string? Text, Guid? Session);

internal sealed record ReportView(Guid Id, string User, Guid? Session, string Text, JsonElement Trace, DateTimeOffset At, DateTimeOffset? Closed);

/// <summary>Words to people, and their reports of problems.</summary>
internal static class NoticeEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        var notices = api.MapGroup("/notices").WithTags("notices");
        notices.MapGet("/", OwnAsync).RequireAuthorization().WithSummary("What people are told at the moment, of what concerns oneself");
        notices.MapPost("/", SayAsync).RequireAuthorization(Can.Help).WithSummary("Tells one person, a pool's people or everybody something, over their desktops and on their start pages");
        notices.MapDelete("/{id:guid}", TakeBackAsync).RequireAuthorization(Can.Help).WithSummary("Takes a notice back");
        var reports = api.MapGroup("/reports").WithTags("notices");
        reports.MapPost("/", ReportAsync).RequireAuthorization().WithSummary("Reports a problem, with the trace of one's session");
        reports.MapGet("/", ReportsAsync).RequireAuthorization(Can.Read).WithSummary("Problems that people reported");
        reports.MapPost("/{id:guid}/close", CloseAsync).RequireAuthorization(Can.Help).WithSummary("Closes a report");
    }

    private static async Task<Ok<List<NoticeView>>> OwnAsync(ClaimsPrincipal principal, VdiDb db, Sessions.LaunchRules rules, TimeProvider time, CancellationToken stop)
    {
        var person = await Person.OfAsync(principal, db, stop);
        var pools = (await rules.PoolsOfAsync(person, stop)).Select(pool => pool.Id).ToHashSet();
        var now = time.GetUtcNow();
        var all = await db.Notices.AsNoTracking().Where(notice => notice.Until > now && (notice.UserId == null || notice.UserId == person.Id)).OrderByDescending(notice => notice.At).ToListAsync(stop);
        return TypedResults.Ok(all.Where(notice => notice.PoolId is null || pools.Contains(notice.PoolId)).Select(notice => new NoticeView(notice.Id, notice.Text, notice.At, notice.Until, notice.By)).ToList());
    }

    private static async Task<Results<Created<NoticeView>, ProblemHttpResult>> SayAsync(NoticeRequest request, ClaimsPrincipal principal, VdiDb db, AuditLog audit, FleetState fleet, TimeProvider time, CancellationToken stop)
    {
        var faults = new Faults();
        faults.DemandText("text", request.Text, 1000, lines: true);
        faults.DemandRange("minutes", request.Minutes, 1, 60 * 24 * 30);
        var user = request.User is null ? null : await People.FindAsync(db, PrincipalKind.User, request.User, stop);
        if (request.User is not null && user is null)
        {
            faults.Add("user", "unknown-user", $"There is nobody called '{request.User}'.", ("name", request.User));
        }

        if (request.Pool is not null && !await db.Pools.AnyAsync(pool => pool.Id == request.Pool, stop))
        {
            faults.Add("pool", "unknown-pool", $"There is no pool '{request.Pool}'.", ("id", request.Pool));
        }

        if (faults.Any)
        {
            return Edits.Bad(faults);
        }

        var now = time.GetUtcNow();
        var notice = new Notice { Id = Guid.NewGuid(), UserId = user is null ? null : Guid.Parse(user), PoolId = request.Pool, Text = request.Text!.Trim(), At = now, Until = now.AddMinutes(request.Minutes ?? 60), By = Person.NameOf(principal) };
        db.Notices.Add(notice);
        audit.Note("notice.say", request.User is not null ? $"user/{request.User}" : request.Pool is not null ? $"pool/{request.Pool}" : "everybody", after: new { notice.Text, notice.Until });
        await db.SaveChangesAsync(stop);
        foreach (var session in await db.Sessions.Where(session => session.Released == null && session.MachineId != null && (notice.UserId == null || session.UserId == notice.UserId) && (notice.PoolId == null || session.PoolId == notice.PoolId)).Select(session => session.Id).ToListAsync(stop))
        {
            await fleet.SendAsync(new Tell(session, NoticeKind.Message, 0, notice.Text), stop);
        }

        return TypedResults.Created($"/api/notices/{notice.Id}", new NoticeView(notice.Id, notice.Text, notice.At, notice.Until, notice.By));
    }

    private static async Task<NoContent> TakeBackAsync(Guid id, VdiDb db, CancellationToken stop)
    {
        await db.Notices.Where(notice => notice.Id == id).ExecuteDeleteAsync(stop);
        return TypedResults.NoContent();
    }

    private static async Task<Results<Created<Guid>, ProblemHttpResult>> ReportAsync(ReportRequest request, ClaimsPrincipal principal, VdiDb db, TimeProvider time, CancellationToken stop)
    {
        var faults = new Faults();
        faults.DemandText("text", request.Text, 4000, lines: true);
        var user = Person.IdOf(principal);
        var session = request.Session is { } id ? await db.Sessions.AsNoTracking().FirstOrDefaultAsync(session => session.Id == id && session.UserId == user, stop) : null;
        if (request.Session is not null && session is null)
        {
            faults.Add("session", "unknown-session", "That is none of your sessions.");
        }

        if (faults.Any)
        {
            return Edits.Bad(faults);
        }

        var machine = session?.MachineId is { } machineId ? await db.Machines.AsNoTracking().FirstOrDefaultAsync(machine => machine.Id == machineId, stop) : null;
        var trace = new
        {
            session = session is null ? null : new { session.PoolId, State = session.State.ToString(), session.Reason, session.Code, session.Created, session.Since, session.Seen, session.Steps },
            machine = machine is null ? null : new { machine.Id, machine.Host, machine.ImageVersion, State = machine.State.ToString(), machine.Reason, machine.Since, machine.ForkMilliseconds, machine.AgentMilliseconds },
        };
        var report = new Report { Id = Guid.NewGuid(), UserId = user, SessionId = session?.Id, Text = request.Text!.Trim(), Trace = JsonSerializer.Serialize(trace, JsonSerializerOptions.Web), At = time.GetUtcNow() };
        db.Reports.Add(report);
        await db.SaveChangesAsync(stop);
        return TypedResults.Created($"/api/reports/{report.Id}", report.Id);
    }

    private static async Task<Ok<Page<ReportView>>> ReportsAsync(Paging paging, VdiDb db, CancellationToken stop, bool closed = false)
    {
        var page = await paging.OfAsync(db.Reports.AsNoTracking().Where(report => closed || report.Closed == null).OrderByDescending(report => report.At), report => report, stop);
        var ids = page.Items.Select(report => report.UserId).ToList();
        var names = await db.Users.Where(user => ids.Contains(user.Id)).ToDictionaryAsync(user => user.Id, user => user.UserName!, stop);
        return TypedResults.Ok(new Page<ReportView>([.. page.Items.Select(report => new ReportView(report.Id, names.GetValueOrDefault(report.UserId) ?? "", report.SessionId, report.Text, JsonSerializer.Deserialize<JsonElement>(report.Trace), report.At, report.Closed))], page.Total, page.Number, page.Size));
    }

    private static async Task<NoContent> CloseAsync(Guid id, VdiDb db, TimeProvider time, CancellationToken stop)
    {
        var now = time.GetUtcNow();
        await db.Reports.Where(report => report.Id == id && report.Closed == null).ExecuteUpdateAsync(set => set.SetProperty(report => report.Closed, now), stop);
        return TypedResults.NoContent();
    }
}
