using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Audit;
using Vdi.Broker.Data;
using Vdi.Broker.Telemetry;
using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Sessions;

/// <summary>Takes over what a host says of who came and left.</summary>
internal sealed class SessionReports(VdiDb db, AuditLog audit, BrokerMetrics metrics, TimeProvider time)
{
    /// <summary>Something was copied: noted by size and kind.</summary>
    public Task ApplyAsync(ClipboardUsed used, CancellationToken stop) =>
        NoteAsync(used.Session, "session.clipboard", new { to = To(used.ToGuest), kind = used.Kind, used.Bytes }, stop);

    /// <summary>A file was sent or fetched: noted by name and size.</summary>
    public Task ApplyAsync(FileMoved moved, CancellationToken stop) =>
        NoteAsync(moved.Session, "session.file", new { to = To(moved.ToGuest), moved.Name, moved.Bytes }, stop);

    /// <summary>A person's files are in their machine, or are not and why: noted where they are not.</summary>
    public Task ApplyAsync(HomeReport report, CancellationToken stop) => db.InTransactionAsync(
        async () =>
        {
            if (await db.Sessions.FirstOrDefaultAsync(session => session.Id == report.Session && session.MachineId == report.Machine && session.Released == null, stop) is not { } session)
            {
                return false;
            }

            (session.Home, session.HomeTrouble) = (report.Trouble is null ? SessionHome.Here : SessionHome.Missing, report.Trouble);
            if (report.Trouble is null)
            {
                session.Trace("home", report.Milliseconds);
            }
            else
            {
                audit.Note("session.home", $"session/{session.Id}", after: new { home = report.Home, machine = report.Machine, trouble = report.Trouble });
            }

            return true;
        },
        stop);

    private static string To(bool guest) => guest ? "machine" : "person";

    private Task NoteAsync(Guid session, string action, object after, CancellationToken stop) => db.InTransactionAsync(
        async () =>
        {
            var who = await db.Sessions.Where(row => row.Id == session).Join(db.Users, row => row.UserId, user => user.Id, (_, user) => user.UserName).FirstOrDefaultAsync(stop);
            if (who is null)
            {
                return false;
            }

            audit.NoteAs(who, action, $"session/{session}", after: after);
            return true;
        },
        stop);

    public async Task ApplyAsync(SessionReport report, CancellationToken stop)
    {
        await db.InTransactionAsync(
            async () =>
            {
                var session = await db.Sessions.FirstOrDefaultAsync(candidate => candidate.Id == report.Session && candidate.MachineId == report.Machine && candidate.Released == null, stop);
                if (session is null)
                {
                    return false;
                }

                var now = time.GetUtcNow();
                switch (report.State)
                {
                    case ViewState.Connected:
                        session.Come(now);
                        metrics.Connected(session.PoolId);
                        break;
                    case ViewState.FirstFrame:
                        if (session.Steps.TrueForAll(step => step.Name != "firstFrame"))
                        {
                            session.Trace("firstFrame", (now - session.Since).TotalMilliseconds);
                            metrics.Launched(session.PoolId, now - session.Created);
                            BrokerTraces.Launched(session, now);
                        }

                        break;
                    case ViewState.Disconnected:
                        session.Move(SessionState.Disconnected, "nobody is looking at it", now);
                        break;
                }

                return true;
            },
            stop);
    }
}
