using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Api;
using Vdi.Broker.Audit;
using Vdi.Broker.Data;
using Vdi.Broker.Images;
using Vdi.Broker.Machines;

namespace Vdi.Broker.Pools;

internal sealed record NewPoolRequest(string? Id, PoolDocument? Settings);

/// <param name="Patch">Changes of each pool's settings, by JSON Merge Patch.</param>
internal sealed record BulkRequest(IReadOnlyList<string>? Ids, JsonObject? Patch);

internal sealed record CloseRequest(string? Text);

/// <param name="Version">Null for the newest, whatever it is.</param>
internal sealed record RollOutRequest(string? Version);

/// <summary>Pools, for whoever steers them.</summary>
internal static class PoolEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        var pools = api.MapGroup("/pools").WithTags("pools");
        pools.MapGet("/", ListAsync).RequireAuthorization(Can.Read).WithSummary("Pools, with what there is of them").Produces<Page<PoolView>>();
        pools.MapGet("/{id}", GetAsync).RequireAuthorization(Can.Read).WithSummary("One pool");
        pools.MapPost("/", CreateAsync).RequireAuthorization(Can.Administer).WithSummary("Makes a pool");
        pools.MapPut("/{id}", ReplaceAsync).RequireAuthorization(Can.Administer).WithSummary("Replaces a pool's settings");
        pools.MapPatch("/{id}", PatchAsync).RequireAuthorization(Can.Administer).WithSummary("Changes some of a pool's settings (JSON Merge Patch)");
        pools.MapPost("/bulk", BulkAsync).RequireAuthorization(Can.Administer).WithSummary("Changes some settings of several pools, of all or of none");
        pools.MapDelete("/{id}", DeleteAsync).RequireAuthorization(Can.Administer).WithSummary("Moves a pool to the recycle bin, or with ?forever=true out of it");
        pools.MapPost("/{id}/restore", RestoreAsync).RequireAuthorization(Can.Administer).WithSummary("Brings a pool back from the recycle bin");
        pools.MapPost("/{id}/close", CloseAsync).RequireAuthorization(Can.Operate).WithSummary("Lets nobody new in; the text says why");
        pools.MapPost("/{id}/open", OpenAsync).RequireAuthorization(Can.Operate).WithSummary("Lets people in again");
        pools.MapPost("/{id}/roll-out", RollOutAsync).RequireAuthorization(Can.Operate).WithSummary("Rolls a version of the image out, or goes on with one that stopped");
        pools.MapPost("/{id}/roll-back", RollBackAsync).RequireAuthorization(Can.Operate).WithSummary("Goes back to the version before");
    }

    private static async Task<Ok<Page<PoolView>>> ListAsync(Paging paging, VdiDb db, PoolViews views, CancellationToken stop, string? search = null, bool deleted = false)
    {
        var all = db.Pools.AsNoTracking().Where(pool => deleted ? pool.Deleted != null : pool.Deleted == null);
        if (search is { Length: > 0 })
        {
            all = all.Where(pool => pool.Id.Contains(search) || pool.Name.Contains(search) || pool.Image.Contains(search));
        }

        var page = await paging.OfAsync(all.OrderBy(pool => pool.Name).ThenBy(pool => pool.Id), pool => pool, stop);
        return TypedResults.Ok(new Page<PoolView>(await views.DescribeAsync(page.Items, stop), page.Total, page.Number, page.Size));
    }

    private static async Task<Results<Ok<PoolView>, ProblemHttpResult>> GetAsync(string id, HttpContext context, VdiDb db, PoolViews views, CancellationToken stop) =>
        await db.Pools.FindAsync([id], stop) is { } pool ? TypedResults.Ok(context.Tagged(pool, await views.DescribeAsync(pool, stop))) : Unknown(id);

    private static async Task<Results<Created<PoolView>, ProblemHttpResult>> CreateAsync(NewPoolRequest request, HttpContext context, VdiDb db, AuditLog audit, PoolViews views, FleetState fleet, CancellationToken stop)
    {
        var settings = request.Settings ?? new PoolDocument(null, null, default, null, null, null, default, null, null, null, null);
        var faults = await settings.CheckAsync(db, stop);
        faults.DemandName("id", request.Id);
        if (!faults.Any && await db.Pools.AnyAsync(pool => pool.Id == request.Id, stop))
        {
            faults.Add("id", "name-taken", $"There is a pool '{request.Id}' already; it may be in the recycle bin.", ("name", request.Id));
        }

        if (faults.Any)
        {
            return Edits.Bad(faults);
        }

        var pool = new Pool { Id = request.Id!, Name = settings.Name!, Image = settings.Image ?? "" };
        db.Pools.Add(pool);
        await settings.ApplyAsync(pool, db, stop);
        audit.Note("pool.create", Target(pool.Id), after: settings);
        await db.SaveChangesAsync(stop);
        fleet.Wake();
        return TypedResults.Created($"/api/pools/{pool.Id}", context.Tagged(pool, await views.DescribeAsync(pool, stop)));
    }

    private static async Task<Results<Ok<PoolView>, ProblemHttpResult>> ReplaceAsync(string id, PoolDocument settings, HttpContext context, VdiDb db, AuditLog audit, PoolViews views, FleetState fleet, CancellationToken stop) =>
        await EditAsync(id, _ => settings, context, db, audit, views, fleet, stop);

    private static async Task<Results<Ok<PoolView>, ProblemHttpResult>> PatchAsync(string id, JsonObject patch, HttpContext context, VdiDb db, AuditLog audit, PoolViews views, FleetState fleet, CancellationToken stop) =>
        await EditAsync(id, now => context.Merge(now, patch), context, db, audit, views, fleet, stop);

    private static async Task<Results<Ok<PoolView>, ProblemHttpResult>> EditAsync(string id, Func<PoolDocument, PoolDocument> change, HttpContext context, VdiDb db, AuditLog audit, PoolViews views, FleetState fleet, CancellationToken stop)
    {
        if (await db.Pools.FindAsync([id], stop) is not { } pool)
        {
            return Unknown(id);
        }

        var now = await views.DescribeAsync(pool, stop);
        if (context.WhyNot(pool, now) is { } refusal)
        {
            return refusal;
        }

        var settings = change(now.Settings);
        if (await settings.CheckAsync(db, stop) is { Any: true } faults)
        {
            return Edits.Bad(faults);
        }

        await settings.ApplyAsync(pool, db, stop);
        audit.Note("pool.edit", Target(id), now.Settings, settings);

        // Who may come is part of what was edited, too.
        db.Entry(pool).State = EntityState.Modified;
        if (!await db.TrySaveAsync(stop))
        {
            return Edits.Stale(await views.DescribeAsync(await db.Pools.AsNoTracking().FirstAsync(other => other.Id == id, stop), stop));
        }

        fleet.Wake();
        return TypedResults.Ok(context.Tagged(pool, await views.DescribeAsync(pool, stop)));
    }

    private static async Task<Results<Ok<List<PoolView>>, ProblemHttpResult>> BulkAsync(BulkRequest request, HttpContext context, VdiDb db, AuditLog audit, PoolViews views, FleetState fleet, CancellationToken stop)
    {
        var faults = new Faults();
        var pools = new List<Pool>();
        foreach (var (id, i) in (request.Ids ?? []).Distinct().Select((id, i) => (id, i)))
        {
            if (await db.Pools.FindAsync([id], stop) is not { } pool)
            {
                faults.Add($"ids[{i}]", "unknown-pool", $"There is no pool '{id}'.", ("id", id));
                continue;
            }

            var before = (await views.DescribeAsync(pool, stop)).Settings;
            var settings = context.Merge(before, request.Patch ?? []);
            faults.AddRange((await settings.CheckAsync(db, stop)).All.Select(fault => fault with { Field = $"{id}: {fault.Field}" }));
            if (!faults.Any)
            {
                await settings.ApplyAsync(pool, db, stop);
                audit.Note("pool.edit", Target(id), before, settings);
                db.Entry(pool).State = EntityState.Modified;
                pools.Add(pool);
            }
        }

        if (faults.Any)
        {
            return Edits.Bad(faults);
        }

        if (!await db.TrySaveAsync(stop))
        {
            return Edits.Stale(await views.DescribeAsync(pools, stop));
        }

        fleet.Wake();
        return TypedResults.Ok(await views.DescribeAsync(pools, stop));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(string id, VdiDb db, AuditLog audit, FleetState fleet, TimeProvider time, CancellationToken stop, bool forever = false)
    {
        if (await db.Pools.FindAsync([id], stop) is not { } pool)
        {
            return Unknown(id);
        }

        if (!forever)
        {
            pool.Deleted ??= time.GetUtcNow();
        }
        else if (pool.Deleted is null)
        {
            return Problems.Problem(StatusCodes.Status409Conflict, "not-deleted", $"Only what is in the recycle bin can be deleted for good: delete '{pool.Name}' first.");
        }
        else if (await db.Sessions.AnyAsync(session => session.PoolId == id && session.Released == null, stop))
        {
            return Problems.Problem(StatusCodes.Status409Conflict, "in-use", $"Somebody still has a session of '{pool.Name}': end it first.");
        }
        else
        {
            db.Pools.Remove(pool);
            db.Grants.RemoveRange(db.Grants.Where(grant => grant.PoolId == id));
            db.Screens.RemoveRange(db.Screens.Where(screen => screen.PoolId == id));
            db.AppLinks.RemoveRange(db.AppLinks.Where(link => link.PoolId == id));
            db.Favourites.RemoveRange(db.Favourites.Where(favourite => favourite.PoolId == id));
        }

        audit.Note(forever ? "pool.destroy" : "pool.delete", Target(id));

        await db.SaveChangesAsync(stop);
        fleet.Wake();
        return TypedResults.NoContent();
    }

    private static Task<Results<Ok<PoolView>, ProblemHttpResult>> RestoreAsync(string id, HttpContext context, VdiDb db, AuditLog audit, PoolViews views, FleetState fleet, CancellationToken stop) =>
        ChangeAsync(id, "pool.restore", pool => { pool.Deleted = null; return null; }, context, db, audit, views, fleet, stop);

    private static Task<Results<Ok<PoolView>, ProblemHttpResult>> CloseAsync(string id, CloseRequest request, HttpContext context, VdiDb db, AuditLog audit, PoolViews views, FleetState fleet, CancellationToken stop)
    {
        var faults = new Faults();
        faults.DemandText("text", request.Text, 500, empty: true);
        return ChangeAsync(id, "pool.close", pool => { pool.Closed = request.Text?.Trim() ?? ""; return faults.Any ? Edits.Bad(faults) : null; }, context, db, audit, views, fleet, stop);
    }

    private static Task<Results<Ok<PoolView>, ProblemHttpResult>> OpenAsync(string id, HttpContext context, VdiDb db, AuditLog audit, PoolViews views, FleetState fleet, CancellationToken stop) =>
        ChangeAsync(id, "pool.open", pool => { pool.Closed = null; return null; }, context, db, audit, views, fleet, stop);

    private static async Task<Results<Ok<PoolView>, ProblemHttpResult>> RollOutAsync(string id, RollOutRequest request, HttpContext context, VdiDb db, AuditLog audit, PoolViews views, FleetState fleet, CancellationToken stop) =>
        request.Version is { Length: > 0 } version && await WhyNotAsync(id, _ => version, db, stop) is { } refusal
            ? refusal
            : await ChangeAsync(id, "pool.roll-out", pool => { (pool.ImageVersion, pool.RollOutStopped) = (request.Version is "" ? null : request.Version, null); return null; }, context, db, audit, views, fleet, stop);

    private static async Task<Results<Ok<PoolView>, ProblemHttpResult>> RollBackAsync(string id, HttpContext context, VdiDb db, AuditLog audit, PoolViews views, FleetState fleet, CancellationToken stop) =>
        await WhyNotAsync(id, pool => pool.PreviousVersion, db, stop) is { } refused ? refused : await ChangeAsync(
            id,
            "pool.roll-back",
            pool =>
            {
                if (pool.PreviousVersion is not { } previous)
                {
                    return Problems.Problem(StatusCodes.Status409Conflict, "no-previous-version", $"'{pool.Name}' has had no other version of its image yet.");
                }

                (pool.ImageVersion, pool.RollOutStopped) = (previous, null);
                return null;
            },
            context,
            db,
            audit,
            views,
            fleet,
            stop);

    /// <summary>Why the pool cannot have a version of its image: it has not passed its test. One that no host has may come yet.</summary>
    private static async Task<ProblemHttpResult?> WhyNotAsync(string id, Func<Pool, string?> choose, VdiDb db, CancellationToken stop) =>
        await db.Pools.FindAsync([id], stop) is { } pool && choose(pool) is { } version && version != pool.CurrentVersion
        && (await ImageCatalog.OfAsync(db, pool.Image, stop)).Find(image => image.Version == version) is { IsOffered: false }
            ? Problems.Problem(StatusCodes.Status409Conflict, "not-offered", $"Version {version} of '{pool.Image}' has not passed its test: test it, or choose another one.")
            : null;

    /// <summary>One step that needs no version: it says all by itself.</summary>
    private static async Task<Results<Ok<PoolView>, ProblemHttpResult>> ChangeAsync(string id, string action, Func<Pool, ProblemHttpResult?> change, HttpContext context, VdiDb db, AuditLog audit, PoolViews views, FleetState fleet, CancellationToken stop)
    {
        for (var tries = 3; ; tries--)
        {
            if (await db.Pools.FindAsync([id], stop) is not { } pool)
            {
                return Unknown(id);
            }

            if (change(pool) is { } refusal)
            {
                return refusal;
            }

            audit.Note(action, Target(id), after: new { pool.Closed, pool.ImageVersion });
            if (await db.TrySaveAsync(stop) || tries == 0)
            {
                fleet.Wake();
                return TypedResults.Ok(context.Tagged(pool, await views.DescribeAsync(pool, stop)));
            }
        }
    }

    private static string Target(string id) => $"pool/{id}";

    private static ProblemHttpResult Unknown(string id) => Problems.Problem(StatusCodes.Status404NotFound, "unknown-pool", $"There is no pool '{id}'.");
}
