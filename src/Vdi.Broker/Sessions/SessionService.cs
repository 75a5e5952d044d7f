using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Apps;
using Vdi.Broker.Audit;
using Vdi.Broker.Data;
using Vdi.Broker.Homes;
using Vdi.Broker.Machines;
using Vdi.Broker.Pools;
using Vdi.Broker.Telemetry;
using Vdi.Broker.Users;
using Vdi.Protocol.Fleet;
using Vdi.Protocol.Wire;

namespace Vdi.Broker.Sessions;

/// <summary>Takes and gives back machines. Every step is one transaction; the unique indices have the last word.</summary>
internal sealed class SessionService(VdiDb db, HomeService homes, AuditLog audit, BrokerMetrics metrics, TimeProvider time)
{
    /// <summary>The person's running session of the pool, or where the policy allows several and a new one is asked for, one more: with a ready machine at
    /// once, else queued.</summary>
    public Task<SessionRow> OpenAsync(Person person, Pool pool, Launch launch, double authoriseMilliseconds, CancellationToken stop) => db.InTransactionAsync(
        async () =>
        {
            var began = time.GetTimestamp();
            var made = launch.Request is { } id ? await db.Sessions.FirstOrDefaultAsync(session => session.Id == id, stop) : null;
            if (made is { Released: null } && made.UserId == person.Id)
            {
                return made;
            }

            var running = await RunningAsync(person.Id, pool.Id, stop);
            if (running.Count > 0 && (!launch.Another || running.Count >= pool.Policy.SessionsPerUser))
            {
                running[^1].Run = launch.App is null ? running[^1].Run : new AppRun(Guid.NewGuid(), launch.App, Instead: false);
                await WakeAsync(running[^1], stop);
                return running[^1];
            }

            if (running.Count == 0 && pool.App is { Shared: true } && await SharedAsync(person, pool, stop) is { } shared)
            {
                shared.Run = new AppRun(Guid.NewGuid(), launch.App ?? pool.App.Machine, Instead: false);
                audit.Note("session.share", $"session/{shared.Id}", after: new { pool = pool.Id, user = person.Name, machine = shared.MachineId });
                return shared;
            }

            var now = time.GetUtcNow();
            var session = new SessionRow
            {
                Id = made is null && launch.Request is { } fresh ? fresh : Guid.NewGuid(),
                UserId = person.Id,
                PoolId = pool.Id,
                Slot = Enumerable.Range(1, running.Count + 1).First(slot => !running.Exists(other => other.Slot == slot)),
                Created = now,
                Since = now,
                Reason = "waits for a ready machine",
                Home = (launch.WithoutHome || launch.Visit is not null) && pool.Policy.Home is not null ? SessionHome.Without : SessionHome.None,
                Run = launch.App is null ? null : new AppRun(Guid.NewGuid(), launch.App, Instead: true),
                LinkId = launch.Visit?.Link,
                VisitorHash = launch.Visit?.Hash,
                Until = launch.Visit?.Until,
            };
            session.Trace("authorise", authoriseMilliseconds);
            await TryTakeAsync(session, pool, stop);
            db.Sessions.Add(session);
            if (session.MachineId is not null)
            {
                session.Trace("choose", time.GetElapsedTime(began).TotalMilliseconds);
            }

            audit.Note("session.open", $"session/{session.Id}", after: new { pool = pool.Id, user = person.Name, machine = session.MachineId });
            return session;
        },
        stop);

