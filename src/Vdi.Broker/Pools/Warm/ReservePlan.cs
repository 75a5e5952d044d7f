namespace Vdi.Broker.Pools.Warm;

/// <summary>A week from today on as the past lets it be expected, and the price at which machines are kept in it: a machine is kept ready in a
/// minute where it brings at least <see cref="Price"/> launches in time. The price is the highest that still keeps the promise over
/// the whole week, so machines stand where they do most, and none at night for somebody who comes once a month.</summary>
internal sealed class ReservePlan
{
    /// <summary>While nothing else is known: one launch in time for an hour of a machine.</summary>
    public const double FirstPrice = 1.0 / 60;

    private const int Week = 7;
    private readonly List<DayForecast> _days;

    private ReservePlan(List<DayForecast> days, double price) => (_days, Price) = (days, price);

    /// <summary>Launches in time for each machine and minute.</summary>
    public double Price { get; }

    public DayForecast Today => _days[0];

    /// <param name="aim">The share of launches to plan for; above what is promised, because the next week is not the last.</param>
    public static ReservePlan Make(DemandHistory history, DateOnly today, ReserveSettings settings, double aim)
    {
        var needs = new Dictionary<DateOnly, List<LaunchNeed>>();
        List<LaunchNeed> NeedsOf(DateOnly day) => needs.TryGetValue(day, out var found) ? found
            : needs[day] = LaunchNeeds.Of(history.MinutesOf(day), day.DayNumber, settings.PrudentPace, settings.Target.Seconds);
        var days = Enumerable.Range(0, Week).Select(today.AddDays)
            .Select(day => DayForecast.Of(day, PastDays.Of(day, today, history.Began), NeedsOf, settings)).ToList();
        return new ReservePlan(days, PriceOf(days, settings.Minimum, aim));
    }

    /// <summary>What is expected so many minutes after today's midnight; at most a week.</summary>
    public (DayForecast Day, int Minute) At(int minute) => (_days[minute / DayForecast.Minutes], minute % DayForecast.Minutes);

    private static double PriceOf(List<DayForecast> days, int minimum, double aim)
    {
        var late = (aim * days.Sum(day => day.Expected)) - days.Sum(day => day.InTimeAnyway);
        var price = FirstPrice;
        var steps = days.SelectMany(day => day.Steps)
            .SelectMany(steps => steps.Select((step, at) => (step.Gain, InTime: step.Gain * (step.Machines - (at == 0 ? minimum : steps[at - 1].Machines)))));
        if (days.Sum(day => day.Expected) > 0)
        {
            price = double.PositiveInfinity;
        }

        foreach (var (gain, inTime) in steps.OrderByDescending(step => step.Gain))
        {
            if (late <= 0)
            {
                break;
            }

            (late, price) = (late - inTime, gain);
        }

        return price;
    }
}
