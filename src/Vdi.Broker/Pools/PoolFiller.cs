using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Data;
using Vdi.Broker.Machines;
using Vdi.Broker.Pools.Warm;
using Vdi.Broker.Sessions;
using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Pools;

/// <summary>Keeps pools as full as their policies say, with machines that are ready and machines that sleep, and rolls new image versions out.</summary>
internal sealed partial class PoolFiller(VdiDb db, WarmReserve reserve, TimeProvider time, ILogger<PoolFiller> log)
{
    /// <summary>More failures than this within the window, and no new machine is tried until they are older.</summary>
    private const int FailureLimit = 3;
    private const string Unneeded = "is not needed any more";

    public async Task FillAsync(ActualState actual, CancellationToken stop)
    {
        var now = time.GetUtcNow();
        if (await db.Hosts.AnyAsync(host => host.Id == actual.Host && host.Draining != null, stop))
        {
            return;
        }

        var recent = now - MachineFollower.FailureWindow;
        var counts = await db.Machines.Where(machine => machine.State != MachineState.Gone)
            .GroupBy(machine => new { machine.PoolId, machine.State, machine.ImageVersion, machine.Touched })
            .Select(group => new { group.Key.PoolId, Kind = new MachineKind(group.Key.State, group.Key.ImageVersion, group.Key.Touched), Count = group.Count(), Recent = group.Count(machine => machine.Since > recent) })
            .ToListAsync(stop);
        var queued = await db.Sessions.Where(session => session.State == SessionState.Queued).GroupBy(session => session.PoolId).Select(group => new { group.Key, Count = group.Count() }).ToDictionaryAsync(group => group.Key, group => group.Count, stop);
        var pools = await db.Pools.AsNoTracking().Where(pool => pool.Deleted == null).ToListAsync(stop);
        if (counts.Select(count => (count.PoolId, count.Kind)).Where(count => count.Kind is { IsAlive: true, Touched: false }).Select(count => count.PoolId).Except(pools.Select(pool => pool.Id)).ToList() is { Count: > 0 } deleted)
        {
            await UnusedMachines.RetireAsync(db, deleted, "its pool was deleted", stop);
        }

        foreach (var pool in pools.Where(pool => pool.Kind != PoolKind.Manual))
        {
            var before = (pool.CurrentVersion, pool.PreviousVersion, pool.RollOutStopped);
            var machines = counts.Where(count => count.PoolId == pool.Id).ToList();
            if (!LaunchRules.Has(actual, pool) || (pool.Accelerator == AcceleratorPolicy.HardwareOnly && actual.Accelerator is not "kvm"))
            {
                continue;
            }

            if (machines.Where(count => count.Kind.State == MachineState.Failed).Sum(count => count.Recent) >= FailureLimit)
            {
                NoteFailures(pool, [.. machines.Where(count => count.Kind.State == MachineState.Failed).Select(count => (count.Kind.Version, count.Recent))]);
                await WriteRollOutAsync(pool, before, stop);
                continue;
            }

            if (actual.Problem is { } problem)
            {
                // No more are asked for; those that were asked for wait at the host, and say why.
                LogProblem(pool.Id, problem);
                continue;
            }

            await FillAsync(pool, actual, [.. machines.Select(count => (count.Kind, count.Count))], queued.GetValueOrDefault(pool.Id), stop);
            await WriteRollOutAsync(pool, before, stop);
        }
    }

    /// <summary>Notes how the roll-out goes; that is no edit, and makes nobody's stale.</summary>
    private async Task WriteRollOutAsync(Pool pool, (string? Current, string? Previous, string? Stopped) before, CancellationToken stop)
    {
        if (before != (pool.CurrentVersion, pool.PreviousVersion, pool.RollOutStopped))
        {
            await db.Pools.Where(row => row.Id == pool.Id && row.CurrentVersion == before.Current).ExecuteUpdateAsync(
                set => set.SetProperty(row => row.CurrentVersion, pool.CurrentVersion)
                    .SetProperty(row => row.PreviousVersion, pool.PreviousVersion)
                    .SetProperty(row => row.RollOutStopped, pool.RollOutStopped),
                stop);
        }
    }

