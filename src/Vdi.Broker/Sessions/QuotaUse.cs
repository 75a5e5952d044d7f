using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Data;
using Vdi.Broker.Pools;
using Vdi.Broker.Users;
using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Sessions;

/// <summary>What a person may have at a time, and has.</summary>
/// <param name="MemoryMiB">Of the machines of all sessions, as their pools are now.</param>
internal sealed record QuotaUse(Allowance Most, int Sessions, int MemoryMiB)
{
    /// <param name="actual">What hosts said last: they know how much memory an image wants.</param>
    public static async Task<QuotaUse> OfAsync(Person person, VdiDb db, ActualState? actual, CancellationToken stop)
    {
        var most = await Allowance.OfAsync(person, db, stop);
        if (most is { Sessions: null, MemoryMiB: null })
        {
            return new QuotaUse(most, 0, 0);
        }

        var pools = await db.Sessions.Where(session => session.UserId == person.Id && session.Released == null).Select(session => session.PoolId).ToListAsync(stop);
        var memory = most.MemoryMiB is null ? [] : await db.Pools.AsNoTracking().Where(pool => pools.Contains(pool.Id)).ToDictionaryAsync(pool => pool.Id, pool => MemoryOf(pool, actual), stop);
        return new QuotaUse(most, pools.Count, pools.Sum(pool => memory.GetValueOrDefault(pool)));
    }

    /// <summary>Why one more machine of the pool would be too much; null where it would not.</summary>
    public Reason? WhyNot(Pool pool, ActualState? actual)
    {
        if (Most.Sessions is { } sessions && Sessions >= sessions)
        {
            return new Reason("quota-sessions", $"You have {Sessions} desktops open, and {sessions} is the most that you may have. End one of them, or ask an administrator for more.");
        }

        var needed = MemoryOf(pool, actual);
        return Most.MemoryMiB is not { } memory || needed == 0 || MemoryMiB + needed <= memory ? null
            : MemoryMiB == 0 || needed > memory
                ? new Reason("quota-memory", $"'{pool.Name}' needs {needed} MiB of memory, and {memory} MiB is the most that you may have. Ask an administrator for more.")
                : new Reason("quota-memory", $"Your desktops have {MemoryMiB} MiB of memory, '{pool.Name}' needs {needed} MiB, and {memory} MiB together is the most that you may have. End one of them, or ask an administrator for more.");
    }

    /// <summary>Memory of a machine of the pool, in MiB: the pool's, else what its image wants; 0 where no host has said it, or the machine is none of ours.</summary>
    private static int MemoryOf(Pool pool, ActualState? actual)
    {
        var images = (actual?.Versions ?? []).Where(image => image.Name == pool.Image).ToList();
        var image = images.Find(image => image.Version == (pool.ImageVersion ?? pool.CurrentVersion)) ?? images.Where(image => image.IsOffered).MaxBy(image => image.Built);
        return pool.Kind == PoolKind.Manual ? 0 : pool.Size.MemoryMiB ?? image?.MemoryMiB ?? 0;
    }
}
