using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Apps;
using Vdi.Broker.Data;
using Vdi.Broker.Homes;
using Vdi.Broker.Machines;
using Vdi.Broker.Pools;
using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Sessions;

/// <param name="App">What it shows; null for a desktop.</param>
/// <param name="Home">Where the pool brings its person's files: here, coming, missing, or without as they wanted it; null where it brings none.</param>
internal sealed record SessionView(Guid Id, string Pool, string PoolName, string State, Reason? Reason, int? Position, int? EstimateSeconds, DateTimeOffset Since, IReadOnlyList<LaunchStep> Steps, string? Home, SessionApp? App);

/// <param name="Icon">Address of a PNG; null for none.</param>
internal sealed record SessionApp(string Name, string? Icon);

/// <summary>Sessions as people see them.</summary>
internal sealed class SessionViews(VdiDb db, LaunchRules rules, HomeService homes)
{
    public async Task<SessionView> DescribeAsync(SessionRow session, CancellationToken stop)
    {
        var pool = await db.Pools.FindAsync([session.PoolId], stop);
        int? position = session.State == SessionState.Queued
            ? 1 + await db.Sessions.CountAsync(other => other.PoolId == session.PoolId && other.State == SessionState.Queued && other.Created < session.Created, stop)
            : null;
        var estimate = position is { } place ? await rules.EstimateAsync(session.PoolId, place, stop) : null;
        return new SessionView(session.Id, session.PoolId, pool?.Name ?? session.PoolId, session.State.ToString().ToLowerInvariant(), await ReasonAsync(session, pool, stop), position, estimate, session.Since, session.Steps, session.Home == SessionHome.None ? null : session.Home.ToString().ToLowerInvariant(), pool?.App is { } app ? new SessionApp(pool.Name, AppIcon.Address(app.Icon)) : null);
    }

    /// <summary>What holds the session up, or why it is over; null where all is well.</summary>
    private async Task<Reason?> ReasonAsync(SessionRow session, Pool? pool, CancellationToken stop)
    {
        if (session.State == SessionState.Queued)
        {
            return pool is null ? null
                : await homes.IsBeingPutAwayAsync(session, pool, stop) ? new Reason("home-put-away", "Your files are being put away from your session before; this takes some seconds.")
                : await rules.WaitingForAsync(pool, stop);
        }

        var machine = session.MachineId is { } id ? await db.Machines.FindAsync([id], stop) : null;
        if (session.Released is null)
        {
            if (session.State == SessionState.Preparing && machine is not null)
            {
                return new Reason("waking", LaunchRules.Sentence($"Your machine {machine.Reason}"));
            }

            // While the machine itself is held up, that is what its person wants to know.
            return machine is { State: MachineState.Assigned, IsWell: false } ? new Reason("machine-held-up", LaunchRules.Sentence($"The machine {machine.Reason}"))
                : session.HomeTrouble is { } trouble ? new Reason("home-missing", LaunchRules.Sentence($"Your own files are not in it, and what you save in it is lost when it ends: {trouble}"))
                : null;
        }

        return session.Code switch
        {
            EndCode.ByUser => new Reason(EndCode.ByUser, "The session was ended by its user."),
            EndCode.AppClosed => new Reason(EndCode.AppClosed, $"'{pool?.Name ?? session.PoolId}' was closed."),
            EndCode.AppFailed => new Reason(EndCode.AppFailed, LaunchRules.Sentence($"'{pool?.Name ?? session.PoolId}' is not open any more: {session.Reason}")),
            EndCode.MachineFailed => new Reason(EndCode.MachineFailed, LaunchRules.Sentence(session.Reason)),
            { Length: > 0 } code => new Reason(code, LaunchRules.Sentence($"The session ended: {session.Reason}")),
            _ when session.MachineId is null => new Reason(EndCode.NoMachine, LaunchRules.Sentence($"The session ended: {session.Reason}")),

            // A machine that failed takes its session along, and the session keeps the machine's words.
            _ => new Reason(EndCode.MachineFailed, LaunchRules.Sentence(session.Reason)),
        };
    }
}
