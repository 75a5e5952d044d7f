using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using Vdi.Broker.Api;
using JsonOptions = Microsoft.AspNetCore.Http.Json.JsonOptions;

namespace Vdi.Broker.Site;

/// <summary>Everything that a site is set up with, in one document: read, planned and applied as a whole. For administrators.</summary>
internal static class SiteEndpoints
{
    /// <summary>A site file is larger than other requests: some ten thousand people.</summary>
    private const int MaxBytes = 4 * 1024 * 1024;

    public static void Map(RouteGroupBuilder api)
    {
        var site = api.MapGroup("/site").WithTags("site").RequireAuthorization(Can.Administer);
        site.MapGet("/", async (SiteState state, CancellationToken stop) => TypedResults.Ok(await state.ReadAsync(stop))).WithSummary("The whole site as a document").Produces<SiteDocument>();
        site.MapPost("/", ApplyAsync).WithMetadata(new RequestSizeLimitAttribute(MaxBytes)).WithSummary("Makes the site what the document says, all of it or nothing; with ?plan=true says only what would change");
    }

    private static async Task<Results<Ok<SitePlan>, ProblemHttpResult>> ApplyAsync(JsonElement body, HttpContext context, SiteService site, IOptions<JsonOptions> json, CancellationToken stop, bool plan = false, bool prune = false)
    {
        var match = context.Request.Headers.IfMatch.ToString().Trim().Trim('"');
        if (!plan && match.Length == 0)
        {
            return Problems.Problem(StatusCodes.Status428PreconditionRequired, "no-version", "Ask for the plan first (?plan=true), and send its hash as If-Match: what is done is what was agreed to.");
        }

        var shape = new Faults();
        var request = SiteRequest.Read(Names(body), json.Value.SerializerOptions, shape);
        var (result, now, faults) = await site.RunAsync(request, shape, prune, plan ? null : match, stop);
        if (result == SiteResult.Refused)
        {
            return Edits.Bad(faults);
        }

        if (result == SiteResult.Stale)
        {
            return Problems.Problem(StatusCodes.Status412PreconditionFailed, "changed-meanwhile", "Something else was changed since the plan was made; 'current' is what would be done now. Nothing was done.", ("current", now));
        }

        context.Response.Headers.ETag = $"\"{now!.Hash}\"";
        return TypedResults.Ok(now);
    }

    /// <summary>Names that differ in large and small letters only are different ones, and each is there once.</summary>
    /// <exception cref="BadHttpRequestException">One is not, or this is no set of names at all.</exception>
    private static JsonObject Names(JsonElement body)
    {
        try
        {
            return body.ValueKind == JsonValueKind.Object ? JsonNode.Parse(body.GetRawText(), documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false })!.AsObject() : throw new JsonException("A site is an object.");
        }
        catch (JsonException e)
        {
            throw new BadHttpRequestException("A site cannot be read.", e);
        }
    }
}
