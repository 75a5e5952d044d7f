using System.Text.Json;
using System.Text.Json.Nodes;
using Vdi.Broker.Api;
using Vdi.Broker.Pools;
using Vdi.Broker.Users;

namespace Vdi.Broker.Site;

/// <param name="Document">What of it fits; null where nothing does: then it is only a name that others may refer to.</param>
internal sealed record SiteItem<T>(string Name, T? Document)
    where T : class;

/// <summary>A site file as it was sent, as far as it can be read.</summary>
/// <param name="Groups">Null where the file has no such section; so with the others.</param>
internal sealed record SiteRequest(
    IReadOnlyList<SiteItem<GroupDocument>>? Groups,
    IReadOnlyList<SiteItem<PersonDocument>>? Users,
    IReadOnlyList<SiteItem<PoolDocument>>? Pools,
    IReadOnlyList<SiteItem<QuotaDocument>>? Quotas)
{
    /// <summary>Reads what fits and notes what does not.</summary>
    public static SiteRequest Read(JsonObject body, JsonSerializerOptions json, Faults faults)
    {
        // The sections first, for their names and kinds; then each thing by itself, so that one that is wrong hides no other.
        var sections = new JsonObject(body.Select(section => KeyValuePair.Create<string, JsonNode?>(section.Key, section.Value switch { JsonObject => new JsonObject(), JsonArray => new JsonArray(), var other => other?.DeepClone() })));
        JsonShape.Check(sections, typeof(SiteDocument), "", json, faults);
        return new SiteRequest(
            Named<GroupDocument>(body, "groups", json, faults),
            Named<PersonDocument>(body, "users", json, faults),
            Named<PoolDocument>(body, "pools", json, faults),
            (body["quotas"] as JsonArray)?.Select((quota, i) => new SiteItem<QuotaDocument>($"[{i}]", Document<QuotaDocument>(quota, $"quotas[{i}]", json, faults))).ToList());
    }

    private static List<SiteItem<T>>? Named<T>(JsonObject body, string section, JsonSerializerOptions json, Faults faults)
        where T : class => (body[section] as JsonObject)?.Select(item => new SiteItem<T>(item.Key, Document<T>(item.Value ?? new JsonObject(), $"{section}.{item.Key}", json, faults))).ToList();

    private static T? Document<T>(JsonNode? node, string path, JsonSerializerOptions json, Faults faults)
        where T : class
    {
        // The fields that fit are looked at, too; nothing is kept of a file with faults.
        var own = node?.DeepClone();
        return JsonShape.Check(own, typeof(T), path, json, faults) ? own.Deserialize<T>(json) : null;
    }
}
