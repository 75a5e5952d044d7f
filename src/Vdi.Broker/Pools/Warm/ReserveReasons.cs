namespace Vdi.Broker.Pools.Warm;

/// <summary>Finds the numbers that explain a reserve.</summary>
internal static class ReserveReasons
{
    /// <param name="when">Minutes after today's midnight of what the reserve is for.</param>
    public static ReserveReason Of(DemandHistory history, ReservePlan plan, ReserveCode code, int when, int wanted, int lately, HabitCheck check, ReserveSettings settings)
    {
        var (day, minute) = plan.At(when);
        var (busiest, at, most) = code is ReserveCode.Habit or ReserveCode.Ahead ? Busiest(history, day, minute) : OfQuarter(history, day, minute);
        var quarter = at / QuarterLaunches.Length;
        var bound = wanted < settings.Minimum ? ReserveBound.Minimum : wanted > settings.Maximum ? ReserveBound.Maximum : ReserveBound.None;
        return new ReserveReason(
            code, bound, wanted, busiest.DayOfWeek, Start(quarter), Start(quarter + 1), most, lately,
            settings.Pace.Rate, settings.Pace.Seconds, settings.Target, check.Holds, check.Surge);
    }

    private static TimeOnly Start(int quarter) => new TimeOnly(0, 0).AddMinutes(quarter * QuarterLaunches.Length);

    /// <summary>The burst about a minute: close by if there was one, else as far away as it is thought of.</summary>
    private static (DateOnly Day, int Minute, int Launches) Busiest(DemandHistory history, DayForecast day, int minute)
    {
        var near = Most(history, day, minute - DayForecast.Near, minute + DayForecast.Near);
        return near.Launches > 0 ? near : Most(history, day, minute - DayForecast.Far, minute + DayForecast.Far);
    }

    private static (DateOnly Day, int Minute, int Launches) OfQuarter(DemandHistory history, DayForecast day, int minute)
    {
        var from = minute - (minute % QuarterLaunches.Length);
        var most = Most(history, day, from, from + QuarterLaunches.Length - 1);
        return most.Launches > 0 ? most : (day.Day, minute, 0);
    }

    /// <summary>Of equally busy minutes, the one that counts most: the same weekday's before another's.</summary>
    private static (DateOnly Day, int Minute, int Launches) Most(DemandHistory history, DayForecast day, int from, int to)
    {
        var most = (day.Day, Minute: Math.Max(0, from), Launches: 0);
        foreach (var past in day.Like.OrderByDescending(past => past.Weight))
        {
            var launches = history.MinutesOf(past.Day);
            for (var minute = Math.Max(0, from); minute <= Math.Min(DayForecast.Minutes - 1, to); minute++)
            {
                most = launches[minute] > most.Launches ? (past.Day, minute, launches[minute]) : most;
            }
        }

        return most;
    }
}
