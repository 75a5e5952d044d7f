using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Data;
using Vdi.Broker.Machines;
using Vdi.Broker.Pools;
using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Sessions;

/// <summary>Takes and gives back machines. Every step is one transaction; the unique indices have the last word.</summary>
internal sealed class SessionService(VdiDb db, TimeProvider time)
{
    /// <summary>The person's running session of the pool, or a new one: with a ready machine at once, else queued.</summary>
    public async Task<SessionRow> OpenAsync(Guid user, Pool pool, double authoriseMilliseconds, CancellationToken stop)
    {
        var began = time.GetTimestamp();
        await using var transaction = await db.Database.BeginTransactionAsync(stop);
        if (await RunningAsync(user, pool.Id, stop) is { } running)
        {
            return running;
        }

        var now = time.GetUtcNow();
        var session = new SessionRow { Id = Guid.NewGuid(), UserId = user, PoolId = pool.Id, Created = now, Since = now, Reason = "waits for a ready machine" };
        session.Trace("authorise", authoriseMilliseconds);
        db.Sessions.Add(session);
        try
        {
            await TryTakeAsync(session, stop);
            if (session.MachineId is not null)
            {
                session.Trace("choose", time.GetElapsedTime(began).TotalMilliseconds);
            }

            await db.SaveChangesAsync(stop);
            await transaction.CommitAsync(stop);
            return session;
        }
        catch (DbUpdateException e) when (e.IsUniqueViolation())
        {
            // Another request of the same person was first: theirs is the session.
            await transaction.RollbackAsync(stop);
            db.ChangeTracker.Clear();
            return await RunningAsync(user, pool.Id, stop) ?? throw new InvalidOperationException("The session could not be stored");
        }
    }

    /// <summary>Gives the oldest queued session of each pool a ready machine, while there are any.</summary>
    public async Task AssignQueuedAsync(CancellationToken stop)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(stop);
        var queued = await db.Sessions.Where(session => session.State == SessionState.Queued).OrderBy(session => session.Created).ToListAsync(stop);
        foreach (var session in queued)
        {
            await TryTakeAsync(session, stop);
            if (session.MachineId is not null)
            {
                session.Trace("choose", (time.GetUtcNow() - session.Created).TotalMilliseconds);
            }
        }

        await db.SaveChangesAsync(stop);
        await transaction.CommitAsync(stop);
    }

    /// <summary>The session is over and its machine is never used again.</summary>
    public async Task EndAsync(SessionRow session, string reason, CancellationToken stop)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(stop);
        Release(session, reason);
        if (session.MachineId is { } id && await db.Machines.FindAsync([id], stop) is { State: not (MachineState.Gone or MachineState.Failed) } machine)
        {
            (machine.State, machine.Reason, machine.Since) = (MachineState.Recycling, "its session ended", time.GetUtcNow());
        }

        await db.SaveChangesAsync(stop);
        await transaction.CommitAsync(stop);
    }

    internal void Release(SessionRow session, string reason)
    {
        var now = time.GetUtcNow();
        session.Move(session.MachineId is null ? SessionState.Ended : SessionState.Ending, reason, now);
        session.Released = now;
    }

    /// <summary>A new secret and what the host must know of it.</summary>
    public (string Ticket, Admit Admit) IssueTicket(SessionRow session, MachineRow machine, string user, string title)
    {
        var secret = RandomNumberGenerator.GetBytes(32);
        var ticket = Convert.ToBase64String(secret).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        var rights = Protocol.Wire.Rights.View | Protocol.Wire.Rights.Input;
        var admit = new Admit(Convert.ToHexStringLower(SHA256.HashData(secret)), session.Id, machine.Id, machine.Epoch, user, title, rights, time.GetUtcNow().AddSeconds(30));
        return (ticket, admit);
    }

    private Task<SessionRow?> RunningAsync(Guid user, string pool, CancellationToken stop) =>
        db.Sessions.FirstOrDefaultAsync(session => session.UserId == user && session.PoolId == pool && session.Released == null, stop);

    private async Task TryTakeAsync(SessionRow session, CancellationToken stop)
    {
        // On SQLite the transaction began IMMEDIATE and nobody else writes; PostgreSQL skips rows that another broker is taking.
        var ready = db.Database.IsNpgsql()
            ? db.Machines.FromSql($"""SELECT * FROM "Machines" WHERE "PoolId" = {session.PoolId} AND "State" = {(int)MachineState.Ready} ORDER BY "Since" LIMIT 1 FOR UPDATE SKIP LOCKED""")
            : db.Machines.Where(machine => machine.PoolId == session.PoolId && machine.State == MachineState.Ready).OrderBy(machine => machine.Since).Take(1);
        var machine = (await ready.ToListAsync(stop)).Find(candidate => candidate.State == MachineState.Ready);
        if (machine is null)
        {
            return;
        }

        var now = time.GetUtcNow();
        (machine.State, machine.Reason, machine.Since) = (MachineState.Assigned, MachineRow.AssignedReason, now);
        machine.Epoch++;
        session.MachineId = machine.Id;
        session.Move(SessionState.Connecting, "waits for the browser", now);
        session.Trace("fork", machine.ForkMilliseconds ?? 0);
        session.Trace("agent", machine.AgentMilliseconds ?? 0);

        // Two queued sessions in one pass must not see the same machine.
        await db.SaveChangesAsync(stop);
    }
}
