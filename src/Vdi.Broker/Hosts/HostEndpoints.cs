using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Api;
using Vdi.Broker.Audit;
using Vdi.Broker.Data;
using Vdi.Broker.Machines;
using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Hosts;

internal sealed record HostView(string Id, string Accelerator, string? Problem, IReadOnlyList<HostImage> Images, DateTimeOffset Seen, string? Draining, IReadOnlyDictionary<string, int> Machines);

internal sealed record DrainRequest(string? Text);

/// <summary>Hosts, for whoever steers them.</summary>
internal static class HostEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        var hosts = api.MapGroup("/hosts").WithTags("hosts");
        hosts.MapGet("/", ListAsync).RequireAuthorization(Can.Read).WithSummary("Hosts, as they reported themselves last");
        hosts.MapPost("/{id}/drain", DrainAsync).RequireAuthorization(Can.Operate).WithSummary("Gives a host no new machines; sessions finish");
        hosts.MapPost("/{id}/resume", ResumeAsync).RequireAuthorization(Can.Operate).WithSummary("Gives a host machines again");
    }

    private static async Task<Ok<List<HostView>>> ListAsync(VdiDb db, CancellationToken stop)
    {
        var machines = await db.Machines.Where(machine => machine.State != MachineState.Gone).GroupBy(machine => new { machine.Host, machine.State }).Select(group => new { group.Key, Count = group.Count() }).ToListAsync(stop);
        var hosts = await db.Hosts.AsNoTracking().OrderBy(host => host.Id).ToListAsync(stop);
        return TypedResults.Ok(hosts.ConvertAll(host => new HostView(
            host.Id,
            host.Accelerator,
            host.Problem,
            [.. host.Images.Select(image => image with { Details = image.Details is { } details ? details with { Changes = null } : null })],
            host.Seen,
            host.Draining,
            machines.Where(machine => machine.Key.Host == host.Id).ToDictionary(machine => machine.Key.State.ToString().ToLowerInvariant(), machine => machine.Count))));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DrainAsync(string id, DrainRequest request, VdiDb db, AuditLog audit, FleetState fleet, CancellationToken stop)
    {
        var faults = new Faults();
        faults.DemandText("text", request.Text, 500, empty: true);
        return faults.Any ? Edits.Bad(faults) : await SetAsync(id, request.Text?.Trim() ?? "", db, audit, fleet, stop);
    }

    private static Task<Results<NoContent, ProblemHttpResult>> ResumeAsync(string id, VdiDb db, AuditLog audit, FleetState fleet, CancellationToken stop) => SetAsync(id, null, db, audit, fleet, stop);

    private static async Task<Results<NoContent, ProblemHttpResult>> SetAsync(string id, string? draining, VdiDb db, AuditLog audit, FleetState fleet, CancellationToken stop)
    {
        if (await db.Hosts.FindAsync([id], stop) is not { } host)
        {
            return Problems.Problem(StatusCodes.Status404NotFound, "unknown-host", $"There is no host '{id}'.");
        }

        host.Draining = draining;
        audit.Note(draining is null ? "host.resume" : "host.drain", $"host/{id}", after: new { text = draining });
        await db.SaveChangesAsync(stop);
        fleet.Wake();
        return TypedResults.NoContent();
    }
}
