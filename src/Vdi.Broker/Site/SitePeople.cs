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
        var names = items.Select(item => users.NormalizeName(item.Name)).ToList();
        var there = await db.Users.Where(user => names.Contains(user.NormalizedUserName!)).ToDictionaryAsync(user => user.NormalizedUserName!, stop);
        var seen = new HashSet<string>();
        foreach (var item in items)
        {
            var path = $"users.{item.Name}";
            var upper = users.NormalizeName(item.Name);
            if (!seen.Add(upper))
            {
                notes.Faults.Add(path, "given-twice", $"'{item.Name}' is in the file already: large and small letters make no difference in user names.");
            }
            else if ((there.GetValueOrDefault(upper) ?? Make(item.Name, path)) is { } user)
            {
                (notes.People[item.Name], var name) = (user, user.UserName!);
                notes.Named.Add($"user {name}");
                notes.Restore($"user {name}", user.Deleted is not null);
                user.Deleted = null;
                if (item.Document is { } document && !JsonNode.DeepEquals(state.Of(document), before["users"]![name]))
                {
                    await EditAsync(user, document, path, stop);
                }
            }
        }

        // Once for all: each look for what changed is as long as the list of people.
        await db.SaveChangesAsync(stop);
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

    /// <summary>As the user manager makes one, without a round trip for each.</summary>
    private User? Make(string name, string path)
    {
        var found = new Faults();
        found.DemandText("userName", name, 64);
        notes.Note(path, found);
        if (found.Any)
        {
            return null;
        }

        var user = new User
        {
            Id = Guid.NewGuid(),
            UserName = name,
            NormalizedUserName = users.NormalizeName(name),
            MustChangePassword = true,
            PasswordHash = passwords.GetValueOrDefault(name).Hash,
            SecurityStamp = Guid.NewGuid().ToString("N"),
            LockoutEnabled = true,
        };
        db.Users.Add(user);
        notes.Made.Add(name);
        return user;
    }
}
