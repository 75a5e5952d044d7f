using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Data;
using Vdi.Broker.Sessions;
using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Telemetry;

/// <summary>Counts every few seconds what there is, so that however many look, the database is asked once.</summary>
internal sealed partial class TelemetrySampler(BrokerMetrics metrics, IServiceScopeFactory scopes, TimeProvider time, ILogger<TelemetrySampler> log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Pause, time);
        do
        {
            try
            {
                await using var scope = scopes.CreateAsyncScope();
                metrics.Newest = await SampleAsync(scope.ServiceProvider.GetRequiredService<VdiDb>(), stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogFailed(e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task<TelemetrySample> SampleAsync(VdiDb db, CancellationToken stop)
    {
        var now = time.GetUtcNow();
        var machines = await db.Machines.Where(machine => machine.State != MachineState.Gone).GroupBy(machine => new { machine.PoolId, machine.State })
            .Select(group => new { group.Key.PoolId, group.Key.State, Count = group.Count() }).ToListAsync(stop);
        var sessions = await db.Sessions.Where(session => session.State != SessionState.Ended).GroupBy(session => new { session.PoolId, session.State })
            .Select(group => new { group.Key.PoolId, group.Key.State, Count = group.Count() }).ToListAsync(stop);
        var pools = await db.Pools.Where(pool => pool.Deleted == null).Select(pool => pool.Id).ToListAsync(stop);
        var pending = await db.AuditPending.CountAsync(stop);
        var oldest = await db.AuditPending.OrderBy(note => note.Id).Select(note => (DateTimeOffset?)note.At).FirstOrDefaultAsync(stop);
        return new TelemetrySample(
            now,
            Fill<MachineState>(pools, [MachineState.Gone], machines.Select(count => (count.PoolId, count.State, count.Count))),
            Fill<SessionState>(pools, [SessionState.Ended], sessions.Select(count => (count.PoolId, count.State, count.Count))),
            pending,
            oldest);
    }

    /// <summary>Also what there is none of: a number that is gone looks like one that stays.</summary>
    private static List<PoolCount> Fill<T>(IReadOnlyList<string> pools, IReadOnlyList<T> but, IEnumerable<(string Pool, T State, int Count)> counts)
        where T : struct, Enum
    {
        var found = counts.ToDictionary(count => (count.Pool, count.State), count => count.Count);
        return [.. pools.Union(found.Keys.Select(key => key.Pool)).SelectMany(_ => Enum.GetValues<T>().Except(but), (pool, state) => new PoolCount(pool, state.ToString().ToLowerInvariant(), found.GetValueOrDefault((pool, state))))];
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Nothing could be counted just now; it is tried again")]
    private partial void LogFailed(Exception cause);
}
