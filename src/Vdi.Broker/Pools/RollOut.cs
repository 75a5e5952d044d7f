using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Pools;

/// <summary>Which version of its image a pool's new machines are forked from.</summary>
internal static class RollOut
{
    /// <summary>The version for the next machine, and notes in the pool where a new one is begun with; null where the host tells no versions.</summary>
    /// <param name="tell">Told of a roll-out that begins: the pool, and what.</param>
    public static string? Choose(Pool pool, ActualState actual, Action<string, string> tell)
    {
        var there = Offered(actual, pool);
        var newest = there.MaxBy(image => image.Built)?.Version;
        var target = pool.ImageVersion ?? (pool.Policy.RollOut.Automatic || pool.CurrentVersion is null ? newest : pool.CurrentVersion);
        if (target is null)
        {
            return null;
        }

        if (target != pool.CurrentVersion)
        {
            (pool.PreviousVersion, pool.CurrentVersion, pool.RollOutStopped) = (pool.CurrentVersion, target, null);
            tell(pool.Id, $"version {target} of '{pool.Image}' is rolled out{(pool.PreviousVersion is { } before ? $", instead of {before}" : "")}");
        }

        // While it is stopped, people get what worked.
        return pool.RollOutStopped is not null && pool.PreviousVersion is { } previous && there.Exists(image => image.Version == previous) ? previous : target;
    }

    /// <summary>The versions that the pool may have: those that are offered, and the one that it has already, whatever was found out since.</summary>
    public static List<HostImage> Offered(ActualState actual, Pool pool) =>
        [.. (actual.Versions ?? []).Where(image => image.Name == pool.Image && (image.IsOffered || image.Version == pool.CurrentVersion))];
}
