using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Data;
using Vdi.Broker.Machines;
using Vdi.Broker.Pools;
using Vdi.Broker.Users;
using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Sessions;

/// <summary>Why something cannot be had, or is waited for.</summary>
/// <param name="Code">Stable, for translation; see docs/specs/api.md.</param>
/// <param name="Detail">An English sentence that names the constraint and what would fix it.</param>
internal sealed record Reason(string Code, string Detail);

/// <summary>Every constraint that a launch must meet, each with what would fix it. What is checked here is checked for people's sake: what must never happen
/// is kept by the database's constraints.</summary>
internal sealed class LaunchRules(VdiDb db, FleetState fleet, TimeProvider time)
{
    /// <summary>So many failed machines and none on its way: people are told instead of being left to wait.</summary>
    private const int FailuresThatRefuse = 3;

    private static readonly List<MachineState> OnItsWay = [MachineState.Requested, MachineState.Forking, MachineState.Booting, MachineState.Waking];

    private Emptied? _draining;

    /// <summary>Whether anything says that the person may open machines of the pool.</summary>
    public async Task<bool> IsEntitledAsync(Person person, string pool, CancellationToken stop)
    {
        var principals = person.Principals;
        var grants = await db.Grants.AsNoTracking().Where(grant => grant.PoolId == pool && principals.Contains(grant.Principal)).ToListAsync(stop);
        return grants.Exists(grant => person.Is(grant.Kind, grant.Principal));
    }

    /// <summary>The pools that the person may open.</summary>
    public async Task<List<Pool>> PoolsOfAsync(Person person, CancellationToken stop)
    {
        var principals = person.Principals;
        var grants = (await db.Grants.AsNoTracking().Where(grant => principals.Contains(grant.Principal)).ToListAsync(stop)).Where(grant => person.Is(grant.Kind, grant.Principal)).Select(grant => grant.PoolId).ToHashSet();
        return [.. (await db.Pools.AsNoTracking().Where(pool => pool.Deleted == null).OrderBy(pool => pool.Name).ToListAsync(stop)).Where(pool => grants.Contains(pool.Id))];
    }

    /// <summary>Why somebody cannot open one more machine of the pool now, not even by waiting; null where that can be.</summary>
    /// <param name="use">What <see cref="UseAsync"/> says of the person.</param>
    /// <param name="ready">Machines of the pool that are ready, where the caller has counted those of all pools; null to look.</param>
    public async Task<Reason?> RefusalAsync(Pool pool, QuotaUse use, CancellationToken stop, int? ready = null) =>
        WhenClosed(pool) ?? use.WhyNot(pool, fleet.Newest) ?? (pool.Kind == PoolKind.Manual ? await NoScreenAsync(pool, stop) : await HeldUpAsync(pool, ready, stop) ?? await FullAsync(pool, stop));

    /// <summary>What the person may have, and has.</summary>
    public Task<QuotaUse> UseAsync(Person person, CancellationToken stop) => QuotaUse.OfAsync(person, db, fleet.Newest, stop);

    /// <summary>What somebody waits for who wants a machine of the pool and has none.</summary>
    /// <param name="ready">As with <see cref="RefusalAsync"/>.</param>
    public async Task<Reason> WaitingForAsync(Pool pool, CancellationToken stop, int? ready = null)
    {
        if (pool.Kind == PoolKind.Manual)
        {
            return await NoScreenAsync(pool, stop) ?? new Reason("preparing", "A screen is free, and is about to be yours.");
        }

        if (await HeldUpAsync(pool, ready, stop) is { } heldUp)
        {
            return heldUp;
        }

        var newest = await db.Machines.AsNoTracking().Where(machine => machine.PoolId == pool.Id && !machine.Touched && OnItsWay.Contains(machine.State))
            .OrderByDescending(machine => machine.Since).FirstOrDefaultAsync(stop);
        if (newest is not null)
        {
            return new Reason("preparing", Sentence($"The next machine {newest.Reason}"));
        }

        var failed = await NewestFailedAsync(pool, stop);
        return failed is null
            ? new Reason("preparing", "The next machine is about to be made.")
            : new Reason("machines-failing", Sentence($"The last machine of '{pool.Name}' failed: {failed.Reason}"));
    }

