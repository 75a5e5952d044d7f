using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Vdi.Broker.Api;

/// <summary>How everything is edited: with the version that was looked at, all of it or nothing, and all that is wrong told at once.</summary>
internal static class Edits
{
    public static string Tag(IEdited edited) => $"\"{edited.Version}\"";

    /// <summary>Gives the answer its ETag.</summary>
    public static T Tagged<T>(this HttpContext context, IEdited edited, T answer)
    {
        context.Response.Headers.ETag = Tag(edited);
        return answer;
    }

    /// <summary>Why the edit is refused before it is looked at: it must bear the version that was seen (RFC 9110, 13.1.1; RFC 6585, 3).</summary>
    /// <param name="now">What there is now, for the answer.</param>
    public static ProblemHttpResult? WhyNot(this HttpContext context, IEdited edited, object now)
    {
        var match = context.Request.Headers.IfMatch.ToString();
        return match.Length == 0 ? Problems.Problem(StatusCodes.Status428PreconditionRequired, "no-version", "Send the ETag of what you edit as If-Match, so that nobody's change is lost.")
            : match == "*" || match.Split(',').Any(tag => tag.Trim() == Tag(edited)) ? null
            : Stale(now);
    }

    public static ProblemHttpResult Stale(object now) =>
        Problems.Problem(StatusCodes.Status412PreconditionFailed, "changed-meanwhile", "Somebody else changed this meanwhile; 'current' is what it is now. Look at it and edit that.", ("current", now));

    public static ProblemHttpResult Bad(Faults faults) =>
        Problems.Problem(StatusCodes.Status400BadRequest, "bad-edit", string.Join(" ", faults.All.Select(fault => fault.Detail)), ("errors", faults.All));

    /// <summary>Saves, unless somebody else was quicker.</summary>
    public static async Task<bool> TrySaveAsync(this DbContext db, CancellationToken stop)
    {
        try
        {
            await db.SaveChangesAsync(stop);
            return true;
        }
        catch (DbUpdateConcurrencyException)
        {
            db.ChangeTracker.Clear();
            return false;
        }
    }

    /// <summary>A document with a part of it changed, by JSON Merge Patch (RFC 7396).</summary>
    /// <exception cref="BadHttpRequestException">What comes of it is no such document.</exception>
    public static T Merge<T>(this HttpContext context, T document, JsonObject patch)
    {
        var json = context.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;
        try
        {
            return Merge(JsonSerializer.SerializeToNode(document, json)!.AsObject(), patch).Deserialize<T>(json)!;
        }
        catch (JsonException e)
        {
            throw new BadHttpRequestException("The changes do not fit.", e);
        }
    }

    private static JsonObject Merge(JsonObject into, JsonObject patch)
    {
        foreach (var (name, value) in patch)
        {
            into[name] = value is JsonObject inner ? Merge(into[name] as JsonObject ?? [], inner) : value?.DeepClone();
        }

        return into.DeepClone().AsObject();
    }
}
