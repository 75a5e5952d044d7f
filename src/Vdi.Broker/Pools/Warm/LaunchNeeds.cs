namespace Vdi.Broker.Pools.Warm;

/// <summary>One launch of the past: the minute of its day, and how many machines would have had to be kept for it to be in time.</summary>
internal readonly record struct LaunchNeed(int Minute, int Machines);

/// <summary>What each launch of a day would have needed. Where a pool is refilled after every launch, the k-th launch's refill is there at a
/// time that does not depend on how many are kept; so a launch is in time with R kept where the refill of the R-th launch before it is
/// there in time, and with none kept where its own fork is. What it needs is the smallest such R.</summary>
internal static class LaunchNeeds
{
    /// <param name="minutes">Launches in each minute of the day. Within a minute people come at random, the same way every time this is asked.</param>
    public static List<LaunchNeed> Of(ReadOnlySpan<int> minutes, int seed, ForkPace pace, double seconds)
    {
        var at = Spread(minutes, seed);
        var needs = new List<LaunchNeed>(at.Count);
        var turns = new double[pace.Parallel];
        var there = new double[at.Count];
        var intime = 0;
        for (var launch = 0; launch < at.Count; launch++)
        {
            // Forks are alike, so turns end in the order in which they began.
            var turn = launch % pace.Parallel;
            turns[turn] = Math.Max(turns[turn], at[launch]) + pace.TurnSeconds;
            there[launch] = turns[turn] + pace.AfterSeconds;
            while (intime <= launch && there[intime] <= at[launch] + seconds)
            {
                intime++;
            }

            needs.Add(new LaunchNeed((int)(at[launch] / 60), launch + 1 - intime));
        }

        return needs;
    }

    private static List<double> Spread(ReadOnlySpan<int> minutes, int seed)
    {
        var at = new List<double>();
        var random = new Random(seed);
        for (var minute = 0; minute < minutes.Length; minute++)
        {
            var first = at.Count;
            for (var launch = 0; launch < minutes[minute]; launch++)
            {
                at.Add(60 * (minute + random.NextDouble()));
            }

            at.Sort(first, at.Count - first, null);
        }

        return at;
    }
}
