using System.Net;
using System.Text.Json.Nodes;

namespace Vdi.Server.Client;

/// <summary>A request that came to nothing, in words that say what to do; each line is one of them.</summary>
/// <param name="problem">The server's problem details, where it sent any.</param>
internal sealed class ApiException(string message, HttpStatusCode? status = null, JsonObject? problem = null, Exception? inner = null) : Exception(message, inner)
{
    public HttpStatusCode? Status => status;

    public JsonObject? Problem => problem;

    /// <summary>The stable code of api.md, or null.</summary>
    public string? Code => problem?["code"].Text();

    /// <summary>What was wrong, one by one.</summary>
    public IEnumerable<JsonObject> Errors => (problem?["errors"] as JsonArray ?? []).OfType<JsonObject>();

    /// <summary>Says what a refusal means.</summary>
    /// <param name="body">As it came; problem details or not.</param>
    public static ApiException Of(HttpStatusCode status, string body, string server, bool signed)
    {
        var problem = JsonText.TryParse(body) as JsonObject;
        if (problem?["detail"].Text() is { } detail)
        {
            return new ApiException(Describe(detail, problem), status, problem);
        }

        return new ApiException(
            status switch
            {
                HttpStatusCode.Unauthorized when signed => $"{server} does not take the token, or not any more: sign in again with 'vdi login'.",
                HttpStatusCode.Unauthorized => $"You are not signed in at {server}: run 'vdi login', or set VDI_TOKEN.",
                HttpStatusCode.Forbidden => "You may not do that: it needs another role. An administrator can give it to you.",
                HttpStatusCode.RequestEntityTooLarge => "That is more than the server takes at a time.",
                HttpStatusCode.BadRequest when body is { Length: > 0 and < 500 } && !body.StartsWith('<') => $"{server}: {JsonText.Printable(body)}",
                >= HttpStatusCode.InternalServerError => $"{server} has a problem (it answered {(int)status}): its log says which.",
                _ => $"{server} answered {(int)status} and said nothing else: is it a Vdi server, of this version?",
            },
            status,
            problem);
    }

    private static string Describe(string detail, JsonObject problem)
    {
        if (problem["errors"] is not JsonArray { Count: > 0 } errors)
        {
            return JsonText.Printable(detail);
        }

        // The detail of many faults is all of them in one line: they are easier to read one by one.
        var all = string.Join(" ", errors.Select(error => error?["detail"].Text()));
        var head = all == detail ? errors.Count == 1 ? "Nothing was changed: one thing is wrong." : $"Nothing was changed: {errors.Count} things are wrong." : JsonText.Printable(detail);
        return string.Join('\n', [head, .. errors.Select(error => JsonText.Printable($"  {error?["field"].Text() ?? error?["code"].Text()}: {error?["detail"].Text()}"))]);
    }
}
