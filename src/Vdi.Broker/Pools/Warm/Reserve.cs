namespace Vdi.Broker.Pools.Warm;

/// <summary>How many machines should be ready or on their way now, besides those for people who wait already, and why.</summary>
internal sealed record Reserve(int Ready, ReserveReason Reason);

/// <summary>What a reserve is for.</summary>
internal enum ReserveCode
{
    /// <summary>People came at this time on such days.</summary>
    Habit,

    /// <summary>They come later, and forks need until then.</summary>
    Ahead,

    /// <summary>People have been coming in the last minutes.</summary>
    Lately,

    /// <summary>Hardly anybody comes now.</summary>
    Quiet,

    /// <summary>A fork is in time by itself, even in the bursts that are known.</summary>
    ForksSuffice,

    /// <summary>Nothing is known of this time yet.</summary>
    Unknown,
}

/// <summary>Whether the pool's own bounds had the last word.</summary>
internal enum ReserveBound
{
    None,
    Minimum,
    Maximum,
}

/// <summary>The numbers a sentence is made of; see <see cref="ReserveWords"/>.</summary>
/// <param name="Wanted">Machines before the pool's bounds.</param>
/// <param name="Day">The weekday on which people came so.</param>
/// <param name="From">The quarter of an hour in which they came, in the pool's time.</param>
/// <param name="MostInMinute">The most who came in one minute of it.</param>
/// <param name="Lately">Who came in the last ten minutes.</param>
/// <param name="ForksPerSecond">New machines a second, as measured.</param>
/// <param name="ForkSeconds">From wish to machine, where nobody waits before.</param>
/// <param name="Holds">How likely it is that today is like such days.</param>
/// <param name="Surge">How many times more than usual come today.</param>
internal sealed record ReserveReason(
    ReserveCode Code,
    ReserveBound Bound,
    int Wanted,
    DayOfWeek Day,
    TimeOnly From,
    TimeOnly To,
    int MostInMinute,
    int Lately,
    double ForksPerSecond,
    double ForkSeconds,
    WarmTarget Target,
    double Holds,
    double Surge);