    /// <summary>Gives the oldest queued session of each pool a ready machine, while there are any.</summary>
    public async Task AssignQueuedAsync(CancellationToken stop)
    {
        if (!await db.Sessions.AnyAsync(session => session.State == SessionState.Queued, stop))
        {
            return;
        }

        await db.InTransactionAsync(
            async () =>
            {
                var empty = new HashSet<string>();
                foreach (var session in await db.Sessions.Where(session => session.State == SessionState.Queued).OrderBy(session => session.Created).ToListAsync(stop))
                {
                    if (empty.Contains(session.PoolId) || await db.Pools.FindAsync([session.PoolId], stop) is not { } pool)
                    {
                        continue;
                    }

                    var none = await TryTakeAsync(session, pool, stop);
                    if (session.MachineId is not null)
                    {
                        session.Trace("choose", (time.GetUtcNow() - session.Created).TotalMilliseconds);
                        audit.Note("session.assign", $"session/{session.Id}", after: new { pool = session.PoolId, userId = session.UserId, machine = session.MachineId });
                    }
                    else if (none && pool.Kind == PoolKind.Floating)
                    {
                        empty.Add(session.PoolId);
                    }

                    // Two queued sessions in one pass must not see the same machine.
                    await db.SaveChangesAsync(stop);
                }

                return true;
            },
            stop);
    }

    /// <summary>Wakes the machine of a session to which somebody wants to come back, where it sleeps.</summary>
    /// <returns>Whether it slept.</returns>
    public Task<bool> ComeBackAsync(Guid id, CancellationToken stop) => db.InTransactionAsync(
        async () => await db.Sessions.FirstOrDefaultAsync(session => session.Id == id && session.Released == null, stop) is { } session && await WakeAsync(session, stop),
        stop);

    /// <summary>Goes on with the sessions whose machines were woken, and ends those whose machines could not be; these are kept.</summary>
    public async Task FollowWakingAsync(CancellationToken stop)
    {
        var waiting = db.Sessions.Where(session => session.State == SessionState.Preparing && session.Released == null);
        foreach (var id in await waiting.Select(session => session.Id).ToListAsync(stop))
        {
            await db.InTransactionAsync(
                async () =>
                {
                    var session = await waiting.FirstOrDefaultAsync(session => session.Id == id, stop);
                    var machine = session?.MachineId is { } machineId ? await db.Machines.FirstOrDefaultAsync(machine => machine.Id == machineId, stop) : null;
                    if (session is not null && machine is { State: MachineState.Assigned })
                    {
                        var now = time.GetUtcNow();
                        session.Trace("wake", (now - session.Since).TotalMilliseconds);
                        (machine.Reason, machine.Since) = (MachineRow.AssignedReason, now);
                        session.Move(SessionState.Connecting, "waits for the browser", now);
                    }
                    else if (session is not null && machine is { State: MachineState.Suspended })
                    {
                        Release(session, EndCode.WakeFailed, $"its machine {machine.Reason}. Nothing of it is lost: try again, or ask an administrator");
                        session.Move(SessionState.Ended, session.Reason, time.GetUtcNow());
                    }

                    return true;
                },
                stop);
        }
    }

    /// <summary>The session is over. Its machine is never used again, but where it is its person's own and the policy keeps it, which is the usual.</summary>
    /// <returns>False where it was over already.</returns>
    public Task<bool> EndAsync(Guid id, string code, string reason, CancellationToken stop) => db.InTransactionAsync(
        async () =>
        {
            var session = await db.Sessions.FirstAsync(session => session.Id == id, stop);
            if (session.Released is not null)
            {
                return false;
            }

            Release(session, code, reason);
            if (session.MachineId is { } machineId && await db.Machines.FindAsync([machineId], stop) is { State: not (MachineState.Gone or MachineState.Failed) } machine)
            {
                var keeps = await db.Pools.FindAsync([session.PoolId], stop) is not { Policy.AtLogOff: AtLogOff.Destroy };
                if (machine.IsForeign)
                {
                    // Nothing of it can be destroyed. The new epoch voids what its last user could come back with.
                    session.Move(SessionState.Ended, reason, time.GetUtcNow());
                    (machine.State, machine.Reason, machine.Since, machine.Touched) = (MachineState.Booting, MachineRow.FreedReason, time.GetUtcNow(), false);
                    machine.Epoch++;
                }
                else if (code != EndCode.Reset && keeps && await db.Assignments.AnyAsync(assignment => assignment.MachineId == machineId && assignment.Released == null, stop))
                {
                    if (machine.State == MachineState.Assigned)
                    {
                        (machine.Reason, machine.Since) = (MachineRow.AwayReason, time.GetUtcNow());
                    }

                    session.Move(SessionState.Ended, reason, time.GetUtcNow());
                }
                else
                {
                    (machine.State, machine.Reason, machine.Since) = (MachineState.Recycling, "its session ended", time.GetUtcNow());
                    await ReleaseAssignmentAsync(machineId, stop);
                }
            }

            return true;
        },
        stop);

