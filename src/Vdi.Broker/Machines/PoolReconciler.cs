using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Data;
using Vdi.Broker.Pools;
using Vdi.Broker.Sessions;
using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Machines;

/// <summary>Keeps pools warm, hands machines to those who wait, ends what is over, and tells the host what shall be.
/// Level-triggered: each pass looks at everything, so a missed event costs a second and nothing else.</summary>
internal sealed partial class PoolReconciler(FleetState fleet, IFleetLink host, IServiceScopeFactory scopes, TimeProvider time, ILogger<PoolReconciler> log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ConnectDeadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan QueueDeadline = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan FailureWindow = TimeSpan.FromMinutes(1);

    /// <summary>A report of who looks at what says nothing of sessions that changed while it was on its way.</summary>
    private static readonly TimeSpan ReportAge = TimeSpan.FromSeconds(3);

    /// <summary>More failures than this within the window, and no new machine is tried until they are older.</summary>
    private const int FailureLimit = 3;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(ReceiveAsync(stoppingToken), ReconcileAsync(stoppingToken));

    private async Task ReceiveAsync(CancellationToken stop)
    {
        await foreach (var message in host.ReceiveAsync(stop))
        {
            switch (message)
            {
                case ActualState actual:
                    fleet.Newest = actual;
                    fleet.Wake();
                    break;
                case Admitted admitted:
                    fleet.Answer(admitted);
                    break;
                case SessionReport report:
                    await GuardAsync(db => ApplyAsync(db, report, stop));
                    break;
            }
        }
    }

    private async Task ReconcileAsync(CancellationToken stop)
    {
        while (true)
        {
            await fleet.WaitAsync(Pause, stop);
            if (fleet.Newest is { } actual)
            {
                await GuardAsync(db => PassAsync(db, actual, stop));
            }
        }
    }

    private async Task GuardAsync(Func<VdiDb, Task> work)
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            await work(scope.ServiceProvider.GetRequiredService<VdiDb>());
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogPassFailed(e);
        }
    }

    private async Task PassAsync(VdiDb db, ActualState actual, CancellationToken stop)
    {
        var sessions = new SessionService(db, time);
        await ApplyActualAsync(db, sessions, actual, stop);
        await ApplyViewedAsync(db, actual, stop);
        await ExpireAsync(db, sessions, stop);
        await FillPoolsAsync(db, actual, stop);
        await db.SaveChangesAsync(stop);
        await sessions.AssignQueuedAsync(stop);

        var networks = await db.Pools.ToDictionaryAsync(pool => pool.Id, pool => pool.Network.Of(pool.Id), stop);
        var desired = await db.Machines
            .Where(machine => machine.State != MachineState.Gone && machine.State != MachineState.Failed && machine.State != MachineState.Recycling)
            .Select(machine => new DesiredMachine(machine.Id, machine.Image, machine.Epoch, machine.State == MachineState.Requested, networks.GetValueOrDefault(machine.PoolId) ?? PoolNetwork.Isolated(machine.PoolId)))
            .ToListAsync(stop);
        await host.SendAsync(new DesiredState(desired), stop);
    }

    private async Task ApplyActualAsync(VdiDb db, SessionService sessions, ActualState actual, CancellationToken stop)
    {
        var there = actual.Machines.ToDictionary(machine => machine.Machine);
        foreach (var row in await db.Machines.Where(machine => machine.State != MachineState.Gone).ToListAsync(stop))
        {
            if (there.TryGetValue(row.Id, out var machine))
            {
                Follow(row, machine);
            }
            else if (row.State is MachineState.Recycling)
            {
                Move(row, MachineState.Gone, "was destroyed");
            }
            else if (row.State is not (MachineState.Requested or MachineState.Failed))
            {
                Move(row, MachineState.Failed, "The host does not have it any more");
            }

            if (MachineDeadlines.Of(row.State) is { } deadline && time.GetUtcNow() - row.Since > deadline && actual.Problem is null)
            {
                Move(row, MachineState.Failed, $"It was {row.State.ToString().ToLowerInvariant()} for more than {deadline.TotalMinutes:0.#} minutes; last, it {row.Reason}");
            }

            if (row.State is MachineState.Failed or MachineState.Gone)
            {
                await EndSessionsOfAsync(db, sessions, row, stop);
                if (row.State == MachineState.Failed && !there.ContainsKey(row.Id) && time.GetUtcNow() - row.Since > FailureWindow)
                {
                    Move(row, MachineState.Gone, row.Reason);
                }
            }
        }
    }

    /// <summary>Who looks at what, as the host sees it: heals what a lost report left wrong.</summary>
    private async Task ApplyViewedAsync(VdiDb db, ActualState actual, CancellationToken stop)
    {
        var viewed = actual.Viewed.ToHashSet();
        var settled = time.GetUtcNow() - ReportAge;
        foreach (var session in await db.Sessions.Where(session => session.Released == null && session.MachineId != null).ToListAsync(stop))
        {
            if (session.Since < settled && session.State == SessionState.Connected && !viewed.Contains(session.Id))
            {
                session.Move(SessionState.Disconnected, "nobody is looking at it", time.GetUtcNow());
            }
            else if (session.Since < settled && session.State is SessionState.Connecting or SessionState.Disconnected && viewed.Contains(session.Id))
            {
                session.Move(SessionState.Connected, "somebody is looking at it", time.GetUtcNow());
            }
        }
    }

    private void Follow(MachineRow row, ActualMachine actual)
    {
        var forward = actual.State switch
        {
            MachineState.Failed => row.State is not (MachineState.Failed or MachineState.Recycling),
            MachineState.Forking or MachineState.Booting or MachineState.Ready => row.State is MachineState.Requested or MachineState.Forking or MachineState.Booting && row.State != actual.State,
            _ => false,
        };
        (row.ForkMilliseconds, row.AgentMilliseconds) = (actual.ForkMilliseconds, actual.AgentMilliseconds);
        if (forward)
        {
            Move(row, actual.State, actual.Reason);
        }
        else if (row.State == actual.State || (row.State == MachineState.Assigned && actual.State == MachineState.Ready))
        {
            // A machine that somebody has can be held up, too: paused for want of disk, say.
            row.Reason = actual.Reason;
        }
    }

    private async Task EndSessionsOfAsync(VdiDb db, SessionService sessions, MachineRow row, CancellationToken stop)
    {
        foreach (var session in await db.Sessions.Where(session => session.MachineId == row.Id && session.State != SessionState.Ended).ToListAsync(stop))
        {
            if (session.Released is null)
            {
                sessions.Release(session, row.Reason);
                await host.SendAsync(new Revoke(session.Id, Protocol.Wire.ByeReason.MachineFailed, row.Reason), stop);
            }

            session.Move(SessionState.Ended, session.Reason, time.GetUtcNow());
        }
    }

    private async Task ExpireAsync(VdiDb db, SessionService sessions, CancellationToken stop)
    {
        var now = time.GetUtcNow();
        foreach (var session in await db.Sessions.Where(session => session.Released == null).ToListAsync(stop))
        {
            if (session.State == SessionState.Queued && now - session.Since > QueueDeadline)
            {
                await sessions.EndAsync(session, $"no machine became ready within {QueueDeadline.TotalMinutes:0} minutes", stop);
            }

            if (session.State == SessionState.Connecting && now - session.Since > ConnectDeadline)
            {
                session.Move(SessionState.Disconnected, "the browser did not come", now);
            }

            if (session.State == SessionState.Disconnected)
            {
                var linger = (await db.Pools.FindAsync([session.PoolId], stop))?.Linger ?? TimeSpan.Zero;
                if (now - session.Since > linger)
                {
                    await sessions.EndAsync(session, $"nobody came back within {linger.TotalMinutes:0} minutes", stop);
                }
            }
        }
    }

    private async Task FillPoolsAsync(VdiDb db, ActualState actual, CancellationToken stop)
    {
        var now = time.GetUtcNow();
        foreach (var pool in await db.Pools.ToListAsync(stop))
        {
            if (!actual.Images.Contains(pool.Image))
            {
                continue;
            }

            var machines = await db.Machines.Where(machine => machine.PoolId == pool.Id && machine.State != MachineState.Gone).ToListAsync(stop);
            if (machines.Count(machine => machine.State == MachineState.Failed && now - machine.Since < FailureWindow) >= FailureLimit)
            {
                continue;
            }

            var queued = await db.Sessions.CountAsync(session => session.PoolId == pool.Id && session.State == SessionState.Queued, stop);
            var free = machines.Count(machine => machine.State is MachineState.Requested or MachineState.Forking or MachineState.Booting or MachineState.Ready);
            var alive = machines.Count(machine => machine.State is not (MachineState.Failed or MachineState.Recycling));
            if (actual.Problem is { } problem)
            {
                // No more are asked for; those that were asked for wait at the host, and say why.
                LogProblem(pool.Id, problem);
                continue;
            }

            for (; free < pool.Warm + queued && alive < pool.Capacity; free++, alive++)
            {
                db.Machines.Add(new MachineRow { Id = Guid.NewGuid(), PoolId = pool.Id, Image = pool.Image, State = MachineState.Requested, Reason = "waits for the host", Since = now });
            }
        }
    }

    private async Task ApplyAsync(VdiDb db, SessionReport report, CancellationToken stop)
    {
        var session = await db.Sessions.FirstOrDefaultAsync(candidate => candidate.Id == report.Session && candidate.MachineId == report.Machine && candidate.Released == null, stop);
        if (session is null)
        {
            return;
        }

        var now = time.GetUtcNow();
        switch (report.State)
        {
            case ViewState.Connected:
                session.Move(SessionState.Connected, "somebody is looking at it", now);
                break;
            case ViewState.FirstFrame:
                session.Trace("firstFrame", (now - session.Since).TotalMilliseconds);
                break;
            case ViewState.Disconnected:
                session.Move(SessionState.Disconnected, "nobody is looking at it", now);
                break;
        }

        await db.SaveChangesAsync(stop);
    }

    private void Move(MachineRow row, MachineState state, string reason) => (row.State, row.Reason, row.Since) = (state, reason, time.GetUtcNow());

    [LoggerMessage(Level = LogLevel.Debug, Message = "Pool {Pool} gets no further machine: {Problem}")]
    private partial void LogProblem(string pool, string problem);

    [LoggerMessage(Level = LogLevel.Error, Message = "A pass of the reconciler failed; the next one tries again")]
    private partial void LogPassFailed(Exception cause);
}
