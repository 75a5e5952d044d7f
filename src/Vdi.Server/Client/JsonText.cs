using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Vdi.Server.Client;

/// <summary>JSON as people read it.</summary>
internal static class JsonText
{
    /// <summary>Readable in any script.</summary>
    public static JsonSerializerOptions Indented { get; } = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static JsonSerializerOptions OneLine { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Null for what is no JSON.</summary>
    public static JsonNode? TryParse(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The text of a string; null for anything else.</summary>
    public static string? Text(this JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    /// <summary>What is at a path of names with dots between; null where there is nothing.</summary>
    public static JsonNode? At(this JsonNode? node, string path) => path.Split('.').Aggregate(node, (at, name) => (at as JsonObject)?[name]);

    /// <summary>A value in a cell or a sentence: "role user, group 7" for who may come, "reds, blues" for a list, nothing for null.</summary>
    public static string Show(this JsonNode? node) => node switch
    {
        null => "",
        JsonArray list => string.Join(", ", list.Select(Show)),
        JsonObject one when one.Count == 2 && one["kind"].Text() is { } kind && one["name"].Text() is { } name => Printable($"{kind} {name}"),
        JsonObject => Printable(node.ToJsonString(OneLine)),
        _ => Printable(node.Text() ?? node.ToJsonString(OneLine)),
    };

    /// <summary>An instant, in UTC to the second.</summary>
    public static string ShowInstant(this JsonNode? node) =>
        node is JsonValue value && value.TryGetValue<DateTimeOffset>(out var instant) ? instant.UtcDateTime.ToString("u", System.Globalization.CultureInfo.InvariantCulture) : "";

    /// <summary>All leaves with their paths, in order; lists are leaves.</summary>
    public static IEnumerable<(string Path, JsonNode? Value)> Leaves(this JsonNode? node, string path = "") =>
        node is JsonObject inner && (inner.Count > 0 || path.Length == 0)
            ? inner.SelectMany(each => each.Value.Leaves(path.Length == 0 ? each.Key : $"{path}.{each.Key}"))
            : [(path, node)];

    /// <summary>Without what could steer a terminal.</summary>
    public static string Printable(string text) => string.Concat(text.ReplaceLineEndings(" ").Where(c => !char.IsControl(c))).TrimEnd();
}
