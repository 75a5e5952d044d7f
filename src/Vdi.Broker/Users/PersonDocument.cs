using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Api;
using Vdi.Broker.Data;

namespace Vdi.Broker.Users;

/// <summary>Everything of a person that administrators edit.</summary>
/// <param name="Groups">Names of the groups that the person is in.</param>
internal sealed record PersonDocument(string? DisplayName, string? Email, IReadOnlyList<string>? Roles, IReadOnlyList<string>? Groups, IReadOnlyList<string>? Tags, bool Disabled = false)
{
    public async Task<Faults> CheckAsync(VdiDb db, CancellationToken stop)
    {
        var faults = new Faults();
        faults.DemandText("displayName", DisplayName, 100, empty: true);
        faults.DemandText("email", Email, 254, empty: true);
        faults.DemandTags("tags", Tags);
        foreach (var (role, i) in (Roles ?? []).Select((role, i) => (role, i)).Where(each => !Users.Roles.All.Contains(each.role)))
        {
            faults.Add($"roles[{i}]", "unknown-value", $"'{role}' is no role: there are {string.Join(", ", Users.Roles.All)}.", ("value", role));
        }

        var names = (Groups ?? []).ToList();
        var there = await db.Groups.Where(group => names.Contains(group.Name) && group.Deleted == null).Select(group => group.Name).ToListAsync(stop);
        foreach (var (group, i) in names.Select((group, i) => (group, i)).Where(each => !there.Contains(each.group)))
        {
            faults.Add($"groups[{i}]", "unknown-group", $"There is no group '{group}'.", ("name", group));
        }

        return faults;
    }

    /// <summary>Makes the person what this says, roles and groups too; it must have been checked.</summary>
    public async Task ApplyAsync(User user, VdiDb db, CancellationToken stop)
    {
        (user.DisplayName, user.Email, user.NormalizedEmail) = (DisplayName?.Trim() ?? "", Email?.Trim(), Email?.Trim().ToUpperInvariant());
        (user.Tags, user.Disabled) = ([.. (Tags ?? []).Distinct()], Disabled);
        var roles = await db.Roles.ToDictionaryAsync(role => role.Name!, role => role.Id, stop);
        var wanted = (Roles ?? [Users.Roles.User]).Where(roles.ContainsKey).Select(role => roles[role]).ToHashSet();
        var has = await db.UserRoles.Where(role => role.UserId == user.Id).ToListAsync(stop);
        db.UserRoles.RemoveRange(has.Where(role => !wanted.Contains(role.RoleId)));
        db.UserRoles.AddRange(wanted.Except(has.Select(role => role.RoleId)).Select(role => new IdentityUserRole<Guid> { UserId = user.Id, RoleId = role }));
        var names = (Groups ?? []).ToList();
        var groups = await db.Groups.Where(group => names.Contains(group.Name) && group.Deleted == null).Select(group => group.Id).ToListAsync(stop);
        var member = await db.GroupMembers.Where(each => each.UserId == user.Id).ToListAsync(stop);
        db.GroupMembers.RemoveRange(member.Where(each => !groups.Contains(each.GroupId)));
        db.GroupMembers.AddRange(groups.Except(member.Select(each => each.GroupId)).Select(group => new GroupMember(group, user.Id)));
    }
}

internal sealed record PersonView(Guid Id, string UserName, PersonDocument Settings, DateTimeOffset? LockedUntil, int Sessions, DateTimeOffset? Deleted, long Version);

/// <summary>People with their roles and groups, some at a time in few queries.</summary>
internal sealed class PersonViews(VdiDb db)
{
    public async Task<PersonView> DescribeAsync(User user, CancellationToken stop) => (await DescribeAsync([user], stop))[0];

    public async Task<List<PersonView>> DescribeAsync(IReadOnlyList<User> users, CancellationToken stop)
    {
        var ids = users.Select(user => user.Id).ToList();
        var roles = (await db.UserRoles.Where(role => ids.Contains(role.UserId)).Join(db.Roles, own => own.RoleId, role => role.Id, (own, role) => new { own.UserId, role.Name }).ToListAsync(stop)).ToLookup(role => role.UserId, role => role.Name!);
        var groups = (await db.GroupMembers.Where(member => ids.Contains(member.UserId)).Join(db.Groups, member => member.GroupId, group => group.Id, (member, group) => new { member.UserId, group.Name, group.Deleted }).Where(group => group.Deleted == null).ToListAsync(stop)).ToLookup(group => group.UserId, group => group.Name);
        var sessions = await db.Sessions.Where(session => ids.Contains(session.UserId) && session.Released == null).GroupBy(session => session.UserId).Select(group => new { group.Key, Count = group.Count() }).ToDictionaryAsync(group => group.Key, group => group.Count, stop);
        return [.. users.Select(user => new PersonView(
            user.Id,
            user.UserName!,
            new PersonDocument(user.DisplayName, user.Email, [.. roles[user.Id].Order()], [.. groups[user.Id].Order()], user.Tags, user.Disabled),
            user.LockoutEnd,
            sessions.GetValueOrDefault(user.Id),
            user.Deleted,
            user.Version))];
    }
}
