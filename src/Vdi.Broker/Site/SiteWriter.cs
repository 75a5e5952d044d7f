using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Data;
using Vdi.Broker.Users;

namespace Vdi.Broker.Site;

/// <summary>Writes what a site file says into the database of a transaction that its caller keeps or undoes, and notes all that is wrong on the way. What
/// the file says as it is already is not touched.</summary>
/// <param name="before">The state of before.</param>
/// <param name="passwords">Of people who may have to be made, with their hashes.</param>
internal sealed class SiteWriter(VdiDb db, SiteState state, UserManager<User> users, TimeProvider time, JsonObject before, SiteNotes notes, IReadOnlyDictionary<string, (string Password, string Hash)> passwords)
{
    private readonly SiteQuotas _quotas = new(db, notes);

    /// <param name="prune">Moves what the file does not name, of the sections that it has, to the recycle bin.</param>
    public async Task WriteAsync(SiteRequest request, bool prune, CancellationToken stop)
    {
        // Names first, so that whatever refers to them finds them.
        await new SiteGroups(db, notes).WriteAsync(request.Groups ?? [], stop);
        await new SitePeople(db, state, users, before, notes, passwords).WriteAsync(request.Users ?? [], stop);
        await new SiteMembers(db, notes).WriteAsync(request, stop);
        await new SitePools(db, state, before, notes).WriteAsync(request.Pools ?? [], stop);
        await _quotas.WriteAsync(request.Quotas ?? [], stop);
        if (!notes.Faults.Any && prune)
        {
            await PruneAsync(request, stop);
        }

        if (!notes.Faults.Any && !await PersonEndpoints.HasAdministratorAsync(db, stop))
        {
            notes.Faults.Add("users", "last-administrator", "Nobody would be an administrator any more: leave one the role.");
        }
    }

    private async Task PruneAsync(SiteRequest request, CancellationToken stop)
    {
        var now = time.GetUtcNow();
        if (request.Groups is not null)
        {
            foreach (var group in (await db.Groups.Where(group => group.Deleted == null).ToListAsync(stop)).Where(group => !notes.Groups.ContainsKey(group.Name)))
            {
                group.Deleted = now;
            }
        }

        if (request.Pools is { } named)
        {
            foreach (var pool in (await db.Pools.Where(pool => pool.Deleted == null).ToListAsync(stop)).Where(pool => !named.Any(item => item.Name == pool.Id)))
            {
                pool.Deleted = now;
            }
        }

        db.Quotas.RemoveRange(request.Quotas is null ? [] : (await db.Quotas.ToListAsync(stop)).Where(quota => !_quotas.Names(quota)));
        await db.SaveChangesAsync(stop);
    }
}
