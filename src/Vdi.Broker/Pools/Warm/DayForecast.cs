namespace Vdi.Broker.Pools.Warm;

/// <summary>What is expected of one day, by minute: how many come, and what keeping machines for them would bring.</summary>
internal sealed class DayForecast
{
    public const int Minutes = 1440;

    /// <summary>A crowd comes by the clock: a few minutes earlier or later than last time.</summary>
    public const int Near = 4;

    /// <summary>A single person comes by chance: half an hour earlier or later.</summary>
    public const int Far = 30;

    /// <summary>So many others about a launch make it as much of a crowd as of a chance; those within two minutes count.</summary>
    private const double HalfACrowd = 3;

    private const int Together = 2;
    private static readonly double[] NearBlur = MakeBlur(Near);
    private static readonly double[] FarBlur = MakeBlur(Far + 1);
    private readonly double[] _known = new double[Minutes];

    private DayForecast(DateOnly day, List<PastDay> like) => (Day, Like) = (day, like);

    public DateOnly Day { get; }

    /// <summary>The days it is expected to be like.</summary>
    public IReadOnlyList<PastDay> Like { get; }

    /// <summary>Launches expected in each minute, as they came on days like this.</summary>
    public double[] Launches { get; } = new double[Minutes];

    public List<ReserveStep>[] Steps { get; } = new List<ReserveStep>[Minutes];

    /// <summary>Launches a day that are in time with the least number of machines, and all of them.</summary>
    public double InTimeAnyway { get; private set; }

    public double Expected { get; private set; }

    /// <summary>Whether anything is known of this minute: launches were counted at this time on any day like it.</summary>
    public bool Knows(int minute) => _known[minute] > 0;

    /// <param name="needs">What each launch of a past day needed.</param>
    public static DayForecast Of(DateOnly day, List<PastDay> like, Func<DateOnly, List<LaunchNeed>> needs, ReserveSettings settings)
    {
        var forecast = new DayForecast(day, like);
        foreach (var past in like)
        {
            for (var minute = past.FirstMinute; minute < Minutes; minute++)
            {
                forecast._known[minute] += past.Weight;
            }
        }

        // Whoever needs more than there may be is late in any case.
        var most = settings.Maximum + 1;
        var top = like.SelectMany(past => needs(past.Day)).Aggregate(0, (top, need) => Math.Max(top, Math.Min(need.Machines, most))) + 1;
        var launches = new float[Minutes * top];
        foreach (var past in like)
        {
            var others = Others(needs(past.Day));
            foreach (var need in needs(past.Day))
            {
                forecast.Expect(need.Minute, others[need.Minute], past.Weight, launches.AsSpan(), top, Math.Min(need.Machines, most));
            }
        }

        for (var minute = 0; minute < Minutes; minute++)
        {
            var here = launches.AsSpan(minute * top, top);
            forecast.Steps[minute] = ReserveSteps.Of(here, settings.Minimum, settings.Maximum);
            for (var machines = 0; machines < top; machines++)
            {
                forecast.Expected += here[machines];
                forecast.InTimeAnyway += machines <= settings.Minimum ? here[machines] : 0;
            }
        }

        return forecast;
    }

    private void Expect(int minute, int others, double weight, Span<float> launches, int top, int machines)
    {
        Launches[minute] += weight / Math.Max(_known[minute], weight);
        var crowd = others / (others + HalfACrowd);
        for (var at = Math.Max(0, minute - Far); at <= Math.Min(Minutes - 1, minute + Far); at++)
        {
            var likely = (crowd * NearBlur[at - minute + Far]) + ((1 - crowd) * FarBlur[at - minute + Far]);
            launches[(at * top) + machines] += (float)(weight * likely / Math.Max(_known[at], weight));
        }
    }

    /// <summary>How many others come about each minute in which anybody comes.</summary>
    private static int[] Others(List<LaunchNeed> needs)
    {
        var others = new int[Minutes];
        foreach (var need in needs)
        {
            for (var minute = Math.Max(0, need.Minute - Together); minute <= Math.Min(Minutes - 1, need.Minute + Together); minute++)
            {
                others[minute]++;
            }
        }

        foreach (var minute in needs.Select(need => need.Minute).Distinct())
        {
            others[minute]--;
        }

        return others;
    }

    /// <summary>How likely a launch is to come so many minutes from where it came last time: a triangle, one in all.</summary>
    private static double[] MakeBlur(int width)
    {
        var heights = Enumerable.Range(-Far, (2 * Far) + 1).Select(offset => Math.Max(0, width - Math.Abs(offset))).ToList();
        return [.. heights.Select(height => (double)height / heights.Sum())];
    }
}