    private async Task FillAsync(Pool pool, ActualState actual, List<(MachineKind Kind, int Count)> machines, int queued, CancellationToken stop)
    {
        int Count(Func<MachineKind, bool> which) => machines.Where(machine => which(machine.Kind)).Sum(machine => machine.Count);
        var version = RollOut.Choose(pool, actual, LogRollOut);
        var warm = await reserve.AtAsync(db, pool, stop);
        var alive = Count(kind => kind.IsAlive);
        var free = Count(kind => kind.IsFree);
        var wanted = Math.Max(warm + queued, pool.Policy.Minimum - (alive - free));
        var ready = Count(kind => kind.State == MachineState.Ready && !kind.Touched);
        var asleep = Count(kind => kind.IsAsleep && (version is null || kind.Version == version));

        // Waking one is for somebody who would wait, or the next who comes and would; for all others a fork is as good, and the reserve stays.
        var woken = await WakeAsync(pool, version, Math.Min(asleep, Math.Max(queued, Math.Min(1, wanted)) - ready - Count(kind => kind.State == MachineState.Waking && !kind.Touched)), stop);
        (free, asleep) = (free + woken, asleep - woken);
        var lacking = Math.Max(0, pool.Policy.Suspended - asleep);
        for (; free < wanted + lacking && alive < pool.Policy.Maximum; free++, alive++)
        {
            Request(pool, version);
        }

        // What is ready beyond the wanted goes to sleep while the reserve lacks some; what sleeps beyond the reserve, or is old, goes.
        var slept = queued > 0 ? 0 : await SuspendAsync(pool, version, Math.Min(lacking, ready - wanted), stop);
        wanted += lacking;
        await RetireAsync(pool, asleep - pool.Policy.Suspended, machine => machine.State == MachineState.Suspended && (version == null || machine.ImageVersion == version), stop);
        if (pool.RollOutStopped is null && version is not null)
        {
            await RetireAsync(pool, pool.Policy.RollOut.AtATime, machine => machine.State == MachineState.Suspended && machine.ImageVersion != version, stop);
        }

        var old = pool.RollOutStopped is not null || version is null ? 0 : Count(kind => kind.State == MachineState.Ready && !kind.Touched && kind.Version != version);
        var coming = Count(kind => kind.IsOnItsWay && kind.Version == version);
        var surplus = ready - slept - wanted;
        var atATime = pool.Policy.RollOut.AtATime;

        // New ones first, and an old one goes for each that is there; where there is no room for more, old ones go first, a few at a time.
        for (var i = coming; i < Math.Min(atATime, old) && alive < pool.Policy.Maximum; i++, alive++)
        {
            Request(pool, version);
        }

        var retire = surplus > 0 ? surplus : alive >= pool.Policy.Maximum && coming == 0 ? Math.Min(atATime, old) : 0;
        if (retire > 0)
        {
            await RetireAsync(pool, version, retire, stop);
        }
    }

    /// <summary>Gives up machines that nobody has: those of another version first, then the oldest.</summary>
    private async Task RetireAsync(Pool pool, string? version, int count, CancellationToken stop)
    {
        var old = await db.Machines.Where(machine => machine.PoolId == pool.Id && machine.State == MachineState.Ready && !machine.Touched)
            .OrderBy(machine => machine.ImageVersion == version).ThenBy(machine => machine.Since).Take(count).Select(machine => machine.Id).ToListAsync(stop);
        await MoveAsync(old, MachineState.Ready, MachineState.Recycling, Unneeded, stop);
    }

    /// <summary>The same with machines that sleep, the oldest first.</summary>
    private async Task RetireAsync(Pool pool, int count, Expression<Func<MachineRow, bool>> which, CancellationToken stop)
    {
        if (count > 0 && await OldestAsync(pool, count, which, stop) is { Count: > 0 } old)
        {
            await MoveAsync(old, MachineState.Suspended, MachineState.Recycling, Unneeded, stop);
        }
    }

