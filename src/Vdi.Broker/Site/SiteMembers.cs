using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Data;
using Vdi.Broker.Users;

namespace Vdi.Broker.Site;

/// <summary>Who is in which group, by what groups and people say of it in a site file; both may, and must agree.</summary>
internal sealed class SiteMembers(VdiDb db, SiteNotes notes)
{
    public async Task WriteAsync(SiteRequest request, CancellationToken stop)
    {
        var said = new Dictionary<Guid, HashSet<Guid>>();
        foreach (var item in (request.Groups ?? []).Where(item => item.Document?.Members is not null && notes.Groups.ContainsKey(item.Name)))
        {
            var group = notes.Groups[item.Name];
            var document = item.Document! with { Name = item.Name, Description = null, Tags = null };
            var (found, members) = await GroupEndpoints.CheckAsync(group.Id, document, db, stop);
            notes.Faults.AddRange(found.All.Where(fault => fault.Field != "name").Select(fault => fault with { Field = $"groups.{item.Name}.{fault.Field}" }));
            said[group.Id] = [.. members ?? []];
            await SetAsync(group, said[group.Id], stop);
        }

        await db.SaveChangesAsync(stop);

        foreach (var item in (request.Users ?? []).Where(item => item.Document?.Groups is not null && notes.People.ContainsKey(item.Name)))
        {
            await OfPersonAsync(notes.People[item.Name], item.Name, item.Document!.Groups!, said, stop);
        }

        await db.SaveChangesAsync(stop);
    }

    private async Task OfPersonAsync(User person, string name, IReadOnlyList<string> wanted, Dictionary<Guid, HashSet<Guid>> said, CancellationToken stop)
    {
        var there = await db.Groups.Where(group => group.Deleted == null && wanted.Contains(group.Name)).ToListAsync(stop);
        for (var i = 0; i < wanted.Count; i++)
        {
            var path = $"users.{name}.groups[{i}]";
            if (there.Find(group => group.Name == wanted[i]) is not { } group)
            {
                notes.Faults.Add(path, "unknown-group", $"There is no group '{wanted[i]}'.", ("name", wanted[i]));
            }
            else if (said.TryGetValue(group.Id, out var members) && !members.Contains(person.Id))
            {
                notes.Faults.Add(path, "members-differ", $"The group '{group.Name}' does not name '{name}' among its members in this file: say the same in both places, or in one only.");
            }
        }

        foreach (var (id, _) in said.Where(each => each.Value.Contains(person.Id) && !there.Exists(group => group.Id == each.Key)))
        {
            var group = notes.Groups.Values.First(group => group.Id == id);
            notes.Faults.Add($"users.{name}.groups", "members-differ", $"The group '{group.Name}' names '{name}' among its members in this file, and these are other groups: say the same in both places, or in one only.");
        }

        var has = await db.GroupMembers.Where(member => member.UserId == person.Id && db.Groups.Any(group => group.Id == member.GroupId && group.Deleted == null)).ToListAsync(stop);
        db.GroupMembers.RemoveRange(has.Where(member => !there.Exists(group => group.Id == member.GroupId)));
        db.GroupMembers.AddRange(there.Where(group => !has.Exists(member => member.GroupId == group.Id)).Select(group => new GroupMember(group.Id, person.Id)));
    }

    private async Task SetAsync(Group group, HashSet<Guid> members, CancellationToken stop)
    {
        // Who is in the recycle bin is still a member when coming back.
        var has = await db.GroupMembers.Where(member => member.GroupId == group.Id && db.Users.Any(user => user.Id == member.UserId && user.Deleted == null)).ToListAsync(stop);
        var (less, more) = (has.Where(member => !members.Contains(member.UserId)).ToList(), members.Except(has.Select(member => member.UserId)).Select(user => new GroupMember(group.Id, user)).ToList());
        db.GroupMembers.RemoveRange(less);
        db.GroupMembers.AddRange(more);
        if (less.Count + more.Count > 0 && db.Entry(group).State == EntityState.Unchanged)
        {
            db.Entry(group).State = EntityState.Modified;
        }
    }
}
