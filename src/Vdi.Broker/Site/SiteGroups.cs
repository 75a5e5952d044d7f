using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Data;
using Vdi.Broker.Users;

namespace Vdi.Broker.Site;

/// <summary>The groups of a site file, without their members: first what others refer to.</summary>
internal sealed class SiteGroups(VdiDb db, SiteNotes notes)
{
    public async Task WriteAsync(IReadOnlyList<SiteItem<GroupDocument>> items, CancellationToken stop)
    {
        foreach (var item in items)
        {
            var path = $"groups.{item.Name}";
            var group = await db.Groups.Where(group => group.Name == item.Name).OrderBy(group => group.Deleted != null).ThenByDescending(group => group.Deleted).FirstOrDefaultAsync(stop);
            var document = (item.Document ?? new GroupDocument(null, null, null, null)) with { Name = item.Name, Members = null };
            if (item.Document?.Name is { } other && other != item.Name)
            {
                notes.Faults.Add($"{path}.name", "name-differs", $"The group is called '{item.Name}' where it stands; another name is given with 'vdi group edit'.");
            }

            var (found, _) = await GroupEndpoints.CheckAsync(group?.Id ?? Guid.Empty, document, db, stop);
            notes.Note(path, found);
            notes.Named.Add($"group {item.Name}");
            if (found.All.Any(fault => fault.Field == "name"))
            {
                continue;
            }

            if (group is null)
            {
                db.Groups.Add(group = new Group { Id = Guid.NewGuid(), Name = item.Name });
            }

            notes.Groups[item.Name] = group;
            notes.Restore($"group {item.Name}", group.Deleted is not null);
            group.Deleted = null;
            if (!found.Any && item.Document is not null)
            {
                await GroupEndpoints.ApplyAsync(group, document, null, db, stop);
            }
        }

        await db.SaveChangesAsync(stop);
    }
}
