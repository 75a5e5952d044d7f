using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Data;

namespace Vdi.Broker.Apps;

/// <summary>Whose pages may show an application in a frame.</summary>
public static class AppFrames
{
    /// <summary>Origins, as the application's publisher named them; none for an address that is no application's.</summary>
    public static async Task<IReadOnlyList<string>> OriginsAsync(this VdiDb db, string app, CancellationToken stop) =>
        (await db.Pools.AsNoTracking().Where(pool => pool.Id == app && pool.Deleted == null).Select(pool => pool.App).FirstOrDefaultAsync(stop))?.Embed ?? [];
}