    internal void Release(SessionRow session, string code, string reason)
    {
        var now = time.GetUtcNow();
        session.Move(session.MachineId is null ? SessionState.Ended : SessionState.Ending, reason, now);
        (session.Released, session.Code) = (now, code);
        if (session.Seen is null && code is EndCode.NoMachine or EndCode.MachineFailed)
        {
            metrics.ConnectionFailed(code);
        }

        audit.Note(code == EndCode.Reset ? "session.reset" : "session.end", $"session/{session.Id}", after: new { pool = session.PoolId, userId = session.UserId, machine = session.MachineId, code, reason });
    }

    /// <summary>The machine is nobody's own any more.</summary>
    internal async Task ReleaseAssignmentAsync(Guid machine, CancellationToken stop)
    {
        if (await db.Assignments.FirstOrDefaultAsync(assignment => assignment.MachineId == machine && assignment.Released == null, stop) is { } assignment)
        {
            assignment.Released = time.GetUtcNow();
        }
    }

    /// <summary>A new secret and what the host must know of it.</summary>
    /// <param name="link">By which a visitor came; null for people.</param>
    public (string Ticket, Admit Admit) IssueTicket(SessionRow session, MachineRow machine, string user, Pool pool, PersonSettings? person = null, MachineHome? home = null, int head = 0, AppLink? link = null)
    {
        var (ticket, hash) = Tickets.New();
        var clipboard = pool.Policy.Clipboard ?? ClipboardPolicy.Usual;
        var files = pool.Policy.Files ?? FilesPolicy.Usual;
        var rights = Rights.View | Rights.Input | (link?.Clipboard is false ? Rights.None : clipboard.Rights) | (link?.Files is false ? Rights.None : files.Rights);
        var limits = new SessionLimits(pool.Policy.ReconnectSeconds, pool.Policy.MaxMegabits, clipboard.LargestKiB, files.LargestMiB);
        var admit = new Admit(hash, session.Id, machine.Id, machine.Epoch, user, pool.Name, rights, time.GetUtcNow() + Tickets.Life, limits, person, home, head, head == 0 ? session.Run : null);
        return (ticket, admit);
    }

    /// <summary>What the person has open of the same image, where it takes another application in; the newest. Null where there is none.</summary>
    private async Task<SessionRow?> SharedAsync(Person person, Pool pool, CancellationToken stop)
    {
        foreach (var session in await db.Sessions.Where(session => session.UserId == person.Id && session.Released == null && session.MachineId != null).OrderByDescending(session => session.Created).ToListAsync(stop))
        {
            if (await db.Pools.FindAsync([session.PoolId], stop) is { App.Shared: true, Deleted: null } other && other.Image == pool.Image && other.ImageVersion == pool.ImageVersion
                && other.Network.ToJson() == pool.Network.ToJson() && session.State is SessionState.Connecting or SessionState.Connected or SessionState.Disconnected)
            {
                return session;
            }
        }

        return null;
    }

    private Task<List<SessionRow>> RunningAsync(Guid user, string pool, CancellationToken stop) =>
        db.Sessions.Where(session => session.UserId == user && session.PoolId == pool && session.Released == null).OrderBy(session => session.Created).ToListAsync(stop);

