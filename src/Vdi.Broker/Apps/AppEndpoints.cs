using System.Security.Claims;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Api;
using Vdi.Broker.Data;
using Vdi.Broker.Machines;
using Vdi.Broker.Sessions;
using Vdi.Broker.Users;
using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Apps;

/// <param name="Version">Null for the newest.</param>
internal sealed record FindAppsRequest(string? Version = null);

/// <param name="Icon">A PNG in base64; null for none.</param>
internal sealed record FoundAppView(string Entry, string Name, string Comment, string Command, IReadOnlyList<string> Arguments, string? Folder, IReadOnlyList<string> Categories, IReadOnlyList<string> FileTypes, string? Icon, bool Terminal);

internal sealed record FoundAppsView(IReadOnlyList<FoundAppView> Items);

/// <summary>What browsers ask of applications, and what images have of them.</summary>
internal static partial class AppEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        // Whoever knows what is in a picture may see it: pages that are installed ask for it without a cookie.
        api.MapGet("/apps/icons/{hash}", IconAsync).WithTags("apps").WithSummary("The picture of an application").Produces(StatusCodes.Status200OK, contentType: "image/png");
        api.MapGet("/apps/{id}/manifest", ManifestAsync).RequireAuthorization().WithTags("oneself").WithSummary("What a browser needs to install an application (W3C Web Application Manifest)");
        api.MapPost("/images/{name}/apps", FindAsync).RequireAuthorization(Can.Administer).WithTags("images").WithSummary("The applications that an image has, as it says itself; a machine is forked for it");
    }

    private static async Task<Results<FileContentHttpResult, NotFound>> IconAsync(string hash, HttpContext context, VdiDb db, CancellationToken stop)
    {
        if (!Hash().IsMatch(hash) || await db.AppIcons.AsNoTracking().FirstOrDefaultAsync(icon => icon.Hash == hash, stop) is not { } found)
        {
            return TypedResults.NotFound();
        }

        context.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
        return TypedResults.Bytes(found.Png, "image/png");
    }

    private static async Task<IResult> ManifestAsync(string id, ClaimsPrincipal principal, VdiDb db, LaunchRules rules, CancellationToken stop)
    {
        if (await db.Pools.FindAsync([id], stop) is not { App: { } app, Deleted: null } pool || !await rules.IsEntitledAsync(await Person.OfAsync(principal, db, stop), id, stop))
        {
            return Problems.Problem(StatusCodes.Status404NotFound, "unknown-app", $"There is no application '{id}' that you may open.");
        }

        return TypedResults.Json(
            new
            {
                id = $"/app/{id}",
                name = pool.Name,
                short_name = pool.Name,
                description = pool.Description,
                start_url = $"/app/{id}",
                scope = $"/app/{id}",
                display = "standalone",
                icons = app.Icon is { } hash ? new[] { new { src = AppIcon.Address(hash), type = "image/png", sizes = "any" } } : [new { src = (string?)"/icon.svg", type = "image/svg+xml", sizes = "any" }],
            },
            contentType: "application/manifest+json");
    }

    private static async Task<Results<Ok<FoundAppsView>, ProblemHttpResult>> FindAsync(string name, FindAppsRequest? request, FleetState fleet, CancellationToken stop)
    {
        if (fleet.Newest is not { } actual)
        {
            return Problems.Problem(StatusCodes.Status503ServiceUnavailable, "no-host", "No host has reported yet. Try again in some seconds.");
        }

        if (!actual.Images.Contains(name))
        {
            return Problems.Problem(StatusCodes.Status404NotFound, "unknown-image", $"There is no image '{name}'.");
        }

        var answer = await fleet.AskAsync(new AskApps(Guid.NewGuid(), name, request?.Version is "" ? null : request?.Version), stop);
        return answer.Apps is { } apps
            ? TypedResults.Ok(new FoundAppsView([.. apps.OrderBy(app => app.Name, StringComparer.Ordinal).Select(Describe)]))
            : Problems.Problem(StatusCodes.Status502BadGateway, "image-did-not-say", $"What applications '{name}' has could not be found out: {answer.Refusal}");
    }

    private static FoundAppView Describe(FoundApp app) => new(app.Entry, app.Name, app.Comment, app.Command, app.Arguments, app.Folder, app.Categories, app.FileTypes, app.Icon is { } png && AppIcon.IsSane(png) ? Convert.ToBase64String(png) : null, app.Terminal);

    [GeneratedRegex("^[0-9a-f]{64}$")]
    private static partial Regex Hash();
}
