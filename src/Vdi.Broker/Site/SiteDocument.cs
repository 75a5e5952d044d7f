using System.Text.Json.Nodes;
using Vdi.Broker.Pools;
using Vdi.Broker.Users;

namespace Vdi.Broker.Site;

/// <summary>Everything that a site is set up with, by the names that people know it by: what a site file says. A section that is not there is not
/// touched. Who is in a group is said by the group's members, or by the groups of people, or by both alike.</summary>
internal sealed record SiteDocument(
    IReadOnlyDictionary<string, GroupDocument>? Groups,
    IReadOnlyDictionary<string, PersonDocument>? Users,
    IReadOnlyDictionary<string, PoolDocument>? Pools,
    IReadOnlyList<QuotaDocument>? Quotas);

/// <summary>What a site file would change, or has changed.</summary>
/// <param name="Hash">The same for the same changes; also the ETag.</param>
/// <param name="Passwords">Of people who were made, each said once; null for a plan.</param>
internal sealed record SitePlan(string Hash, IReadOnlyList<SiteChange> Changes, IReadOnlyDictionary<string, string>? Passwords = null);

/// <param name="Kind">"group", "user", "pool" or "quota".</param>
/// <param name="Name">Its name, or a pool's id; of a quota "role user", say.</param>
/// <param name="Action">"create", "restore", "change", "delete" or "same".</param>
internal sealed record SiteChange(string Kind, string Name, string Action, IReadOnlyList<SiteField> Fields);

/// <param name="Field">Path in the document, in camelCase; lists change as a whole.</param>
internal sealed record SiteField(string Field, JsonNode? Old, JsonNode? New);
