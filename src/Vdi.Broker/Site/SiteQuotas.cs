using Vdi.Broker.Data;
using Vdi.Broker.Users;

namespace Vdi.Broker.Site;

/// <summary>The quotas of a site file.</summary>
internal sealed class SiteQuotas(VdiDb db, SiteNotes notes)
{
    private readonly HashSet<(PrincipalKind Kind, string Principal)> _quotas = [];

    /// <summary>Whether the file names it.</summary>
    public bool Names(Quota quota) => _quotas.Contains((quota.Kind, quota.Principal));

    public async Task WriteAsync(IReadOnlyList<SiteItem<QuotaDocument>> items, CancellationToken stop)
    {
        foreach (var (item, i) in items.Select((item, i) => (item, i)))
        {
            if (item.Document is not { } quota)
            {
                continue;
            }

            notes.Note($"quotas[{i}]", await GroupEndpoints.PutQuotaAsync(quota, db, stop));
            await db.SaveChangesAsync(stop);
            var kind = quota.Kind.ToString().ToLowerInvariant();
            if (await People.FindAsync(db, quota.Kind, quota.Name, stop) is { } principal && !_quotas.Add((quota.Kind, principal)))
            {
                notes.Faults.Add($"quotas[{i}].name", "given-twice", $"The quota of {kind} '{quota.Name}' is in the file already.");
            }

            notes.Named.Add($"quota {kind} {quota.Name}");
        }
    }
}
