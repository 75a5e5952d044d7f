namespace Vdi.Broker.Pools.Warm;

/// <summary>What a reserve is made for: the promise, how fast new machines come, and the least and most that may stand ready.</summary>
internal sealed record ReserveSettings(WarmTarget Target, ForkPace Pace, int Minimum, int Maximum)
{
    /// <summary>Forks beside a burst are slower than forks alone, and a burst is larger than the last one: needs are reckoned with a pace
    /// so many times slower than measured.</summary>
    private const double Prudence = 1.3;

    public ForkPace PrudentPace => Pace with { TurnSeconds = Pace.TurnSeconds * Prudence };

    /// <summary>A launch that finds nothing ready is in time all the same, where nobody waits before it.</summary>
    public bool ForkIsInTime => PrudentPace.Seconds <= Target.Seconds;

    /// <summary>The same promise, and a pace so alike that a plan made for one serves the other.</summary>
    public bool IsLike(ReserveSettings other) =>
        Target == other.Target && (Minimum, Maximum, Pace.Parallel) == (other.Minimum, other.Maximum, other.Pace.Parallel) &&
        Math.Abs(Pace.Seconds - other.Pace.Seconds) <= 0.1 * other.Pace.Seconds;
}
