using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Data;
using Vdi.Broker.Machines;
using Vdi.Broker.Pools;
using Vdi.Broker.Telemetry;
using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Sessions;

/// <summary>Ends what is over, by the policies of pools, and warns before; and heals what a lost report left wrong.</summary>
internal sealed class SessionExpiry(VdiDb db, SessionService sessions, FleetState fleet, BrokerMetrics metrics, TimeProvider time)
{
    public async Task ExpireAsync(ActualState actual, CancellationToken stop)
    {
        var viewed = actual.Viewed.ToHashSet();
        var policies = await db.Pools.AsNoTracking().Select(pool => new { pool.Id, pool.Policy }).ToDictionaryAsync(pool => pool.Id, pool => pool.Policy, stop);
        foreach (var seen in await db.Sessions.AsNoTracking().Where(session => session.Released == null).ToListAsync(stop))
        {
            var policy = policies.GetValueOrDefault(seen.PoolId) ?? PoolPolicy.Default;
            int? idle = actual.Idle?.TryGetValue(seen.Id, out var seconds) == true ? seconds : null;
            if (SessionRules.Judge(seen, policy, viewed.Contains(seen.Id), idle, time.GetUtcNow()) is not null)
            {
                await ApplyAsync(seen.Id, policy, viewed.Contains(seen.Id), idle, stop);
            }
        }
    }

    /// <summary>Judges again what may have changed meanwhile, and does what is to be done.</summary>
    private async Task ApplyAsync(Guid id, PoolPolicy policy, bool viewed, int? idle, CancellationToken stop)
    {
        var verdict = await db.InTransactionAsync(
            async () =>
            {
                var session = await db.Sessions.FirstOrDefaultAsync(session => session.Id == id && session.Released == null, stop);
                var verdict = session is null ? null : SessionRules.Judge(session, policy, viewed, idle, time.GetUtcNow());
                var waited = session is { State: SessionState.Connecting, Seen: null };
                verdict?.Change?.Invoke(session!);
                if (waited && session!.State == SessionState.Disconnected)
                {
                    metrics.ConnectionFailed("browser-did-not-come");
                }

                return verdict;
            },
            stop);
        if (verdict?.End is { } end)
        {
            await sessions.EndAsync(id, end.Code, end.Reason, stop);
        }

        if (verdict?.Message is { } message)
        {
            await fleet.SendAsync(message, stop);
        }
    }
}
