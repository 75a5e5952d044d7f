namespace Vdi.Broker.Pools.Warm;

/// <summary>A day that tells something of another: how much it counts, and from which of its minutes on launches were counted.</summary>
internal readonly record struct PastDay(DateOnly Day, double Weight, int FirstMinute);

/// <summary>Which days of the past a day may turn out like: the same weekday of the last weeks, the newer the more; and a little, every
/// other day of the last week, so that what comes on Tuesdays is not quite unthought of on a Wednesday. In a pool's first week
/// there are only those.</summary>
internal static class PastDays
{
    private const double OtherWeekday = 0.1;
    private const double HalfLifeWeeks = 2;

    /// <param name="today">Not over yet, so it says nothing; nor does what comes after.</param>
    public static List<PastDay> Of(DateOnly day, DateOnly today, DateTime began)
    {
        var (firstDay, firstMinute) = (DateOnly.FromDateTime(began), (int)began.TimeOfDay.TotalMinutes);
        var days = new List<PastDay>();
        for (var back = 1; back <= DemandHistory.DaysKept; back++)
        {
            var past = day.AddDays(-back);
            var weight = back % 7 == 0 ? Math.Pow(0.5, ((back / 7) - 1) / HalfLifeWeeks) : back < 7 ? OtherWeekday : 0;
            if (weight > 0 && past < today && past >= firstDay)
            {
                days.Add(new PastDay(past, weight, past == firstDay ? firstMinute : 0));
            }
        }

        return days;
    }
}
