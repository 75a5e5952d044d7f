namespace Vdi.Broker.Pools.Warm;

/// <summary>A pool's launches of the last weeks, by minute: all that is learned. A value to be stored as a whole, or a row a quarter of an
/// hour in which anybody came (some hundreds a week).</summary>
/// <param name="Began">Since when launches have been counted; before that, nobody's coming means nothing.</param>
internal sealed record DemandRecord(DateTime Began, IReadOnlyList<QuarterLaunches> Quarters);

/// <summary>Counts launches as they come, in the pool's own time of day. One owner at a time; what two have counted apart is merged.</summary>
internal sealed class DemandHistory(DateTime began)
{
    /// <summary>Habits older than this say nothing any more.</summary>
    public const int DaysKept = 35;

    private const int MinutesInDay = 1440;
    private readonly SortedDictionary<DateOnly, Day> _days = [];

    /// <summary>Since when launches have been counted.</summary>
    public DateTime Began { get; private set; } = began;

    public static DemandHistory From(DemandRecord record)
    {
        var history = new DemandHistory(record.Began);
        history.Add(record);
        return history;
    }

    public DemandRecord ToRecord() => new(Began, [.. _days.SelectMany(day => day.Value.Quarters(day.Key))]);

    /// <summary>Somebody asked for a machine.</summary>
    public void Launched(DateTime at) => Of(at).Launches[Minute(at)]++;

    /// <summary>The launch that began at <paramref name="at"/> has its machine.</summary>
    public void Answered(DateTime at, bool inTime)
    {
        var (day, quarter) = (Of(at), Minute(at) / QuarterLaunches.Length);
        day.Answered[quarter]++;
        day.InTime[quarter] += inTime ? 1 : 0;
    }

    /// <summary>Adds what another has counted.</summary>
    public void Add(DemandRecord other)
    {
        Began = other.Began < Began ? other.Began : Began;
        foreach (var quarter in other.Quarters.Where(quarter => quarter.Quarter is >= 0 and < QuarterLaunches.InDay))
        {
            var day = Of(quarter.Day);
            for (var minute = 0; minute < Math.Min(QuarterLaunches.Length, quarter.Minutes.Count); minute++)
            {
                day.Launches[(quarter.Quarter * QuarterLaunches.Length) + minute] += quarter.Minutes[minute];
            }

            day.Answered[quarter.Quarter] += quarter.Answered;
            day.InTime[quarter.Quarter] += quarter.InTime;
        }
    }

    /// <summary>Lets go of days that are too old to say anything.</summary>
    public void Forget(DateTime now)
    {
        var oldest = DateOnly.FromDateTime(now).AddDays(-DaysKept);
        while (_days.Count > 0 && _days.First().Key < oldest)
        {
            _days.Remove(_days.First().Key);
        }
    }

    /// <summary>Launches in each of the day's 1440 minutes; all zero where nobody came.</summary>
    public ReadOnlySpan<int> MinutesOf(DateOnly day) => _days.TryGetValue(day, out var found) ? found.Launches : Day.Nobody;

    /// <summary>Launches from <paramref name="from"/> on that have been answered, and how many of them in time; whole quarters.</summary>
    public (int Answered, int InTime) AnswersSince(DateTime from)
    {
        var (answered, inTime) = (0, 0);
        var (first, quarter) = (DateOnly.FromDateTime(from), Minute(from) / QuarterLaunches.Length);
        foreach (var (date, day) in _days.Where(day => day.Key >= first))
        {
            for (var at = date == first ? quarter : 0; at < QuarterLaunches.InDay; at++)
            {
                (answered, inTime) = (answered + day.Answered[at], inTime + day.InTime[at]);
            }
        }

        return (answered, inTime);
    }

    private static int Minute(DateTime at) => (int)at.TimeOfDay.TotalMinutes;

    private Day Of(DateTime at) => Of(DateOnly.FromDateTime(at));

    private Day Of(DateOnly day) => _days.TryGetValue(day, out var found) ? found : _days[day] = new Day();

    private sealed class Day
    {
        public static readonly int[] Nobody = new int[MinutesInDay];

        public int[] Launches { get; } = new int[MinutesInDay];

        public int[] Answered { get; } = new int[QuarterLaunches.InDay];

        public int[] InTime { get; } = new int[QuarterLaunches.InDay];

        public IEnumerable<QuarterLaunches> Quarters(DateOnly day)
        {
            for (var quarter = 0; quarter < QuarterLaunches.InDay; quarter++)
            {
                var minutes = Launches[(quarter * QuarterLaunches.Length)..((quarter + 1) * QuarterLaunches.Length)];
                if (minutes.Any(count => count > 0) || Answered[quarter] > 0)
                {
                    yield return new QuarterLaunches(day, quarter, minutes, Answered[quarter], InTime[quarter]);
                }
            }
        }
    }
}
