using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Vdi.Broker.Site;

/// <summary>What differs between two states of a site, in words of their documents.</summary>
internal static class SiteChanges
{
    /// <param name="blank">What something new is compared with, by section.</param>
    public static SitePlan Plan(JsonObject before, JsonObject after, JsonObject blank, SiteNotes notes)
    {
        var changes = new List<SiteChange>();
        foreach (var (kind, section) in (ReadOnlySpan<(string, string)>)[("group", "groups"), ("user", "users"), ("pool", "pools"), ("quota", "quotas")])
        {
            var (old, now) = (ByName(before[section]), ByName(after[section]));
            foreach (var name in old.Keys.Union(now.Keys).Order(StringComparer.Ordinal))
            {
                var (was, becomes) = (old.GetValueOrDefault(name), now.GetValueOrDefault(name));
                var fields = Fields(was, becomes, blank[section] as JsonObject).ToList();
                var action = was is null ? notes.Restored.Contains($"{kind} {name}") ? "restore" : "create" : becomes is null ? "delete" : fields.Count > 0 ? "change" : "same";
                if (action != "same" || notes.Named.Contains($"{kind} {name}"))
                {
                    changes.Add(new SiteChange(kind, name, action, fields));
                }
            }
        }

        var text = string.Join('\n', changes.Where(change => change.Action != "same").Select(change => $"{change.Kind} {change.Name} {change.Action} {string.Join(' ', change.Fields.Select(field => $"{field.Field} {field.Old?.ToJsonString()} {field.New?.ToJsonString()}"))}"));
        return new SitePlan(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))), changes);
    }

    private static Dictionary<string, JsonObject> ByName(JsonNode? section) => section switch
    {
        JsonObject things => things.ToDictionary(thing => thing.Key, thing => thing.Value!.AsObject()),
        JsonArray quotas => quotas.ToDictionary(quota => $"{quota!["kind"]} {quota["name"]}", quota => new JsonObject { ["sessions"] = quota!["sessions"]?.DeepClone(), ["memoryMiB"] = quota["memoryMiB"]?.DeepClone() }),
        _ => [],
    };

    /// <summary>What differs; of what is new, from <paramref name="blank"/>.</summary>
    private static IEnumerable<SiteField> Fields(JsonObject? old, JsonObject? now, JsonObject? blank)
    {
        var (was, becomes) = (Leaves(old ?? blank, "").ToDictionary(), Leaves(now, "").ToDictionary());
        return now is null ? [] : becomes.Keys.Union(was.Keys).Where(field => !JsonNode.DeepEquals(was.GetValueOrDefault(field), becomes.GetValueOrDefault(field)))
            .Select(field => new SiteField(field, old is null ? null : was.GetValueOrDefault(field)?.DeepClone(), becomes.GetValueOrDefault(field)?.DeepClone()));
    }

    private static IEnumerable<KeyValuePair<string, JsonNode?>> Leaves(JsonNode? node, string path) => node switch
    {
        null when path.Length == 0 => [],
        JsonObject inner => inner.SelectMany(each => Leaves(each.Value, path.Length == 0 ? each.Key : $"{path}.{each.Key}")),
        _ => [KeyValuePair.Create(path, node)],
    };
}
