using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Data;
using Vdi.Broker.Machines;
using Vdi.Broker.Pools;
using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Sessions;

internal sealed record SessionView(Guid Id, string Pool, string PoolName, string State, Reason? Reason, int? Position, int? EstimateSeconds, DateTimeOffset Since, IReadOnlyList<LaunchStep> Steps);

/// <summary>Sessions as people see them.</summary>
internal sealed class SessionViews(VdiDb db, LaunchRules rules)
{
    public async Task<SessionView> DescribeAsync(SessionRow session, CancellationToken stop)
    {
        var pool = await db.Pools.FindAsync([session.PoolId], stop);
        int? position = session.State == SessionState.Queued
            ? 1 + await db.Sessions.CountAsync(other => other.PoolId == session.PoolId && other.State == SessionState.Queued && other.Created < session.Created, stop)
            : null;
        var estimate = position is { } place ? await rules.EstimateAsync(session.PoolId, place, stop) : null;
        return new SessionView(session.Id, session.PoolId, pool?.Name ?? session.PoolId, session.State.ToString().ToLowerInvariant(), await ReasonAsync(session, pool, stop), position, estimate, session.Since, session.Steps);
    }

    /// <summary>What holds the session up, or why it is over; null where all is well.</summary>
    private async Task<Reason?> ReasonAsync(SessionRow session, Pool? pool, CancellationToken stop)
    {
        if (session.State == SessionState.Queued)
        {
            return pool is null ? null : await rules.WaitingForAsync(pool, stop);
        }

        var machine = session.MachineId is { } id ? await db.Machines.FindAsync([id], stop) : null;
        if (session.Released is null)
        {
            if (session.State == SessionState.Preparing && machine is not null)
            {
                return new Reason("waking", LaunchRules.Sentence($"Your machine {machine.Reason}"));
            }

            // While the machine itself is held up, that is what its person wants to know.
            return machine is { State: MachineState.Assigned, IsWell: false }
                ? new Reason("machine-held-up", LaunchRules.Sentence($"The machine {machine.Reason}"))
                : null;
        }

        return session.Code switch
        {
            EndCode.ByUser => new Reason(EndCode.ByUser, "The session was ended by its user."),
            EndCode.MachineFailed => new Reason(EndCode.MachineFailed, LaunchRules.Sentence(session.Reason)),
            { Length: > 0 } code => new Reason(code, LaunchRules.Sentence($"The session ended: {session.Reason}")),
            _ when session.MachineId is null => new Reason(EndCode.NoMachine, LaunchRules.Sentence($"The session ended: {session.Reason}")),

            // A machine that failed takes its session along, and the session keeps the machine's words.
            _ => new Reason(EndCode.MachineFailed, LaunchRules.Sentence(session.Reason)),
        };
    }
}
