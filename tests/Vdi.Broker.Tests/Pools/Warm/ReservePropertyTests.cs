using Vdi.Broker.Pools;
using Vdi.Broker.Pools.Warm;
using Vdi.TestSupport.Brokers;

namespace Vdi.Broker.Tests.Pools.Warm;

/// <summary>Whatever a pool's past, drawn at random from fixed seeds.</summary>
public sealed class ReservePropertyTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void Reserve_stays_between_the_bounds_and_grows_with_the_promise(int seed)
    {
        var random = new Random(seed);
        var history = Past(random);
        var (minimum, maximum) = (random.Next(4), 4 + random.Next(60));
        var pace = new ForkPace(1 + random.Next(4), 0.1 + (20 * random.NextDouble()), random.NextDouble());
        var now = Habits.Monday.AddDays(7 + random.Next(14)).AddMinutes(random.Next(1440));
        for (var moment = 0; moment < 12; moment++, now = now.AddMinutes(random.Next(240)))
        {
            var before = 0;
            foreach (var share in new[] { 0.5, 0.8, 0.9, 0.95, 0.99, 0.999 })
            {
                var reserve = history.At(now, new ReserveSettings(new WarmTarget(share, 3), pace, minimum, maximum));
                Assert.InRange(reserve.Ready, minimum, maximum);
                Assert.True(reserve.Ready >= before, $"at {now}, {share} asks for {reserve.Ready}, less than {before}");
                before = reserve.Ready;
                Assert.NotEmpty(ReserveWords.English(reserve));
                Assert.NotEmpty(ReserveWords.Korean(reserve));
            }
        }
    }

    [Theory]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    public void Future_changes_nothing(int seed)
    {
        var random = new Random(seed);
        var (now, full) = (Habits.Monday.AddDays(9).AddMinutes(random.Next(1440)), Past(random));
        var known = new DemandHistory(Habits.Monday);
        foreach (var (at, people) in Launches(full).Where(launch => launch.At <= now))
        {
            known.Come(at, people);
        }

        Assert.Equal(known.At(now, Habits.Slow), full.At(now, Habits.Slow));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(11)]
    [InlineData(12)]
    public void Two_who_counted_apart_know_together_what_one_would(int seed)
    {
        var random = new Random(seed);
        var whole = Past(random);
        var (one, two) = (new DemandHistory(Habits.Monday.AddHours(5)), new DemandHistory(Habits.Monday));
        foreach (var (at, people) in Launches(whole))
        {
            for (var person = 0; person < people; person++)
            {
                var counter = random.Next(2) == 0 ? one : two;
                counter.Launched(at);
                counter.Answered(at, inTime: person % 3 > 0);
                whole.Answered(at, inTime: person % 3 > 0);
            }
        }

        one.Add(two.ToRecord());
        Assert.Equivalent(whole.ToRecord(), one.ToRecord(), strict: true);
    }

    private static DemandHistory Past(Random random)
    {
        var history = new DemandHistory(Habits.Monday);
        for (var burst = random.Next(1, 200); burst > 0; burst--)
        {
            history.Come(Habits.Monday.AddMinutes(random.Next(21 * 1440)), random.Next(1, random.Next(2, 60)));
        }

        return history;
    }

    private static IEnumerable<(DateTime At, int People)> Launches(DemandHistory history) =>
        from quarter in history.ToRecord().Quarters
        from minute in quarter.Minutes.Index()
        where minute.Item > 0
        select (quarter.Day.ToDateTime(TimeOnly.MinValue).AddMinutes((quarter.Quarter * QuarterLaunches.Length) + minute.Index), minute.Item);
}
