using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Vdi.Broker.Api;

namespace Vdi.Broker.Site;

/// <summary>Everything in a piece of JSON that a type has no place for, where the serializer stops at the first.</summary>
internal static class JsonShape
{
    /// <summary>Notes fields that the type does not have, those that it needs, and values of other types, and takes them out.</summary>
    /// <returns>Whether what is left fits the type.</returns>
    public static bool Check(JsonNode? node, Type type, string path, JsonSerializerOptions json, Faults faults)
    {
        var info = json.GetTypeInfo(Nullable.GetUnderlyingType(type) ?? type);
        switch (info.Kind)
        {
            case JsonTypeInfoKind.Object when node is JsonObject fields:
                return CheckFields(fields, info, path, json, faults);
            case JsonTypeInfoKind.Dictionary when node is JsonObject entries:
                return entries.Select(entry => Check(entry.Value ?? new JsonObject(), info.ElementType!, $"{path}.{entry.Key}", json, faults)).ToList().TrueForAll(fits => fits);
            case JsonTypeInfoKind.Enumerable when node is JsonArray list:
                return list.Select((item, i) => Check(item, info.ElementType!, $"{path}[{i}]", json, faults)).ToList().TrueForAll(fits => fits);
            case JsonTypeInfoKind.None when node is not null:
                return CheckValue(node, info, path, json, faults);
            default:
                faults.Add(path, "wrong-type", $"This wants {Describe(info)}, not {Describe(node)}.");
                return false;
        }
    }

    private static bool CheckFields(JsonObject fields, JsonTypeInfo info, string path, JsonSerializerOptions json, Faults faults)
    {
        var given = fields.Select(field => field.Key).ToHashSet(StringComparer.OrdinalIgnoreCase);
        string At(string name) => path.Length == 0 ? name : $"{path}.{name}";
        foreach (var (name, value) in fields.ToList())
        {
            var at = At(name);
            var property = info.Properties.FirstOrDefault(property => string.Equals(property.Name, name, StringComparison.OrdinalIgnoreCase));
            if (property is null)
            {
                var near = info.Properties.Select(property => property.Name).MinBy(known => Distance(known, name));
                faults.Add(at, "unknown-field", $"There is no field '{name}' here{(near is not null && Distance(near, name) <= Math.Max(1, name.Length / 3) ? $"; is '{near}' meant?" : $": there are {string.Join(", ", info.Properties.Select(property => property.Name))}.")}", ("name", name));
                fields.Remove(name);
            }
            else if ((value is not null || !IsNullable(property)) && !Check(value, property.PropertyType, at, json, faults))
            {
                fields.Remove(name);
            }
        }

        var whole = true;

        foreach (var property in info.Properties.Where(property => property.AssociatedParameter is { HasDefaultValue: false } && !property.PropertyType.IsValueType && !IsNullable(property)))
        {
            whole &= fields.Any(field => string.Equals(field.Key, property.Name, StringComparison.OrdinalIgnoreCase));
            if (!given.Contains(property.Name))
            {
                var at = At(property.Name);
                faults.Add(at, "missing", $"'{property.Name}' is missing.");
            }
        }

        return whole;
    }

    private static bool CheckValue(JsonNode node, JsonTypeInfo info, string path, JsonSerializerOptions json, Faults faults)
    {
        var text = node is JsonValue value && value.TryGetValue<string>(out var given) ? given : null;
        if (info.Type.IsEnum)
        {
            var names = Enum.GetNames(info.Type).Select(JsonNamingPolicy.CamelCase.ConvertName).ToList();
            if (text is null || !names.Contains(text, StringComparer.OrdinalIgnoreCase))
            {
                faults.Add(path, "unknown-value", $"'{text ?? node.ToJsonString()}' is none of {string.Join(", ", names)}.", ("value", text ?? node.ToJsonString()));
                return false;
            }

            return true;
        }

        try
        {
            node.Deserialize(info);
            return true;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            faults.Add(path, "wrong-type", $"This wants {Describe(info)}, not {Describe(node)}.");
            return false;
        }
    }

    private static bool IsNullable(JsonPropertyInfo property) => property.PropertyType.IsValueType ? Nullable.GetUnderlyingType(property.PropertyType) is not null : property.IsSetNullable;

    private static string Describe(JsonTypeInfo info) => info.Kind switch
    {
        JsonTypeInfoKind.Object => "fields",
        JsonTypeInfoKind.Dictionary => "names with fields under them",
        JsonTypeInfoKind.Enumerable => "a list",
        _ when info.Type == typeof(string) => "text",
        _ when info.Type == typeof(bool) => "true or false",
        _ when info.Type == typeof(int) || info.Type == typeof(long) => "a whole number",
        _ when info.Type == typeof(double) => "a number",
        _ when info.Type == typeof(TimeOnly) => "a time such as 08:30",
        _ => info.Type.Name,
    };

    private static string Describe(JsonNode? node) => node switch
    {
        null => "nothing",
        JsonObject => "fields",
        JsonArray => "a list",
        _ when node.GetValueKind() == JsonValueKind.String => $"the text '{node}'",
        _ when node.GetValueKind() == JsonValueKind.Number => $"the number {node.ToJsonString()} (text that looks like one stands in quotes)",
        _ => node.ToJsonString(),
    };

    /// <summary>Levenshtein's.</summary>
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        foreach (var (c, i) in a.Select((c, i) => (c, i)))
        {
            var diagonal = row[0];
            row[0] = i + 1;
            for (var j = 1; j <= b.Length; j++)
            {
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (char.ToUpperInvariant(c) == char.ToUpperInvariant(b[j - 1]) ? 0 : 1)));
            }
        }

        return row[^1];
    }
}
