using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Vdi.Broker.Api;
using Vdi.Broker.Data;
using Vdi.Broker.Users;

namespace Vdi.Broker.Audit;

/// <param name="Before">JSON, or null where there is none.</param>
internal sealed record AuditView(string Broker, long Number, DateTimeOffset At, string Who, string From, string Action, string Target, JsonElement? Before, JsonElement? After, string Hash);

/// <summary>Reading the audit: for administrators and auditors. Nobody changes it.</summary>
internal static class AuditEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        var audit = api.MapGroup("/audit").WithTags("audit").RequireAuthorization(policy => policy.RequireRole(Roles.Administrator, Roles.Auditor));
        audit.MapGet("/", ListAsync);
        audit.MapGet("/export", ExportAsync);
        audit.MapGet("/checkpoints", Checkpoints);
    }

    private static async Task<Results<Ok<Page<AuditView>>, ProblemHttpResult>> ListAsync(Paging paging, HttpContext context, VdiDb db, CancellationToken stop)
    {
        if (AuditFilter.TryRead(context.Request.Query) is not { } filter)
        {
            return BadFilter();
        }

        var found = filter.Of(db.Audit.AsNoTracking()).OrderByDescending(entry => entry.At).ThenBy(entry => entry.Broker).ThenByDescending(entry => entry.Number);
        return TypedResults.Ok(await paging.OfAsync(found, Describe, stop));
    }

    private static async Task<Results<PushStreamHttpResult, ProblemHttpResult>> ExportAsync(HttpContext context, VdiDb db, AuditLog audit, CancellationToken stop)
    {
        if (AuditFilter.TryRead(context.Request.Query) is not { } filter)
        {
            return BadFilter();
        }

        audit.Note("audit.export", "audit", after: filter);
        await db.SaveChangesAsync(stop);
        return TypedResults.Stream(to => AuditExport.WriteAsync(db, filter.Of(db.Audit), to, stop), "application/x-ndjson", "audit.ndjson");
    }

    private static PushStreamHttpResult Checkpoints(IOptions<AuditOptions> options, CancellationToken stop) => TypedResults.Stream(
        async to =>
        {
            foreach (var (file, _) in AuditCheckpoints.In(options.Value.Folder ?? ""))
            {
                await to.WriteAsync(await File.ReadAllBytesAsync(file, stop), stop);
            }
        },
        "application/x-ndjson",
        "audit-checkpoints.ndjson");

    private static AuditView Describe(AuditEntry entry) => new(entry.Broker, entry.Number, entry.At, entry.Who, entry.From, entry.Action, entry.Target, Parse(entry.Before), Parse(entry.After), entry.Hash);

    private static JsonElement? Parse(string json)
    {
        try
        {
            return json.Length == 0 ? null : JsonSerializer.Deserialize<JsonElement>(json);
        }
        catch (JsonException)
        {
            // Somebody edited it where nobody can; it is shown, and verifying tells.
            return JsonSerializer.SerializeToElement(json);
        }
    }

    private static ProblemHttpResult BadFilter() => Problems.Problem(StatusCodes.Status400BadRequest, "bad-request", "'from' and 'to' are instants such as 2026-11-25T10:00:00Z.");
}
