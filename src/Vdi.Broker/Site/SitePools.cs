using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Data;
using Vdi.Broker.Pools;

namespace Vdi.Broker.Site;

/// <summary>The pools of a site file.</summary>
/// <param name="before">The state of before.</param>
internal sealed class SitePools(VdiDb db, SiteState state, JsonObject before, SiteNotes notes)
{
    public async Task WriteAsync(IReadOnlyList<SiteItem<PoolDocument>> items, CancellationToken stop)
    {
        foreach (var item in items)
        {
            var path = $"pools.{item.Name}";
            var pool = await db.Pools.FindAsync([item.Name], stop);
            notes.Named.Add($"pool {item.Name}");
            if (item.Document is not { } document || (pool is { Deleted: null } && JsonNode.DeepEquals(state.Of(document), before["pools"]![item.Name])))
            {
                continue;
            }

            var found = await document.CheckAsync(db, stop);
            if (pool is null)
            {
                found.DemandName("id", item.Name);
            }

            notes.Note(path, found);
            if (found.Any)
            {
                continue;
            }

            if (pool is null)
            {
                db.Pools.Add(pool = new Pool { Id = item.Name, Name = document.Name!, Image = document.Image ?? "" });
            }
            else
            {
                // Who may come is part of it, too.
                db.Entry(pool).State = EntityState.Modified;
            }

            notes.Restore($"pool {item.Name}", pool.Deleted is not null);
            pool.Deleted = null;
            await document.ApplyAsync(pool, db, stop);
            await db.SaveChangesAsync(stop);
        }
    }
}
