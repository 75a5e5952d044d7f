using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Unicode;

namespace Vdi.Broker.Audit;

/// <summary>What may stand in an entry: text that every database keeps as it is, and nothing secret.</summary>
internal static class AuditText
{
    public const string Hidden = "(hidden)";
    private const int LongestLine = 256;
    private const int LongestJson = 32 * 1024;
    private static readonly string[] Secrets = ["password", "secret", "ticket", "hash", "stamp", "credential", "cookie", "privatekey"];

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        Encoder = JavaScriptEncoder.Create(UnicodeRanges.All),
        ReferenceHandler = ReferenceHandler.IgnoreCycles,
    };

    /// <summary>One line of valid Unicode: names are what people typed.</summary>
    public static string Line(string text)
    {
        var line = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (line.Length + rune.Utf16SequenceLength > LongestLine)
            {
                break;
            }

            line.Append(Rune.IsControl(rune) ? Rune.ReplacementChar.ToString() : rune.ToString());
        }

        return line.ToString();
    }

    /// <summary>Empty for null.</summary>
    public static string Json(object? value)
    {
        var node = JsonSerializer.SerializeToNode(value, Options);
        Hide(node);
        var json = node?.ToJsonString(Options) ?? "";
        return json.Length <= LongestJson ? json : $$"""{"tooLong":{{json.Length}}}""";
    }

    private static void Hide(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject fields:
                foreach (var (name, value) in fields.ToList())
                {
                    if (value is JsonValue && value.GetValueKind() == JsonValueKind.String && IsSecret(name))
                    {
                        fields[name] = Hidden;
                    }
                    else
                    {
                        Hide(value);
                    }
                }

                break;
            case JsonArray items:
                foreach (var item in items)
                {
                    Hide(item);
                }

                break;
        }
    }

    private static bool IsSecret(string name) => name.Equals("token", StringComparison.OrdinalIgnoreCase) || Array.Exists(Secrets, secret => name.Contains(secret, StringComparison.OrdinalIgnoreCase));
}
