using Vdi.Protocol.Fleet;

namespace Vdi.Host.Fakes;

/// <summary>The homes of a <see cref="FakeHost"/>: nothing is in them, but they are taken, given back and gone back in as real ones are.</summary>
public sealed class FakeHomes
{
    private readonly Dictionary<Guid, ActualHome> _homes = [];
    private readonly Lock _lock = new();

    /// <summary>Why none can be brought into a machine; null where they can.</summary>
    public string? Trouble { get; set; }

    public ActualHome? Look(Guid home)
    {
        lock (_lock)
        {
            return _homes.GetValueOrDefault(home);
        }
    }

    /// <returns>Why it was not brought, or null.</returns>
    internal string? Take(MachineHome home, Guid machine)
    {
        lock (_lock)
        {
            var there = _homes.GetValueOrDefault(home.Home) ?? new ActualHome(home.Home, home.GiB, 0, null, []);
            if (there.Machine is { } other && other != machine)
            {
                return $"Machine {other:N} has these files at the moment";
            }

            _homes[home.Home] = there with { GiB = Math.Max(there.GiB, home.GiB), Machine = machine };
            return Trouble;
        }
    }

    internal void Release(Guid machine, DateTimeOffset now)
    {
        lock (_lock)
        {
            foreach (var home in _homes.Values.Where(home => home.Machine == machine).ToList())
            {
                _homes[home.Home] = Kept(home, SnapshotCause.LogOff, now) with { Machine = null };
            }
        }
    }

    internal HomeAnswer Answer(AskHome ask, DateTimeOffset now)
    {
        lock (_lock)
        {
            if (ask.Verb == HomeVerb.Look || !_homes.TryGetValue(ask.Home, out var home))
            {
                return new HomeAnswer(ask.Ask, _homes.GetValueOrDefault(ask.Home), ask.Verb == HomeVerb.Restore ? "There are no such files on this host" : null);
            }

            if (home.Machine is not null)
            {
                return new HomeAnswer(ask.Ask, null, "These files are in use: end the session that has them first");
            }

            if (ask.Verb == HomeVerb.Delete)
            {
                _homes.Remove(ask.Home);
                return new HomeAnswer(ask.Ask, null, null);
            }

            return home.Snapshots.Any(snapshot => snapshot.Id == ask.Snapshot)
                ? new HomeAnswer(ask.Ask, _homes[ask.Home] = Kept(home, SnapshotCause.BeforeRestore, now), null)
                : new HomeAnswer(ask.Ask, null, "There is no such snapshot any more: look at the list again");
        }
    }

    private static ActualHome Kept(ActualHome home, SnapshotCause cause, DateTimeOffset now) => home with { Snapshots = [new HomeSnapshot(Guid.NewGuid(), now, cause, home.GiB), .. home.Snapshots] };
}