    /// <summary>Seconds until somebody at this place of the queue has a machine, as the last machines of the pool were made; null while none was.</summary>
    public async Task<int?> EstimateAsync(string pool, int position, CancellationToken stop)
    {
        var took = await db.Machines.AsNoTracking().Where(machine => machine.PoolId == pool && machine.ForkMilliseconds != null)
            .OrderByDescending(machine => machine.Since).Take(8).Select(machine => machine.AgentMilliseconds ?? machine.ForkMilliseconds).ToListAsync(stop);
        return took.Count == 0 ? null : (int)Math.Ceiling((position + 1) / 2 * took.Average()!.Value / 1000) + 1;
    }

    internal static string Sentence(string words) => words.Length == 0 || words[^1] is '.' or '!' or '?' ? words : words + ".";

    private Reason? WhenClosed(Pool pool)
    {
        if (pool.Deleted is not null)
        {
            return new Reason("pool-deleted", $"'{pool.Name}' was deleted. An administrator can bring it back from the recycle bin.");
        }

        if (pool.Closed is { } why)
        {
            return new Reason("pool-closed", Sentence($"'{pool.Name}' takes nobody new at the moment: {(why.Length == 0 ? "an administrator closed it" : why)}"));
        }

        if (pool.Policy.IsOpen(time.GetUtcNow()))
        {
            return null;
        }

        var local = pool.Policy.LocalTime(time.GetUtcNow());
        var hours = string.Join(", ", pool.Policy.Open.Select(part => $"{string.Join(' ', part.Days.Select(day => day.ToString()[..3]))} {part.From.ToString("HH:mm", CultureInfo.InvariantCulture)} to {part.To.ToString("HH:mm", CultureInfo.InvariantCulture)}"));
        return new Reason("pool-hours", $"'{pool.Name}' is closed at this hour ({local.ToString("ddd HH:mm", CultureInfo.InvariantCulture)} in {pool.Policy.TimeZone}). It opens {hours}.");
    }

    /// <summary>Why no machine can be had at the moment, whoever asks.</summary>
    private async Task<Reason?> HeldUpAsync(Pool pool, int? counted, CancellationToken stop)
    {
        if (fleet.Newest is not { } actual)
        {
            return NoHost();
        }

        if (!Has(actual, pool))
        {
            return new Reason("no-image", (actual.Versions ?? []).Any(image => image.Name == pool.Image && (pool.ImageVersion ?? image.Version) == image.Version)
                ? $"{(pool.ImageVersion is null ? "No version" : $"Version {pool.ImageVersion}")} of the image '{pool.Image}' {(pool.ImageVersion is null ? "has" : "has not")} passed its test yet. An administrator can look at it with: vdi image show {pool.Image}"
                : pool.ImageVersion is null
                ? $"The image '{pool.Image}' is not on the host. An administrator can build it with: vdi image build {pool.Image}"
                : $"Version {pool.ImageVersion} of the image '{pool.Image}' is not on the host. An administrator can choose another version for '{pool.Name}'.");
        }

        if (pool.Accelerator == AcceleratorPolicy.HardwareOnly && actual.Accelerator is not "kvm")
        {
            return new Reason("no-hardware", $"'{pool.Name}' wants hosts whose hardware isolates guests (KVM), and this host has {actual.Accelerator}. An administrator can allow any accelerator in the pool's settings, or add such a host.");
        }

        var ready = counted is { } count ? count > 0 : await db.Machines.AnyAsync(machine => machine.PoolId == pool.Id && machine.State == MachineState.Ready, stop);
        if (actual.Problem is { } problem && !ready)
        {
            return new Reason("host-short", Sentence($"No desktop can be made now: {problem}"));
        }

        if (ready)
        {
            return null;
        }

        return await DrainingAsync(actual.Host, stop) is not { } draining
            ? await FailingAsync(pool, stop)
            : new Reason("host-short", Sentence($"No desktop can be made now, for the host is being emptied{(draining.Length > 0 ? $": {draining}" : "")}"));
    }