    /// <returns>Whether it stays without because no machine is ready.</returns>
    private async Task<bool> TryTakeAsync(SessionRow session, Pool pool, CancellationToken stop)
    {
        var own = pool.Kind == PoolKind.Dedicated
            ? await db.Assignments.FirstOrDefaultAsync(assignment => assignment.UserId == session.UserId && assignment.PoolId == pool.Id && assignment.Slot == session.Slot && assignment.Released == null, stop)
            : null;
        var machine = own is null ? null : await db.Machines.FindAsync([own.MachineId], stop);
        if (own is not null && machine is null or { State: MachineState.Failed or MachineState.Gone or MachineState.Recycling })
        {
            // It is lost, and its person gets another.
            own!.Released = time.GetUtcNow();
            await db.SaveChangesAsync(stop);
            (own, machine) = (null, null);
        }

        if (await homes.IsBeingPutAwayAsync(session, pool, stop))
        {
            return false;
        }

        machine ??= await FindReadyAsync(session.PoolId, stop);
        if (machine is null)
        {
            return true;
        }

        var now = time.GetUtcNow();
        machine.Epoch++;
        session.MachineId = machine.Id;
        await homes.TakeAsync(session, machine.Id, pool, stop);
        if (machine.State is MachineState.Suspended or MachineState.Waking)
        {
            await WakeAsync(session, stop);
            return false;
        }

        var woken = !machine.Touched && machine.Reason == ActualMachine.WokenReason;
        (machine.State, machine.Reason, machine.Since, machine.Touched) = (MachineState.Assigned, MachineRow.AssignedReason, now, true);
        session.Move(SessionState.Connecting, "waits for the browser", now);
        session.Trace(woken ? "wake" : "fork", machine.ForkMilliseconds ?? 0);
        session.Trace("agent", machine.AgentMilliseconds ?? 0);
        if (pool.Kind == PoolKind.Dedicated && own is null)
        {
            db.Assignments.Add(new Assignment { Id = Guid.NewGuid(), UserId = session.UserId, PoolId = pool.Id, Slot = session.Slot, MachineId = machine.Id, Since = now });
        }

        return false;
    }

    /// <summary>The session waits for its machine, which wakes up; nothing where the machine does not sleep.</summary>
    private async Task<bool> WakeAsync(SessionRow session, CancellationToken stop)
    {
        if (session.MachineId is not { } id || await db.Machines.FirstOrDefaultAsync(machine => machine.Id == id, stop) is not { State: MachineState.Suspended or MachineState.Waking } machine)
        {
            return false;
        }

        var now = time.GetUtcNow();
        if (machine.State == MachineState.Suspended)
        {
            (machine.State, machine.Reason, machine.Since) = (MachineState.Waking, MachineRow.WakingReason, now);
            audit.Note("machine.wake", $"machine/{id}", after: new { pool = session.PoolId, session = session.Id });
        }

        if (session.State != SessionState.Preparing)
        {
            session.Move(SessionState.Preparing, "its machine wakes up", now);
        }

        return true;
    }

    private async Task<MachineRow?> FindReadyAsync(string pool, CancellationToken stop)
    {
        // On SQLite the transaction began IMMEDIATE and nobody else writes; PostgreSQL skips rows that another broker is taking.
        var ready = db.Database.IsNpgsql()
            ? db.Machines.FromSql($"""SELECT * FROM "Machines" WHERE "PoolId" = {pool} AND "State" = {(int)MachineState.Ready} AND NOT "Touched" ORDER BY "Since" LIMIT 1 FOR UPDATE SKIP LOCKED""")
            : db.Machines.Where(machine => machine.PoolId == pool && machine.State == MachineState.Ready && !machine.Touched).OrderBy(machine => machine.Since).Take(1);
        return (await ready.ToListAsync(stop)).Find(candidate => candidate.State == MachineState.Ready);
    }
}
