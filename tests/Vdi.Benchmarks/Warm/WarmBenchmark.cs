using Vdi.Broker.Pools;
using Vdi.Broker.Pools.Warm;
using Vdi.TestSupport;

namespace Vdi.Benchmarks.Warm;

/// <summary>deploy/bench warm: four weeks of launches of a school and of an office, replayed with reserves that know only what came before,
/// and with the smallest fixed count that has as many launches in time (`fixed`) or as many as are promised (`bar`).
/// <code>
/// warm.school          share of launches in time, weeks 2 to 4; .week1 is the first
/// warm.school.hours    hours that machines stood ready with nobody at them, weeks 2 to 4
/// </code></summary>
internal static class WarmBenchmark
{
    /// <summary>Room for everybody: what is measured is the wait for forks, not for somebody to leave.</summary>
    private const int Capacity = 1000;

    private const int MostReady = 400;
    private const double Share = 0.95;
    private const int Week = 7;

    /// <summary>Any Monday: the traces begin on one.</summary>
    private static readonly DateTime Monday = new(2026, 3, 2, 0, 0, 0, DateTimeKind.Unspecified);

    private static readonly (string Name, ForkPace Pace, double Seconds)[] Cases =
    [
        ("", ForkPace.Usual, 3),

        // As measured, but a launch is only in time where a machine stands ready.
        (".ready", ForkPace.Usual, 0.25),

        // One at a time, on a host that is busy.
        (".busy", new ForkPace(1, 0.7, 0.1), 3),
        (".slow", new ForkPace(2, 3, 0.1), 3),
        (".cold", new ForkPace(2, 20, 0), 3),
    ];

    public static List<Figure> Run()
    {
        var figures = new List<Figure>();
        foreach (var trace in new[] { "school", "office" })
        {
            var launches = LaunchTrace.Read(Path.Combine(Repository.Root, "tests", "Vdi.Benchmarks", "Warm", "traces", trace + ".gz"));
            foreach (var (name, pace, seconds) in Cases)
            {
                figures.AddRange(Compare($"warm.{trace}{name}", launches, pace, new WarmTarget(Share, seconds)));
            }
        }

        return figures;
    }

    private static IEnumerable<Figure> Compare(string name, List<TracedLaunch> launches, ForkPace pace, WarmTarget target)
    {
        var learned = Learn(launches, pace, target);
        var share = ShareOf(learned, 1, 4, target);
        yield return new Figure(name, "share", [share]);
        yield return new Figure($"{name}.week1", "share", [ShareOf(learned, 0, 1, target)]);
        yield return new Figure($"{name}.hours", "h", [Hours(learned)]);
        foreach (var (kind, atLeast) in new[] { ("fixed", share), ("bar", Share) })
        {
            if (BestFixed(launches, pace, target, atLeast) is var (count, run))
            {
                yield return new Figure($"{name}.{kind}.count", "machines", [count]);
                yield return new Figure($"{name}.{kind}.share", "share", [ShareOf(run, 1, 4, target)]);
                yield return new Figure($"{name}.{kind}.hours", "h", [Hours(run)]);
            }
        }
    }

    private static PoolSimulation Learn(List<TracedLaunch> launches, ForkPace pace, WarmTarget target)
    {
        var history = new DemandHistory(Monday);
        var (policy, settings) = (new ReservePolicy(history), new ReserveSettings(target, pace, 0, MostReady));
        var simulation = new PoolSimulation(pace, Capacity);
        simulation.Run(
            launches,
            second => policy.At(Monday.AddSeconds(second), settings).Ready,
            PoolSimulation.BrokerPass,
            second => history.Launched(Monday.AddSeconds(second)),
            served => history.Answered(Monday.AddSeconds(served.At), IsInTime(served, target)));
        return simulation;
    }

    /// <summary>The smallest count that reaches the share, by bisection: more machines never make a launch later.</summary>
    private static (int Count, PoolSimulation Run)? BestFixed(List<TracedLaunch> launches, ForkPace pace, WarmTarget target, double share)
    {
        var (from, to, best) = (0, MostReady, default((int, PoolSimulation)?));
        while (from <= to)
        {
            var count = (from + to) / 2;
            var simulation = new PoolSimulation(pace, Capacity);
            simulation.Run(launches, _ => count, TimeSpan.FromHours(1).TotalSeconds);
            var reached = ShareOf(simulation, 1, 4, target) >= share;
            (from, to, best) = reached ? (from, count - 1, (count, simulation)) : (count + 1, to, best);
        }

        return best;
    }

    private static bool IsInTime(Served launch, WarmTarget target) => launch.Waited <= target.Seconds + 1e-9;

    private static double ShareOf(PoolSimulation simulation, int fromWeek, int toWeek, WarmTarget target)
    {
        var (all, inTime) = (0, 0);
        foreach (var launch in simulation.Launches.Where(launch => launch.At >= fromWeek * Week * 86400.0 && launch.At < toWeek * Week * 86400.0))
        {
            (all, inTime) = (all + 1, inTime + (IsInTime(launch, target) ? 1 : 0));
        }

        return (double)inTime / all;
    }

    /// <summary>Weeks 2 to 4.</summary>
    private static double Hours(PoolSimulation simulation) => simulation.IdleSeconds.Where(day => day.Key is >= Week and < 4 * Week).Sum(day => day.Value) / 3600;
}
