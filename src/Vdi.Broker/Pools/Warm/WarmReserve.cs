using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Data;
using Vdi.Broker.Sessions;

namespace Vdi.Broker.Pools.Warm;

/// <summary>How many machines each pool with a target keeps ready: learns from the launches in the database, those of before this process began, too, so that
/// any broker comes to the same. One pass at a time may use it; what it said last may be read at any time.</summary>
internal sealed class WarmReserve(TimeProvider time)
{
    /// <summary>How long a measured pace holds.</summary>
    private static readonly TimeSpan PaceHolds = TimeSpan.FromMinutes(10);

    /// <summary>From a machine's being ready to its being somebody's: a pass of the reconciler and the browser's answer.</summary>
    private const double AfterSeconds = 0.5;

    /// <summary>Forks that a host makes at a time, as hosts are set up.</summary>
    private const int Parallel = 2;
    private readonly Dictionary<string, Known> _pools = [];
    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, Reserve> _newest = new();

    /// <summary>What was decided for a pool last; null where it has no target, or nothing was decided yet.</summary>
    public Reserve? Newest(string pool) => _newest.GetValueOrDefault(pool);

    /// <summary>Machines that shall be ready now.</summary>
    public async Task<int> AtAsync(VdiDb db, Pool pool, CancellationToken stop)
    {
        var now = time.GetUtcNow();
        var local = pool.Policy.LocalTime(now);
        if (pool.Policy.Warm.Target is not { } target)
        {
            _pools.Remove(pool.Id);
            _newest.TryRemove(pool.Id, out _);
            return pool.Policy.Warm.At(local);
        }

        if (!_pools.TryGetValue(pool.Id, out var known) || known.TimeZone != pool.Policy.TimeZone)
        {
            var began = await db.Sessions.Where(session => session.PoolId == pool.Id).MinAsync(session => (DateTimeOffset?)session.Created, stop) ?? now;
            var first = began < now.AddDays(-DemandHistory.DaysKept) ? now.AddDays(-DemandHistory.DaysKept) : began;
            _pools[pool.Id] = known = new Known(new DemandHistory(pool.Policy.LocalTime(first)), pool.Policy.TimeZone) { LearnedTo = first.AddTicks(-1) };
        }

        await LearnAsync(db, pool, known, target, now, stop);
        if (now - known.PacedAt > PaceHolds)
        {
            var took = await db.Machines.AsNoTracking().Where(machine => machine.PoolId == pool.Id && machine.ForkMilliseconds != null)
                .OrderByDescending(machine => machine.Since).Take(50).Select(machine => machine.AgentMilliseconds ?? machine.ForkMilliseconds!.Value).ToListAsync(stop);
            (known.Pace, known.PacedAt) = (took.Count == 0 ? ForkPace.Usual : ForkPace.Of(took, Parallel, AfterSeconds), now);
            known.History.Forget(local);
        }

        var reserve = known.Policy.At(local, new ReserveSettings(target, known.Pace, pool.Policy.Minimum, pool.Policy.Maximum));
        _newest[pool.Id] = reserve;
        return reserve.Ready;
    }

    private static async Task LearnAsync(VdiDb db, Pool pool, Known known, WarmTarget target, DateTimeOffset now, CancellationToken stop)
    {
        var since = known.LearnedTo;
        foreach (var session in await db.Sessions.AsNoTracking().Where(session => session.PoolId == pool.Id && session.Created > since).OrderBy(session => session.Created).Select(session => new { session.Id, session.Created }).ToListAsync(stop))
        {
            known.History.Launched(pool.Policy.LocalTime(session.Created));
            known.Waiting.Add(session.Id);
            known.LearnedTo = session.Created;
        }

        if (known.Waiting.Count == 0)
        {
            return;
        }

        var waiting = known.Waiting.Take(500).ToList();
        foreach (var session in await db.Sessions.AsNoTracking().Where(session => waiting.Contains(session.Id) && session.State != SessionState.Queued).ToListAsync(stop))
        {
            var waited = session.Steps.Find(step => step.Name == "choose")?.Milliseconds / 1000;
            known.History.Answered(pool.Policy.LocalTime(session.Created), waited <= target.Seconds);
            known.Waiting.Remove(session.Id);
        }
    }

    /// <summary>What is known of one pool.</summary>
    private sealed class Known(DemandHistory history, string timeZone)
    {
        public DemandHistory History => history;

        public ReservePolicy Policy { get; } = new(history);

        public string TimeZone => timeZone;

        public HashSet<Guid> Waiting { get; } = [];

        public DateTimeOffset LearnedTo { get; set; }

        public ForkPace Pace { get; set; } = ForkPace.Usual;

        public DateTimeOffset PacedAt { get; set; }
    }
}
