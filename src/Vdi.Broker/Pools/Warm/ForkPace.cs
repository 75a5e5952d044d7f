namespace Vdi.Broker.Pools.Warm;

/// <summary>How fast a pool gets new machines: so many forks at a time, each taking its turn for <paramref name="TurnSeconds"/>; whoever is
/// waiting has the machine <paramref name="AfterSeconds"/> later (what does not keep the next fork waiting: the agent, the broker's
/// pass, the browser).</summary>
internal sealed record ForkPace(int Parallel, double TurnSeconds, double AfterSeconds)
{
    /// <summary>A desktop's fork on two cores, as measured with others beside it; two at a time is what a host does.</summary>
    public static ForkPace Usual { get; } = new(2, 0.35, 0.1);

    /// <summary>Machines a second while forks wait for their turn.</summary>
    public double Rate => Parallel / TurnSeconds;

    /// <summary>From the wish for a machine to its being there, where nobody waits before.</summary>
    public double Seconds => TurnSeconds + AfterSeconds;

    /// <summary>The pace of the newest forks of a pool, in milliseconds each (a host's own figures); <see cref="Usual"/> where there are none.
    /// The slower half decides: a reserve made for the median is late every second time.</summary>
    public static ForkPace Of(IEnumerable<double> turnMilliseconds, int parallel, double afterSeconds)
    {
        var sorted = turnMilliseconds.Where(milliseconds => milliseconds > 0).Order().ToList();
        return sorted.Count == 0
            ? Usual with { Parallel = Math.Max(1, parallel) }
            : new ForkPace(Math.Max(1, parallel), sorted[(int)((sorted.Count - 1) * 0.75)] / 1000, afterSeconds);
    }
}
