namespace Vdi.Broker.Pools.Warm;

/// <summary>Says at each moment how many machines a pool should have ready. Reads the history and changes nothing; keeps only what it has
/// reckoned, so it may be made anew at any time. Times are the pool's own time of day.</summary>
internal sealed class ReservePolicy(DemandHistory history)
{
    /// <summary>Kept where nothing is known and a fork is not in time by itself.</summary>
    public const int First = 2;

    /// <summary>Minutes in which people count as coming lately.</summary>
    public const int LatelyMinutes = 10;

    /// <summary>The share to plan for leaves this part of the lateness that is allowed; the rest is for what nobody has seen before.</summary>
    private const double PlannedLateness = 0.3;

    private const double LeastLateness = 0.05;
    private const int AnswersThatCount = 200;
    private const int AheadMinutes = 120;

    private ReservePlan? _plan;
    private ReserveSettings? _settings;
    private DateTime _planned;
    private (DateTime Minute, int Lately) _reckoned;
    private Reserve? _reserve;

    public Reserve At(DateTime now, ReserveSettings settings)
    {
        var hour = now.Date.AddHours(now.Hour);
        if (_plan is null || _planned != hour || _settings is null || !settings.IsLike(_settings))
        {
            (_planned, _settings, _reserve) = (hour, settings, null);
            _plan = ReservePlan.Make(history, DateOnly.FromDateTime(now), settings, Aim(now, settings.Target));
        }

        var minute = (int)now.TimeOfDay.TotalMinutes;
        var today = history.MinutesOf(DateOnly.FromDateTime(now));
        var lately = Sum(today[Math.Max(0, minute - LatelyMinutes)..(minute + 1)]);
        if (_reserve is null || _reckoned != (now.Date.AddMinutes(minute), lately))
        {
            _reckoned = (now.Date.AddMinutes(minute), lately);
            _reserve = Reckon(_plan, today, minute, lately, _settings);
        }

        return _reserve;
    }

    /// <summary>More than is promised, and more still after a week in which the promise was not kept.</summary>
    private double Aim(DateTime now, WarmTarget target)
    {
        var lateness = 1 - target.Share;
        var (answered, inTime) = history.AnswersSince(now.AddDays(-7));
        var missed = answered >= AnswersThatCount ? Math.Max(0, target.Share - ((double)inTime / answered)) : 0;
        return 1 - Math.Max(LeastLateness * lateness, (PlannedLateness * lateness) - missed);
    }

    private Reserve Reckon(ReservePlan plan, ReadOnlySpan<int> today, int minute, int lately, ReserveSettings settings)
    {
        var check = plan.Today.Knows(minute) ? HabitCheck.Of(today, plan.Today.Launches, minute) : HabitCheck.Unknown;
        var (habit, when) = Habit(plan, check, minute, settings);
        var recent = Lately(today, minute, plan.Price, settings);
        var unknown = plan.Today.Knows(minute) || settings.ForkIsInTime ? 0 : First;
        var wanted = Math.Max(Math.Max(habit, recent), unknown);
        var ready = Math.Clamp(wanted, settings.Minimum, Math.Max(settings.Minimum, settings.Maximum));
        var code = wanted == 0 ? (settings.ForkIsInTime ? ReserveCode.ForksSuffice : ReserveCode.Quiet)
            : habit == wanted ? (when <= minute + DayForecast.Near ? ReserveCode.Habit : ReserveCode.Ahead)
            : recent == wanted ? ReserveCode.Lately
            : ReserveCode.Unknown;
        return new Reserve(ready, ReserveReasons.Of(history, plan, code, minute, when, wanted, lately, check, settings));
    }

    /// <summary>The most that any of the coming two hours asks for now: what a minute asks for, less the forks that can be made until then
    /// beside those that its launches bring about themselves.</summary>
    private static (int Machines, int Minute) Habit(ReservePlan plan, HabitCheck check, int now, ReserveSettings settings)
    {
        var (most, when, coming) = (0, now, 0.0);
        for (var ahead = 0; ahead < AheadMinutes; ahead++)
        {
            var (day, minute) = plan.At(now + ahead);
            var machines = check.Surge * day.Steps[minute].Worth(plan.Price / check.Holds);
            var forked = Math.Max(0, (settings.PrudentPace.Rate * ((60 * ahead) - settings.PrudentPace.Seconds)) - coming);
            var wanted = (int)Math.Ceiling(machines + HeadRoom(machines) - forked - 0.01);
            (most, when) = wanted > most ? (wanted, now + ahead) : (most, when);
            coming += check.Surge * day.Launches[minute];
        }

        return (most, when);
    }

    /// <summary>Who comes varies as the square root of how many come; one machine for somebody now and then is one.</summary>
    private static double HeadRoom(double machines) => machines > 1 ? Math.Sqrt(machines) - 1 : 0;

    /// <summary>What the last minutes ask for, should they go on so. Who is coming already is worth at least what anybody is.</summary>
    private static int Lately(ReadOnlySpan<int> today, int minute, double price, ReserveSettings settings)
    {
        var recent = new int[minute + 1];
        var from = Math.Max(0, minute - LatelyMinutes);
        today[from..(minute + 1)].CopyTo(recent.AsSpan(from));
        var needs = LaunchNeeds.Of(recent, minute, settings.PrudentPace, settings.Target.Seconds);
        var launches = new float[needs.Select(need => need.Machines).DefaultIfEmpty(0).Max() + 1];
        foreach (var need in needs)
        {
            launches[need.Machines] += 1f / LatelyMinutes;
        }

        return ReserveSteps.Of(launches, 0, settings.Maximum).Worth(Math.Min(price, ReservePlan.FirstPrice));
    }

    private static int Sum(ReadOnlySpan<int> launches)
    {
        var sum = 0;
        foreach (var count in launches)
        {
            sum += count;
        }

        return sum;
    }
}
