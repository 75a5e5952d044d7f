using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Vdi.Broker.Data;
using Vdi.Broker.Users;

namespace Vdi.Broker.Audit;

/// <param name="Before">JSON, or null where there is none.</param>
internal sealed record AuditView(string Broker, long Number, DateTimeOffset At, string Who, string From, string Action, string Target, JsonElement? Before, JsonElement? After, string Hash);

internal sealed record AuditPage(IReadOnlyList<AuditView> Items, int Total, int Page, int Size);

/// <summary>Reading the audit: for administrators and auditors. Nobody changes it.</summary>
internal static class AuditEndpoints
{
    private const int MostAtOnce = 500;

    public static void Map(RouteGroupBuilder api)
    {
        var audit = api.MapGroup("/audit").RequireAuthorization(policy => policy.RequireRole(Roles.Administrator, Roles.Auditor));
        audit.MapGet("/", ListAsync);
        audit.MapGet("/export", ExportAsync);
        audit.MapGet("/checkpoints", Checkpoints);
    }

    private static async Task<Results<Ok<AuditPage>, ProblemHttpResult>> ListAsync(HttpContext context, VdiDb db, CancellationToken stop)
    {
        if (AuditFilter.TryRead(context.Request.Query) is not { } filter)
        {
            return BadFilter();
        }

        var (page, size) = (Math.Max(1, Number(context, "page") ?? 1), Math.Clamp(Number(context, "size") ?? 50, 1, MostAtOnce));
        var found = filter.Of(db.Audit.AsNoTracking());
        var total = await found.CountAsync(stop);
        var skip = Math.Min((long)(page - 1) * size, int.MaxValue);
        var entries = await found.OrderByDescending(entry => entry.At).ThenBy(entry => entry.Broker).ThenByDescending(entry => entry.Number).Skip((int)skip).Take(size).ToListAsync(stop);
        return TypedResults.Ok(new AuditPage(entries.ConvertAll(Describe), total, page, size));
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

    private static int? Number(HttpContext context, string name) => int.TryParse(context.Request.Query[name], CultureInfo.InvariantCulture, out var number) ? number : null;

    private static ProblemHttpResult BadFilter() => Problems.Problem(StatusCodes.Status400BadRequest, "bad-request", "'from' and 'to' are instants such as 2026-11-25T10:00:00Z.");
}
