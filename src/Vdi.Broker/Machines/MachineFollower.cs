using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Data;
using Vdi.Broker.Hosts;
using Vdi.Broker.Sessions;
using Vdi.Protocol.Fleet;
using Vdi.Protocol.Wire;

namespace Vdi.Broker.Machines;

/// <summary>Takes over what a host reports of itself and its machines. Only rows that change are written.</summary>
internal sealed class MachineFollower(VdiDb db, SessionService sessions, FleetState fleet, TimeProvider time)
{
    /// <summary>How long a machine that failed is kept in sight.</summary>
    public static readonly TimeSpan FailureWindow = TimeSpan.FromMinutes(1);

    /// <summary>A host that says nothing new is noted as seen this often.</summary>
    private static readonly TimeSpan SeenEvery = TimeSpan.FromSeconds(10);

    /// <summary>Machines that are written with one commit: others write to the database, too.</summary>
    private const int Batch = 100;

    public async Task FollowAsync(ActualState actual, CancellationToken stop)
    {
        await NoteHostAsync(actual, stop);
        var there = actual.Machines.ToDictionary(machine => machine.Machine);
        var (changed, over) = (new List<(MachineRow Row, MachineState Before)>(), new List<MachineRow>());
        foreach (var row in await db.Machines.AsNoTracking().Where(machine => machine.State != MachineState.Gone).ToListAsync(stop))
        {
            var before = (row.State, row.Reason, row.ForkMilliseconds, row.AgentMilliseconds, row.ImageVersion, row.Host, row.Epoch);
            Follow(row, there.GetValueOrDefault(row.Id), actual);
            if (before != (row.State, row.Reason, row.ForkMilliseconds, row.AgentMilliseconds, row.ImageVersion, row.Host, row.Epoch))
            {
                changed.Add((row, before.State));
            }
            else if (row.State is MachineState.Failed or MachineState.Gone)
            {
                over.Add(row);
            }
        }

        foreach (var batch in changed.Chunk(Batch))
        {
            over.AddRange((await WriteAsync(batch, stop)).Where(row => row.State is MachineState.Failed or MachineState.Gone));
        }

        foreach (var row in over)
        {
            await EndSessionsOfAsync(row, stop);
        }

        foreach (var machine in actual.Machines.Where(machine => machine.AppOver is not null))
        {
            await EndAppAsync(machine.Machine, machine.AppOver!, stop);
        }
    }

    /// <summary>Whoever had it open is told; and a machine whose application ended before anybody came is of no use.</summary>
    private async Task EndAppAsync(Guid id, AppOver over, CancellationToken stop)
    {
        if (await db.Sessions.FirstOrDefaultAsync(session => session.MachineId == id && session.Released == null, stop) is { } session)
        {
            // What was said to be started just now may not have reached the host yet.
            if (session.Run is null && await sessions.EndAsync(session.Id, over.Kind == AppOverKind.Closed ? EndCode.AppClosed : EndCode.AppFailed, Words(over), stop))
            {
                await fleet.SendAsync(new Revoke(session.Id, ByeReason.SessionEnded, "The application was closed"), stop);
            }

            return;
        }

        await db.Machines.Where(machine => machine.Id == id && machine.State == MachineState.Ready && !machine.Touched).ExecuteUpdateAsync(
            set => set.SetProperty(machine => machine.State, MachineState.Failed)
                .SetProperty(machine => machine.Reason, $"Its application ended before anybody came: {Words(over)}")
                .SetProperty(machine => machine.Since, time.GetUtcNow()),
            stop);
    }

    /// <summary>For people; the last that it said comes from the guest, and stands in quotes.</summary>
    private static string Words(AppOver over) => over.Output.Length == 0 ? over.How : $"{over.How}; it said last: \"{over.Output}\"";

    /// <summary>Those that were written. Where somebody took one, or ended its session, just now, the next pass sees what it is then.</summary>
    private Task<List<MachineRow>> WriteAsync((MachineRow Row, MachineState Before)[] changed, CancellationToken stop) => db.InTransactionAsync(
        async () =>
        {
            var written = new List<MachineRow>();
            foreach (var (row, before) in changed)
            {
                if (await WriteAsync(row, before, stop))
                {
                    written.Add(row);
                }
            }

            return written;
        },
        stop);

    /// <summary>Since when it is so is written only where its state changes: of a machine that is somebody's it says when that person left, which
    /// may be at this moment.</summary>
    private async Task<bool> WriteAsync(MachineRow row, MachineState before, CancellationToken stop) =>
        await db.Machines.Where(machine => machine.Id == row.Id && machine.State == before).ExecuteUpdateAsync(
            set => set.SetProperty(machine => machine.State, row.State)
                .SetProperty(machine => machine.Reason, row.Reason)
                .SetProperty(machine => machine.Since, machine => row.State == before ? machine.Since : row.Since)
                .SetProperty(machine => machine.ForkMilliseconds, row.ForkMilliseconds)
                .SetProperty(machine => machine.AgentMilliseconds, row.AgentMilliseconds)
                .SetProperty(machine => machine.ImageVersion, row.ImageVersion)
                .SetProperty(machine => machine.Host, row.Host)
                .SetProperty(machine => machine.Epoch, row.Epoch),
            stop) == 1;

    private async Task NoteHostAsync(ActualState actual, CancellationToken stop)
    {
        var now = time.GetUtcNow();
        var row = await db.Hosts.FindAsync([actual.Host], stop);
        if (row is null)
        {
            db.Hosts.Add(row = new HostRow { Id = actual.Host });
        }

        (row.Accelerator, row.Problem) = (actual.Accelerator, actual.Problem);
        // What they say is compared when it is saved.
        row.Images = [.. actual.Versions ?? []];

        if (now - row.Seen > SeenEvery)
        {
            row.Seen = now;
        }
    }

