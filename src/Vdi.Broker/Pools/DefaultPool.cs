using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Data;
using Vdi.Broker.Users;

namespace Vdi.Broker.Pools;

/// <summary>The pool that a new installation begins with.</summary>
public static class DefaultPool
{
    public const string Id = "desktops";

    /// <summary>Makes the pool where there is none at all yet.</summary>
    public static async Task MakeDefaultPoolAsync(this IServiceProvider services, string image, int warm, CancellationToken stop)
    {
        await using var scope = services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<VdiDb>();
        if (await db.Pools.AnyAsync(stop))
        {
            return;
        }

        db.Pools.Add(new Pool { Id = Id, Name = "Desktops", Description = "Debian with XFCE, Firefox and Korean input", Image = image, Policy = PoolPolicy.Default with { Warm = new WarmPolicy { Count = warm } } });
        db.Grants.Add(new Grant(Id, PrincipalKind.Role, Roles.User));
        await db.SaveChangesAsync(stop);
    }
}
