using Vdi.Broker.Pools;
using Vdi.Broker.Pools.Warm;

namespace Vdi.Broker.Tests.Pools.Warm;

/// <summary>A pool's past, written by hand; 2 March 2026 is a Monday.</summary>
internal static class Habits
{
    public static readonly DateTime Monday = new(2026, 3, 2, 0, 0, 0, DateTimeKind.Unspecified);

    /// <summary>A machine is there 3.1 s after it is asked for, 40 a minute: nobody is in time for whom none stands ready.</summary>
    public static readonly ReserveSettings Slow = new(WarmTarget.Usual, new ForkPace(2, 3, 0.1), 0, 100);

    public static DateTime Day(int day, string time) => Monday.AddDays(day).Add(TimeOnly.Parse(time, System.Globalization.CultureInfo.InvariantCulture).ToTimeSpan());

    public static DemandHistory Of(params IEnumerable<(int Day, string Time, int People)> bursts)
    {
        var history = new DemandHistory(Monday);
        foreach (var (day, time, people) in bursts)
        {
            history.Come(Day(day, time), people);
        }

        return history;
    }

    public static void Come(this DemandHistory history, DateTime at, int people)
    {
        for (var person = 0; person < people; person++)
        {
            history.Launched(at);
        }
    }

    public static Reserve At(this DemandHistory history, DateTime at, ReserveSettings settings) => new ReservePolicy(history).At(at, settings);

    public static int Ready(this DemandHistory history, int day, string time, ReserveSettings? settings = null) => history.At(Day(day, time), settings ?? Slow).Ready;

    /// <summary>Weeks of weekdays on which so many come at nine and at two, and some in between.</summary>
    public static IEnumerable<(int Day, string Time, int People)> Weekdays(int weeks, int people) =>
        from day in Enumerable.Range(0, weeks * 7)
        where day % 7 < 5
        from burst in new[] { (day, "09:00", people), (day, "09:01", people), (day, "11:20", 2), (day, "14:00", people) }
        select burst;
}