    private void Follow(MachineRow row, ActualMachine? machine, ActualState actual)
    {
        if (machine is not null)
        {
            row.Host = actual.Host;
            Follow(row, machine);
        }
        else if (row is { IsForeign: true, State: not MachineState.Recycling and not MachineState.Failed })
        {
            if (row.State is MachineState.Ready or MachineState.Booting)
            {
                Move(row, MachineState.Requested, "waits for the host");
            }
        }
        else if (row.State is MachineState.Recycling)
        {
            Move(row, MachineState.Gone, "was destroyed");
        }
        else if (row.State is not (MachineState.Requested or MachineState.Failed))
        {
            Move(row, MachineState.Failed, "The host does not have it any more");
        }

        if (!(row.IsForeign && row.State is MachineState.Requested or MachineState.Booting) && MachineDeadlines.Of(row.State) is { } deadline && time.GetUtcNow() - row.Since > deadline && actual.Problem is null)
        {
            Move(row, MachineState.Failed, $"It was {row.State.ToString().ToLowerInvariant()} for more than {deadline.TotalMinutes:0.#} minutes; last, it {row.Reason}");
        }

        if (row.State == MachineState.Waking && time.GetUtcNow() - row.Since > MachineDeadlines.Waking)
        {
            // Never a failure, for which it would be destroyed.
            Move(row, MachineState.Suspended, $"sleeps on, for it was not woken within {MachineDeadlines.Waking.TotalMinutes:0.#} minutes; last, it {row.Reason}");
        }

        if (row.State == MachineState.Failed && machine is null && time.GetUtcNow() - row.Since > FailureWindow)
        {
            Move(row, MachineState.Gone, row.Reason);
        }
    }

    private void Follow(MachineRow row, ActualMachine actual)
    {
        if (row.IsForeign && actual is { State: MachineState.Ready, Reason: not ActualMachine.ReadyReason } && row.State is not MachineState.Assigned)
        {
            // It does not answer, and that is nobody's to wait for: it is ready when it does.
            FollowSilent(row, actual);
            return;
        }

        if (actual.Epoch > row.Epoch)
        {
            // The database is older than what it was told: it was restored. Whose the machine was since then is not known, so it is nobody's.
            row.Epoch = actual.Epoch;
            if (!row.IsForeign && !row.Touched && row.State is MachineState.Requested or MachineState.Forking or MachineState.Booting or MachineState.Ready or MachineState.Suspended or MachineState.Waking)
            {
                Move(row, MachineState.Recycling, "was somebody's after the backup that was restored");
                return;
            }
        }

        var forward = actual.State switch
        {
            MachineState.Failed => row.State is not (MachineState.Failed or MachineState.Recycling),
            MachineState.Forking or MachineState.Booting or MachineState.Ready => row.State is MachineState.Requested or MachineState.Forking or MachineState.Booting && row.State != actual.State,
            _ => false,
        };
        (row.ForkMilliseconds, row.AgentMilliseconds, row.ImageVersion) = (actual.ForkMilliseconds, actual.AgentMilliseconds, actual.Version ?? row.ImageVersion);
        if (forward)
        {
            Move(row, actual.State, actual.Reason);
        }
        else if (row.State == MachineState.Waking && actual.State == MachineState.Ready)
        {
            // Whose it was it is still; what nobody had is for whoever comes next.
            Move(row, row.Touched ? MachineState.Assigned : MachineState.Ready, actual.Reason);
        }
        else if (row.State == MachineState.Suspended && actual.State == MachineState.Ready)
        {
            // Its host has not begun, or could not; then it says why.
            row.Reason = actual.Reason is ActualMachine.ReadyReason or ActualMachine.WokenReason ? row.Reason : actual.Reason;
        }
        else if (row.State == actual.State || (row.State == MachineState.Assigned && actual.State == MachineState.Ready))
        {
            // A machine that somebody has can be held up, too: paused for want of disk, say.
            row.Reason = actual.Reason;
        }
    }

    private void FollowSilent(MachineRow row, ActualMachine actual)
    {
        if (row.State is MachineState.Requested or MachineState.Forking or MachineState.Booting or MachineState.Ready && (row.State != MachineState.Booting || row.Reason != actual.Reason))
        {
            Move(row, MachineState.Booting, actual.Reason);
        }
    }

    private async Task EndSessionsOfAsync(MachineRow row, CancellationToken stop)
    {
        if (!await db.Sessions.AnyAsync(session => session.MachineId == row.Id && session.State != SessionState.Ended, stop)
            && !await db.Assignments.AnyAsync(assignment => assignment.MachineId == row.Id && assignment.Released == null, stop))
        {
            return;
        }

        var revoked = await db.InTransactionAsync(
            async () =>
            {
                var ended = new List<Guid>();
                await sessions.ReleaseAssignmentAsync(row.Id, stop);
                foreach (var session in await db.Sessions.Where(session => session.MachineId == row.Id && session.State != SessionState.Ended).ToListAsync(stop))
                {
                    if (session.Released is null)
                    {
                        sessions.Release(session, EndCode.MachineFailed, row.Reason);
                        ended.Add(session.Id);
                    }

                    session.Move(SessionState.Ended, session.Reason, time.GetUtcNow());
                }

                return ended;
            },
            stop);
        foreach (var session in revoked)
        {
            await fleet.SendAsync(new Revoke(session, ByeReason.MachineFailed, row.Reason), stop);
        }
    }

    private void Move(MachineRow row, MachineState state, string reason) => (row.State, row.Reason, row.Since) = (state, reason, time.GetUtcNow());
}
