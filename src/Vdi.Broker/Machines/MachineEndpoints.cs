using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Api;
using Vdi.Broker.Data;
using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Machines;

internal sealed record MachineView(Guid Id, string Pool, string Image, string? ImageVersion, string Host, string State, string Reason, DateTimeOffset Since, double? ForkMilliseconds, double? AgentMilliseconds, Guid? Session, string? User);

/// <summary>Machines, for whoever steers them.</summary>
internal static class MachineEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        var machines = api.MapGroup("/machines").WithTags("machines");
        machines.MapGet("/", ListAsync).RequireAuthorization(Can.Read).WithSummary("Machines that there are");
        machines.MapDelete("/{id:guid}", DeleteAsync).RequireAuthorization(Can.Operate).WithSummary("Destroys a machine that nobody has");
    }

    private static async Task<Ok<Page<MachineView>>> ListAsync(Paging paging, VdiDb db, CancellationToken stop, string? pool = null, MachineState? state = null, string? host = null)
    {
        var all = db.Machines.AsNoTracking().Where(machine => state == null ? machine.State != MachineState.Gone : machine.State == state);
        all = pool is null ? all : all.Where(machine => machine.PoolId == pool);
        all = host is null ? all : all.Where(machine => machine.Host == host);
        var page = await paging.OfAsync(all.OrderByDescending(machine => machine.Since).ThenBy(machine => machine.Id), machine => machine, stop);
        var ids = page.Items.Select(machine => machine.Id).ToList();
        var sessions = await db.Sessions.Where(session => session.Released == null && session.MachineId != null && ids.Contains(session.MachineId.Value))
            .Join(db.Users, session => session.UserId, user => user.Id, (session, user) => new { session.Id, session.MachineId, user.UserName }).ToDictionaryAsync(session => session.MachineId!.Value, stop);
        return TypedResults.Ok(new Page<MachineView>(
            [.. page.Items.Select(machine => new MachineView(
                machine.Id,
                machine.PoolId,
                machine.Image,
                machine.ImageVersion,
                machine.Host,
                machine.State.ToString().ToLowerInvariant(),
                machine.Reason,
                machine.Since,
                machine.ForkMilliseconds,
                machine.AgentMilliseconds,
                sessions.GetValueOrDefault(machine.Id)?.Id,
                sessions.GetValueOrDefault(machine.Id)?.UserName))],
            page.Total,
            page.Number,
            page.Size));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(Guid id, VdiDb db, FleetState fleet, TimeProvider time, CancellationToken stop)
    {
        if (!await db.Machines.AnyAsync(machine => machine.Id == id && machine.State != MachineState.Gone, stop))
        {
            return Problems.Problem(StatusCodes.Status404NotFound, "unknown-machine", $"There is no machine '{id}'.");
        }

        var now = time.GetUtcNow();
        var done = await db.Machines.Where(machine => machine.Id == id && machine.State != MachineState.Assigned && !(machine.Touched && (machine.State == MachineState.Suspended || machine.State == MachineState.Waking)) && machine.State != MachineState.Gone && machine.State != MachineState.Recycling).ExecuteUpdateAsync(
            set => set.SetProperty(machine => machine.State, MachineState.Recycling).SetProperty(machine => machine.Reason, "was destroyed by an operator").SetProperty(machine => machine.Since, now),
            stop);
        fleet.Wake();
        return done == 1 ? TypedResults.NoContent() : Problems.Problem(StatusCodes.Status409Conflict, "in-use", "Somebody has this machine, or it is being destroyed already: end the session instead.");
    }
}