    /// <summary>Why the host is being emptied; null where it is not. It is looked at once for all pools of a request.</summary>
    private async Task<string?> DrainingAsync(string id, CancellationToken stop)
    {
        if (_draining?.Host != id)
        {
            _draining = new Emptied(id, await db.Hosts.Where(host => host.Id == id).Select(host => host.Draining).FirstOrDefaultAsync(stop));
        }

        return _draining!.Why;
    }

    /// <summary>Whether the host can make machines of the pool: of the version that is chosen, else of any that it may have.</summary>
    internal static bool Has(ActualState actual, Pool pool) => actual.Versions is not { } versions ? actual.Images.Contains(pool.Image)
        : pool.ImageVersion is { } version ? RollOut.Offered(actual, pool).Exists(image => image.Version == version)
        : RollOut.Offered(actual, pool).Count > 0 || (actual.Images.Contains(pool.Image) && versions.All(image => image.Name != pool.Image));

    /// <summary>Why no screen of a manual pool can be had: there it is no use to wait for a machine to be made.</summary>
    private async Task<Reason?> NoScreenAsync(Pool pool, CancellationToken stop)
    {
        if (NoHost() is { } noHost)
        {
            return noHost;
        }

        var machines = await db.Machines.AsNoTracking().Where(machine => machine.PoolId == pool.Id && db.Screens.Any(screen => screen.Id == machine.Id) && machine.State != MachineState.Gone && machine.State != MachineState.Recycling).OrderBy(machine => machine.Since).ToListAsync(stop);
        if (machines.Exists(machine => machine.State == MachineState.Ready && !machine.Touched))
        {
            return null;
        }

        if (machines.Count == 0)
        {
            return new Reason("no-screens", $"'{pool.Name}' has no screens yet. An administrator can add some to the pool's settings.");
        }

        var used = machines.Count(machine => machine.State == MachineState.Assigned);
        return machines.Find(machine => machine.State != MachineState.Assigned) is not { } silent
            ? new Reason("screens-in-use", $"All {used} screens of '{pool.Name}' are in use. Wait until somebody ends a session, or ask an administrator to add a screen.")
            : new Reason("screens-silent", Sentence($"No screen of '{pool.Name}' can be had now: {used} are in use, and {machines.Count - used} cannot be reached; one of those {silent.Reason}"));
    }

    private Reason? NoHost() => fleet.Newest is null ? new Reason("no-host", "No host is connected yet. Try again in a moment; if it stays so, look at the server's log.") : null;

    private async Task<Reason?> FullAsync(Pool pool, CancellationToken stop)
    {
        var taken = await db.Sessions.CountAsync(session => session.PoolId == pool.Id && session.Released == null, stop);
        return taken >= pool.Policy.Maximum
            ? new Reason("pool-full", $"All {pool.Policy.Maximum} machines of '{pool.Name}' are in use. Wait until somebody ends a session, or ask an administrator to raise the pool's maximum.")
            : null;
    }

    private async Task<Reason?> FailingAsync(Pool pool, CancellationToken stop)
    {
        var states = await db.Machines.Where(machine => machine.PoolId == pool.Id).Select(machine => machine.State).Where(state => state == MachineState.Failed || OnItsWay.Contains(state)).ToListAsync(stop);
        var failures = states.Count(state => state == MachineState.Failed);
        return failures >= FailuresThatRefuse && failures == states.Count && await NewestFailedAsync(pool, stop) is { } failed
            ? new Reason("machines-failing", Sentence($"The last {failures} machines of '{pool.Name}' failed. Try again in some minutes, or tell an administrator what the newest said: {failed.Reason}"))
            : null;
    }

    private Task<MachineRow?> NewestFailedAsync(Pool pool, CancellationToken stop) =>
        db.Machines.AsNoTracking().Where(machine => machine.PoolId == pool.Id && machine.State == MachineState.Failed).OrderByDescending(machine => machine.Since).FirstOrDefaultAsync(stop);

    private sealed record Emptied(string Host, string? Why);
}
