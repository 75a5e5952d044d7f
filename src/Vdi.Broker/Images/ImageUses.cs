using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Data;
using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Images;

/// <summary>How a pool uses a version.</summary>
internal enum PoolUseKind
{
    /// <summary>It was chosen for the pool.</summary>
    Pinned,

    /// <summary>It is what the pool's machines are made of, or become.</summary>
    Current,

    /// <summary>One step leads back to it.</summary>
    Previous,
}

internal sealed record PoolUse(string Pool, PoolUseKind As);

/// <summary>What needs a version.</summary>
/// <param name="Machines">Alive, those that sleep included.</param>
/// <param name="Edit">The open edit that began from it.</param>
/// <param name="RollingOut">A pool is not yet done with leaving it, and might have to go back.</param>
internal sealed record VersionUse(IReadOnlyList<PoolUse> Pools, int Machines, Guid? Edit, bool RollingOut)
{
    public static VersionUse None { get; } = new([], 0, null, false);

    /// <summary>Whether it must stay, whoever wants it gone.</summary>
    public bool IsNeeded => Machines > 0 || Edit is not null || RollingOut || Pools.Any(use => use.As != PoolUseKind.Previous);

    /// <summary>Whether anything at all would miss it: a way back, too.</summary>
    public bool IsUsed => IsNeeded || Pools.Count > 0;

    /// <summary>For people: "pool 'desktops' (current), 3 machines".</summary>
    public string Describe() => string.Join(", ", [
        .. Pools.GroupBy(use => use.Pool).Select(pool => $"pool '{pool.Key}' ({string.Join(", ", pool.Select(use => use.As.ToString().ToLowerInvariant()))})"),
        .. Machines > 0 ? [Machines == 1 ? "1 machine" : $"{Machines} machines"] : Array.Empty<string>(),
        .. Edit is { } edit ? [$"the open edit {edit:D}"] : Array.Empty<string>()]);
}

/// <summary>Who uses which version of an image.</summary>
internal static class ImageUses
{
    /// <summary>By version. Pools in the recycle bin count, too: they can come back.</summary>
    public static async Task<Dictionary<string, VersionUse>> OfAsync(VdiDb db, string image, CancellationToken stop)
    {
        var pools = await db.Pools.AsNoTracking().Where(pool => pool.Image == image).Select(pool => new { pool.Id, pool.ImageVersion, pool.CurrentVersion, pool.PreviousVersion, pool.RollOutStopped }).ToListAsync(stop);
        var machines = await db.Machines.AsNoTracking().Where(machine => machine.Image == image && machine.ImageVersion != null && machine.State != MachineState.Gone && machine.State != MachineState.Failed)
            .GroupBy(machine => new { machine.PoolId, machine.ImageVersion }).Select(group => new { group.Key.PoolId, Version = group.Key.ImageVersion!, Count = group.Count() }).ToListAsync(stop);
        var edits = await db.ImageEdits.AsNoTracking().Where(edit => edit.Image == image && edit.Closed == null && edit.Version != null).Select(edit => new { edit.Id, Version = edit.Version! }).ToListAsync(stop);
        var uses = pools.SelectMany(pool => new[] { (pool.Id, Version: pool.ImageVersion, As: PoolUseKind.Pinned), (pool.Id, Version: pool.CurrentVersion, As: PoolUseKind.Current), (pool.Id, Version: pool.PreviousVersion, As: PoolUseKind.Previous) })
            .Where(use => use.Version is not null).ToLookup(use => use.Version!, use => new PoolUse(use.Id, use.As));
        var leaving = pools.Where(pool => pool.PreviousVersion is not null && (pool.RollOutStopped is not null || machines.Exists(each => each.PoolId == pool.Id && each.Version != pool.CurrentVersion))).Select(pool => pool.PreviousVersion!).ToHashSet();
        return uses.Select(use => use.Key).Concat(machines.Select(each => each.Version)).Concat(edits.Select(edit => edit.Version)).Distinct().ToDictionary(version => version, version => new VersionUse(
            [.. uses[version].OrderBy(use => use.Pool, StringComparer.Ordinal).ThenBy(use => use.As)],
            machines.Where(each => each.Version == version).Sum(each => each.Count),
            edits.Find(edit => edit.Version == version)?.Id,
            leaving.Contains(version)));
    }
}
