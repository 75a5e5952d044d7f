using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Data;

namespace Vdi.Broker.Users;

/// <summary>What a person may have at a time, of all quotas that are about the person.</summary>
internal sealed record Allowance(int? Sessions, int? MemoryMiB)
{
    public static async Task<Allowance> OfAsync(Person person, VdiDb db, CancellationToken stop)
    {
        var principals = person.Principals;
        var quotas = (await db.Quotas.AsNoTracking().Where(quota => principals.Contains(quota.Principal)).ToListAsync(stop)).Where(quota => person.Is(quota.Kind, quota.Principal)).ToList();
        return new Allowance(Of(quotas, quota => quota.Sessions), Of(quotas, quota => quota.MemoryMiB));
    }

    /// <summary>The nearest kind of principal that says anything; of several of that kind the most generous.</summary>
    private static int? Of(List<Quota> quotas, Func<Quota, int?> what)
    {
        foreach (var kind in (PrincipalKind[])[PrincipalKind.User, PrincipalKind.Group, PrincipalKind.Role])
        {
            if (quotas.Where(quota => quota.Kind == kind && what(quota) is not null).Max(what) is { } most)
            {
                return most;
            }
        }

        return null;
    }
}
