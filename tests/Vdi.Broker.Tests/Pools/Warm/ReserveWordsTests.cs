using Vdi.Broker.Api;
using Vdi.Broker.Pools;
using Vdi.Broker.Pools.Warm;

namespace Vdi.Broker.Tests.Pools.Warm;

public sealed class ReserveWordsTests
{
    [Fact]
    public void Explanation_names_the_day_the_quarter_the_people_the_forks_and_the_promise()
    {
        var reserve = Habits.Of((1, "08:50", 31)).At(Habits.Day(8, "08:50"), Habits.Slow with { Pace = new ForkPace(1, 3.2, 0) });
        Assert.Equal(
            $"{reserve.Ready} ready: on Tuesdays from 08:45 to 09:00 up to 31 people came in one minute; 0.31 forks a second; target 95 % under 3 s",
            ReserveWords.English(reserve));
        Assert.Equal(
            $"{reserve.Ready}대 준비: 화요일 08:45~09:00에 1분 동안 최대 31명이 접속했습니다, 초당 0.31대 생성, 목표 3초 이내 95%",
            ReserveWords.Korean(reserve));
    }

    [Fact]
    public void Explanation_of_none_says_why_none_are_needed()
    {
        var history = Habits.Of((1, "08:50", 31));
        Assert.StartsWith("0 ready: a machine is there 0.45 s after it is asked for, in time by itself", ReserveWords.English(history.At(Habits.Day(8, "08:50"), Habits.Slow with { Pace = ForkPace.Usual })), StringComparison.Ordinal);
        Assert.StartsWith("0 ready: nobody is expected now", ReserveWords.English(history.At(Habits.Day(8, "20:00"), Habits.Slow)), StringComparison.Ordinal);
    }

    [Fact]
    public void Explanation_of_a_day_on_which_nobody_comes_says_so_only_where_somebody_used_to()
    {
        var history = Habits.Of(from day in Enumerable.Range(0, 5) from minute in Enumerable.Range(0, 480) select (day, $"{8 + (minute / 60):00}:{minute % 60:00}", 3));
        Assert.Contains("; today hardly anybody comes who usually does;", ReserveWords.English(history.At(Habits.Day(7, "14:00"), Habits.Slow)), StringComparison.Ordinal);
        Assert.DoesNotContain("today", ReserveWords.English(history.At(Habits.Day(12, "14:00"), Habits.Slow)), StringComparison.Ordinal);
    }

    [Fact]
    public void First_day_is_not_called_more_than_usual()
    {
        var history = Habits.Of((0, "08:55", 50), (0, "08:58", 50));
        Assert.StartsWith($"{history.Ready(0, "09:00")} ready: 100 people came in the last 10 minutes; 0.67 forks", ReserveWords.English(history.At(Habits.Day(0, "09:00"), Habits.Slow)), StringComparison.Ordinal);
    }

    [Fact]
    public void Explanation_names_the_bound_that_had_the_last_word()
    {
        var history = Habits.Of((1, "08:50", 31));
        Assert.Contains("; the pool keeps at least 2;", ReserveWords.English(history.At(Habits.Day(8, "20:00"), Habits.Slow with { Minimum = 2 })), StringComparison.Ordinal);
        Assert.Contains("would be wanted, the pool keeps at most 5;", ReserveWords.English(history.At(Habits.Day(8, "08:50"), Habits.Slow with { Maximum = 5 })), StringComparison.Ordinal);
    }

    [Fact]
    public void Pace_is_that_of_the_slower_forks()
    {
        Assert.Equal(new ForkPace(2, 0.4, 0.1), ForkPace.Of([200, 250, 300, 400, 0], parallel: 2, afterSeconds: 0.1) with { TurnSeconds = 0.4 });
        Assert.Equal(0.3, ForkPace.Of([200, 250, 300, 400, 0], 2, 0.1).TurnSeconds);
        Assert.Equal(ForkPace.Usual, ForkPace.Of([], 2, 0.1));
    }

    [Theory]
    [InlineData(0.95, 3, true)]
    [InlineData(1, 3, false)]
    [InlineData(0.4, 3, false)]
    [InlineData(double.NaN, 3, false)]
    [InlineData(0.95, 0, false)]
    [InlineData(0.95, 601, false)]
    public void Promise_is_one_that_can_be_kept(double share, double seconds, bool good)
    {
        var faults = new Faults();
        new WarmTarget(share, seconds).Check(faults, "target");
        Assert.Equal(good, !faults.Any);
    }
}