    /// <summary>Puts ready machines of the version to sleep; returns how many.</summary>
    private async Task<int> SuspendAsync(Pool pool, string? version, int count, CancellationToken stop) => count <= 0 ? 0 : await MoveAsync(
        await OldestAsync(pool, count, machine => machine.State == MachineState.Ready && (version == null || machine.ImageVersion == version), stop),
        MachineState.Ready,
        MachineState.Suspended,
        "is put to sleep, for the pool's reserve",
        stop);

    /// <summary>Wakes machines of the reserve; returns how many.</summary>
    private async Task<int> WakeAsync(Pool pool, string? version, int count, CancellationToken stop)
    {
        var woken = count <= 0 ? 0 : await MoveAsync(
            await OldestAsync(pool, count, machine => machine.State == MachineState.Suspended && (version == null || machine.ImageVersion == version), stop),
            MachineState.Suspended,
            MachineState.Waking,
            MachineRow.WakingReason,
            stop);
        if (woken > 0)
        {
            LogWoken(pool.Id, woken);
        }

        return woken;
    }

    private Task<List<Guid>> OldestAsync(Pool pool, int count, Expression<Func<MachineRow, bool>> which, CancellationToken stop) =>
        db.Machines.Where(machine => machine.PoolId == pool.Id && !machine.Touched).Where(which).OrderBy(machine => machine.Since).Take(count).Select(machine => machine.Id).ToListAsync(stop);

    /// <summary>Only those that are still nobody's, and in the state that they were seen in: somebody may take one at this moment.</summary>
    private Task<int> MoveAsync(List<Guid> machines, MachineState from, MachineState to, string reason, CancellationToken stop) =>
        db.Machines.Where(machine => machines.Contains(machine.Id) && machine.State == from && !machine.Touched).ExecuteUpdateAsync(
            set => set.SetProperty(machine => machine.State, to)
                .SetProperty(machine => machine.Reason, reason)
                .SetProperty(machine => machine.Since, time.GetUtcNow()),
            stop);

    private void Request(Pool pool, string? version) => db.Machines.Add(new MachineRow
    {
        Id = Guid.NewGuid(),
        PoolId = pool.Id,
        Image = pool.Image,
        ImageVersion = version,
        State = MachineState.Requested,
        Reason = "waits for the host",
        Since = time.GetUtcNow(),
    });

    /// <summary>A roll-out whose machines fail stops, and says so.</summary>
    private void NoteFailures(Pool pool, List<(string? Version, int Count)> failed)
    {
        var ofNew = failed.Where(machines => machines.Version == pool.CurrentVersion).Sum(machines => machines.Count);
        if (pool.RollOutStopped is null && pool.PreviousVersion is not null && ofNew >= pool.Policy.RollOut.FailuresThatStop)
        {
            pool.RollOutStopped = $"{ofNew} machines of version {pool.CurrentVersion} failed";
            LogRollOut(pool.Id, pool.RollOutStopped);
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Pool {Pool} gets no further machine: {Problem}")]
    private partial void LogProblem(string pool, string problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "Pool {Pool} has no machine ready for the next who comes: {Count} of its reserve are woken")]
    private partial void LogWoken(string pool, int count);

    [LoggerMessage(Level = LogLevel.Information, Message = "Pool {Pool}: {What}")]
    private partial void LogRollOut(string pool, string what);
}

/// <summary>What tells a pool's machines apart when they are counted.</summary>
internal sealed record MachineKind(MachineState State, string? Version, bool Touched)
{
    public bool IsAlive => State is not (MachineState.Failed or MachineState.Recycling or MachineState.Gone);

    public bool IsOnItsWay => State is MachineState.Requested or MachineState.Forking or MachineState.Booting;

    /// <summary>It is of the pool's reserve.</summary>
    public bool IsAsleep => State == MachineState.Suspended && !Touched;

    /// <summary>It is, or will be, somebody's who comes next.</summary>
    public bool IsFree => IsOnItsWay || (State is MachineState.Ready or MachineState.Waking && !Touched);
}
