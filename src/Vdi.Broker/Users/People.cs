using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Api;
using Vdi.Broker.Data;
using Vdi.Broker.Pools;

namespace Vdi.Broker.Users;

/// <summary>People, groups and roles by the names that people know them by.</summary>
internal static class People
{
    /// <summary>Notes who of these is not there.</summary>
    public static async Task CheckAsync(VdiDb db, string field, IReadOnlyList<Access>? access, Faults faults, CancellationToken stop)
    {
        for (var i = 0; i < (access?.Count ?? 0); i++)
        {
            // A list in JSON may hold nothing, and a name may not be there.
            if (access![i] is not { Name: not null })
            {
                faults.Add($"{field}[{i}].name", "missing", $"'{field}[{i}].name' is missing: name a role, group or person.");
            }
            else if (await FindAsync(db, access[i].Kind, access[i].Name, stop) is null)
            {
                faults.Add($"{field}[{i}].name", "unknown-principal", $"There is no {access[i].Kind.ToString().ToLowerInvariant()} '{access[i].Name}'.", ("kind", access[i].Kind), ("name", access[i].Name));
            }
        }
    }

    public static async Task<List<Grant>> GrantsAsync(VdiDb db, string pool, IReadOnlyList<Access> access, CancellationToken stop)
    {
        var grants = new List<Grant>();
        foreach (var one in access)
        {
            grants.Add(new Grant(pool, one.Kind, (await FindAsync(db, one.Kind, one.Name, stop))!));
        }

        return [.. grants.Distinct()];
    }

    /// <summary>What grants and quotas call somebody; null where there is nobody of that name.</summary>
    public static async Task<string?> FindAsync(VdiDb db, PrincipalKind kind, string name, CancellationToken stop)
    {
        switch (kind)
        {
            case PrincipalKind.Role:
                return Roles.All.Contains(name) ? name : null;
            case PrincipalKind.Group:
                var group = await db.Groups.AsNoTracking().FirstOrDefaultAsync(group => group.Name == name && group.Deleted == null, stop);
                return group is null ? null : $"{group.Id:D}";
            default:
                var normalised = name.ToUpperInvariant();
                var user = await db.Users.AsNoTracking().FirstOrDefaultAsync(user => user.NormalizedUserName == normalised && user.Deleted == null, stop);
                return user is null ? null : $"{user.Id:D}";
        }
    }

    /// <summary>The names behind grants; whoever is gone is left out.</summary>
    public static async Task<ILookup<string, Access>> NamesAsync(VdiDb db, IReadOnlyList<Grant> grants, CancellationToken stop)
    {
        var ids = grants.Where(grant => grant.Kind != PrincipalKind.Role).Select(grant => Guid.Parse(grant.Principal)).ToList();
        var users = await db.Users.AsNoTracking().Where(user => ids.Contains(user.Id)).ToDictionaryAsync(user => $"{user.Id:D}", user => user.UserName!, stop);
        var groups = await db.Groups.AsNoTracking().Where(group => ids.Contains(group.Id)).ToDictionaryAsync(group => $"{group.Id:D}", group => group.Name, stop);
        string? Name(Grant grant) => grant.Kind switch { PrincipalKind.Role => grant.Principal, PrincipalKind.Group => groups.GetValueOrDefault(grant.Principal), _ => users.GetValueOrDefault(grant.Principal) };
        return grants.Select(grant => (grant.PoolId, grant.Kind, Name: Name(grant))).Where(grant => grant.Name is not null)
            .OrderBy(grant => grant.Kind).ThenBy(grant => grant.Name, StringComparer.Ordinal)
            .ToLookup(grant => grant.PoolId, grant => new Access(grant.Kind, grant.Name!));
    }
}
