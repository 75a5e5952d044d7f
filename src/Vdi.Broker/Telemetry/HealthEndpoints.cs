using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Data;
using Vdi.Broker.Machines;

namespace Vdi.Broker.Telemetry;

/// <param name="Status">"ok", or "failing".</param>
/// <param name="Checks">What was looked at: "ok", or what is the matter, in English.</param>
internal sealed record HealthView(string Status, IReadOnlyDictionary<string, string> Checks);

/// <summary>For whoever starts, stops and sends people to servers: alive, ready for people, started.</summary>
public static class HealthEndpoints
{
    /// <summary>With the one that says the version.</summary>
    public static IReadOnlyList<string> Paths { get; } = ["/healthz", "/healthz/live", "/healthz/ready", "/healthz/startup"];

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>A pass of the reconciler is due every second.</summary>
    private static readonly TimeSpan LongestPass = TimeSpan.FromSeconds(30);

    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/healthz/live", () => Answer([])).WithTags("health");
        routes.MapGet("/healthz/ready", ReadyAsync).WithTags("health");
        routes.MapGet("/healthz/startup", (FleetState fleet) => Answer(new() { ["host"] = Host(fleet), ["reconciler"] = fleet.LastPass is null ? "has not been through once yet" : "ok" })).WithTags("health");
    }

    private static async Task<JsonHttpResult<HealthView>> ReadyAsync(FleetState fleet, VdiDb db, TimeProvider time, CancellationToken stop) => Answer(new()
    {
        ["database"] = await DatabaseAsync(db, stop),
        ["host"] = Host(fleet),
        ["reconciler"] = fleet.LastPass is { } pass && time.GetUtcNow() - pass < LongestPass ? "ok" : $"was not through within {LongestPass.TotalSeconds:0} s",
    });

    private static string Host(FleetState fleet) => fleet.Newest is null ? "no host has reported yet" : "ok";

    private static async Task<string> DatabaseAsync(VdiDb db, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(Patience);
        try
        {
            await db.Database.ExecuteSqlRawAsync("SELECT 1", limit.Token).WaitAsync(Patience, stop);
            return "ok";
        }
        catch (Exception e) when (!stop.IsCancellationRequested && e is not OutOfMemoryException)
        {
            // The cause is for the log, which has it from whoever needed the database.
            return "does not answer";
        }
    }

    private static JsonHttpResult<HealthView> Answer(Dictionary<string, string> checks)
    {
        var good = checks.Values.All(check => check == "ok");
        return TypedResults.Json(new HealthView(good ? "ok" : "failing", checks), statusCode: good ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }
}
