using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Api;
using Vdi.Broker.Data;
using Vdi.Broker.Users;

namespace Vdi.Broker.Site;

/// <summary>The people of a site file, without their groups.</summary>
/// <param name="before">The state of before.</param>
/// <param name="passwords">Of people who may have to be made, with their hashes; where there is none, somebody is made without.</param>
internal sealed class SitePeople(VdiDb db, SiteState state, UserManager<User> users, JsonObject before, SiteNotes notes, IReadOnlyDictionary<string, (string Password, string Hash)> passwords)
{
    public async Task WriteAsync(IReadOnlyList<SiteItem<PersonDocument>> items, CancellationToken stop)
    {
        foreach (var item in items)
        {
            var path = $"users.{item.Name}";
            var upper = users.NormalizeName(item.Name);
            var user = await db.Users.FirstOrDefaultAsync(user => user.NormalizedUserName == upper, stop) ?? await MakeAsync(item.Name, path);
            if (user is null)
            {
                continue;
            }

            if (notes.People.ContainsValue(user))
            {
                notes.Faults.Add(path, "given-twice", $"'{item.Name}' is in the file already: large and small letters make no difference in user names.");
                continue;
            }

            (notes.People[item.Name], var name) = (user, user.UserName!);
            notes.Named.Add($"user {name}");
            notes.Restore($"user {name}", user.Deleted is not null);
            user.Deleted = null;
            if (item.Document is { } document && !JsonNode.DeepEquals(state.Of(document), before["users"]![name]))
            {
                await EditAsync(user, document, path, stop);
            }

            await db.SaveChangesAsync(stop);
        }
    }

    private async Task EditAsync(User user, PersonDocument document, string path, CancellationToken stop)
    {
        // Groups come later, when all of them are there.
        var groups = await db.GroupMembers.Where(member => member.UserId == user.Id).Join(db.Groups, member => member.GroupId, group => group.Id, (member, group) => group).Where(group => group.Deleted == null).Select(group => group.Name).ToListAsync(stop);
        var settings = document with { Groups = groups };
        var found = await settings.CheckAsync(db, stop);
        notes.Note(path, found);
        if (found.Any)
        {
            return;
        }

        var was = before["users"]![user.UserName!];
        var roles = (was?["roles"] as JsonArray ?? []).Select(role => role!.GetValue<string>());
        if (document.Disabled || roles.Except(document.Roles ?? [Roles.User]).Any())
        {
            // Whoever is signed in has the rights of before in a cookie: a new stamp makes it worthless.
            user.SecurityStamp = Guid.NewGuid().ToString("N");
        }

        if (document.Disabled && !user.Disabled)
        {
            notes.Disabled.Add(user.UserName!);
        }

        await settings.ApplyAsync(user, db, stop);
        if (was is not null)
        {
            db.Entry(user).State = EntityState.Modified;
        }
    }

    private async Task<User?> MakeAsync(string name, string path)
    {
        var count = notes.Faults.All.Count;
        var found = new Faults();
        found.DemandText("userName", name, 64);
        notes.Note(path, found);
        var user = new User { Id = Guid.NewGuid(), UserName = name, MustChangePassword = true, PasswordHash = passwords.GetValueOrDefault(name).Hash };
        if (notes.Faults.All.Count == count)
        {
            notes.Faults.AddRange((await users.CreateAsync(user)).Errors.Select(error => new Fault(path, "bad-name", error.Description)));
        }

        if (notes.Faults.All.Count > count)
        {
            return null;
        }

        notes.Made.Add(name);
        return user;
    }
}
