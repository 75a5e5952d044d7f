using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Data;
using Vdi.Broker.Telemetry;
using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Sessions;

/// <summary>Takes over what a host says of who came and left.</summary>
internal sealed class SessionReports(VdiDb db, BrokerMetrics metrics, TimeProvider time)
{
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
