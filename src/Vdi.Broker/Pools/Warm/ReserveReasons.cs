namespace Vdi.Broker.Pools.Warm;

/// <summary>Finds the numbers that explain a reserve.</summary>
internal static class ReserveReasons
{
    /// <param name="now">Minutes after today's midnight.</param>
    /// <param name="when">Minutes after today's midnight of what the reserve is for.</param>
    public static ReserveReason Of(DemandHistory history, ReservePlan plan, ReserveCode code, int now, int when, int wanted, int lately, HabitCheck check, ReserveSettings settings)
    {
        var (day, minute) = plan.At(when);
        var (busiest, at, most) = code is ReserveCode.Habit or ReserveCode.Ahead ? Busiest(history, day, minute) : OfQuarter(history, day, minute);
        var quarter = at / QuarterLaunches.Length;
        var bound = wanted < settings.Minimum ? ReserveBound.Minimum : wanted > settings.Maximum ? ReserveBound.Maximum : ReserveBound.None;
        return new ReserveReason(
            code, bound, wanted, busiest.DayOfWeek, Start(quarter), Start(quarter + 1), most, lately,
            settings.Pace.Rate, settings.Pace.Seconds, settings.Target, SomebodyUsedTo(history, plan.Today, now) ? check.Holds : 1, check.Surge);
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

    /// <summary>The most on the same weekday, unless more than twice as many came on another: then it is for those that so many are kept.</summary>
    private static (DateOnly Day, int Minute, int Launches) Most(DemandHistory history, DayForecast day, int from, int to)
    {
        var none = (day.Day, Minute: Math.Max(0, from), Launches: 0);
        return day.Like
            .Select(past => MostOf(history, past.Day, from, to))
            .Where(past => past.Launches > 0)
            .OrderByDescending(past => past.Day.DayOfWeek == day.Day.DayOfWeek ? 2 * past.Launches : past.Launches)
            .FirstOrDefault(none);
    }

    private static (DateOnly Day, int Minute, int Launches) MostOf(DemandHistory history, DateOnly day, int from, int to)
    {
        var most = (day, Minute: Math.Max(0, from), Launches: 0);
        var launches = history.MinutesOf(day);
        for (var minute = Math.Max(0, from); minute <= Math.Min(DayForecast.Minutes - 1, to); minute++)
        {
            most = launches[minute] > most.Launches ? (day, minute, launches[minute]) : most;
        }

        return most;
    }

    /// <summary>Whether anybody came by this time of day on days of the same name; else that nobody does today is no news.</summary>
    private static bool SomebodyUsedTo(DemandHistory history, DayForecast today, int now) =>
        today.Like.Any(past => past.Day.DayOfWeek == today.Day.DayOfWeek && history.MinutesOf(past.Day)[..now].ContainsAnyExcept(0));
}
