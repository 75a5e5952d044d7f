using System.CommandLine;
using System.Text.Json.Nodes;

namespace Vdi.Server.Client;

/// <summary>--set FIELD=VALUE, as often as one likes: a JSON Merge Patch of a thing's settings.</summary>
internal static class Changes
{
    /// <summary>Fields whose value is text whatever it looks like; of the others what is JSON is taken so.</summary>
    private static readonly HashSet<string> Texts = ["name", "description", "image", "imageVersion", "displayName", "email", "network.mode", "network.proxy", "policy.timeZone", "app.command", "app.folder", "app.version", "app.category"];

    /// <summary>Fields that take names with commas between.</summary>
    private static readonly HashSet<string> Lists = ["tags", "roles", "groups", "members", "network.dns", "app.arguments", "app.fileTypes", "app.embed"];

    public static Option<string[]> NewOption() => new("--set")
    {
        Description = "A field and what it shall be: policy.maximum=30, tags=red,blue, access=group:staff,role:user, policy.idleMinutes=null; lists of other things as JSON",
        DefaultValueFactory = _ => [],
    };

    /// <summary>The patch that these make.</summary>
    /// <exception cref="ApiException">One of them is not field=value; all of those are told.</exception>
    public static JsonObject Read(IEnumerable<string> given)
    {
        var patch = new JsonObject();
        var faults = new List<string>();
        foreach (var text in given)
        {
            var (path, value) = text.IndexOf('=', StringComparison.Ordinal) is > 0 and var at ? (text[..at].Trim(), text[(at + 1)..]) : ("", "");
            if (path.Length == 0 || path.Split('.').Any(name => name.Length == 0))
            {
                faults.Add($"--set wants field=value, policy.maximum=30 say, not '{JsonText.Printable(text)}'.");
            }
            else if (!TryPut(patch, path.Split('.'), Value(path, value)))
            {
                faults.Add($"--set {path} is given twice, or beside a field of its own.");
            }
        }

        return faults.Count == 0 ? patch : throw new ApiException(string.Join('\n', faults));
    }

    /// <summary>A document with the patch in it (RFC 7396), for what the API takes as a whole only.</summary>
    public static JsonObject Merge(JsonObject document, JsonObject patch)
    {
        var merged = document.DeepClone().AsObject();
        foreach (var (name, value) in patch)
        {
            merged[name] = value is JsonObject inner ? Merge(merged[name] as JsonObject ?? [], inner) : value?.DeepClone();
        }

        return merged;
    }

    private static JsonNode? Value(string path, string text) => text switch
    {
        "null" => null,
        ['"', ..] or ['[', ..] or ['{', ..] when JsonText.TryParse(text) is { } json => json,
        _ when path == "access" => new JsonArray([.. Split(text).Select(who => who.Split(':', 2)).Select(who => new JsonObject { ["kind"] = who.Length == 2 ? who[0].Trim() : "user", ["name"] = who[^1].Trim() })]),
        _ when Lists.Contains(path) => new JsonArray([.. Split(text).Select(each => JsonValue.Create(each))]),
        _ when Texts.Contains(path) => JsonValue.Create(text),
        _ => JsonText.TryParse(text) ?? JsonValue.Create(text),
    };

    private static string[] Split(string text) => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static bool TryPut(JsonObject into, ReadOnlySpan<string> path, JsonNode? value)
    {
        if (path.Length == 1)
        {
            return into.TryAdd(path[0], value);
        }

        if (!into.ContainsKey(path[0]))
        {
            into[path[0]] = new JsonObject();
        }

        return into[path[0]] is JsonObject inner && TryPut(inner, path[1..], value);
    }
}
