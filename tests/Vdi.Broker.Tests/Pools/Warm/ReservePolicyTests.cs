using Vdi.Broker.Pools.Warm;
using Vdi.TestSupport.Brokers;

namespace Vdi.Broker.Tests.Pools.Warm;

public sealed class ReservePolicyTests
{
    [Fact]
    public void Pool_that_knows_nothing_keeps_a_few_and_says_so()
    {
        var reserve = Habits.Of().At(Habits.Day(0, "00:10"), Habits.Slow);
        Assert.Equal((ReservePolicy.First, ReserveCode.Unknown), (reserve.Ready, reserve.Reason.Code));
    }

    [Fact]
    public void Pool_that_knows_nothing_keeps_none_where_a_fork_is_in_time_by_itself()
    {
        var reserve = Habits.Of().At(Habits.Day(0, "00:10"), Habits.Slow with { Pace = ForkPace.Usual });
        Assert.Equal((0, ReserveCode.ForksSuffice), (reserve.Ready, reserve.Reason.Code));
    }

    [Fact]
    public void Pool_follows_its_first_hour()
    {
        var history = Habits.Of((0, "08:55", 12), (0, "08:57", 15), (0, "08:59", 14));
        var reserve = history.At(Habits.Day(0, "09:00"), Habits.Slow);
        Assert.InRange(reserve.Ready, ReservePolicy.First + 1, 20);
        Assert.Equal((ReserveCode.Lately, 41), (reserve.Reason.Code, reserve.Reason.Lately));
        Assert.Equal(ReservePolicy.First, history.Ready(0, "09:20"));
    }

    [Fact]
    public void Burst_is_expected_after_one_week_and_prepared_before_it_comes()
    {
        var history = Habits.Of(Habits.Weekdays(weeks: 1, people: 60));
        Assert.InRange(history.Ready(7, "08:59"), 50, 100);
        Assert.InRange(history.Ready(7, "09:00"), 50, 100);

        // Forty machines a minute, thirty by the prudent: the last minutes before are enough.
        var ahead = history.At(Habits.Day(7, "08:54"), Habits.Slow);
        Assert.InRange(ahead.Ready, 1, 90);
        Assert.InRange(history.Ready(7, "10:30"), 0, 2);
        Assert.Equal(0, history.Ready(7, "03:00"));
        Assert.Equal(0, history.Ready(12, "23:00"));
    }

    [Fact]
    public void Slower_forks_are_begun_earlier()
    {
        var history = Habits.Of(Habits.Weekdays(weeks: 1, people: 40));
        var cold = Habits.Slow with { Pace = new ForkPace(2, 20, 0) };
        Assert.True(history.Ready(7, "08:55", cold) > history.Ready(7, "08:55"));
        Assert.Equal(ReserveCode.Ahead, history.At(Habits.Day(7, "08:40"), cold).Reason.Code);
    }

    [Fact]
    public void Day_off_lets_the_reserve_go_and_the_next_week_is_as_usual()
    {
        var history = Habits.Of(Habits.Weekdays(weeks: 2, people: 60).Where(burst => burst.Day != 10));
        var before = history.Ready(9, "09:00");
        Assert.True(history.Ready(10, "09:00") > before / 2, "the first burst that stays away is still awaited");

        // Nine and two o'clock passed and nobody came.
        var evening = Habits.Of(Habits.Weekdays(weeks: 1, people: 60).Concat([(0, "16:00", 60), (1, "16:00", 60), (2, "16:00", 60), (3, "16:00", 60), (4, "16:00", 60)]));
        var off = evening.At(Habits.Day(7, "15:59"), Habits.Slow);
        Assert.InRange(off.Reason.Holds, 0, 0.5);
        var usual = Habits.Of(Habits.Weekdays(weeks: 2, people: 60).Where(burst => burst.Day != 10));
        Assert.InRange(usual.Ready(17, "09:00"), before * 3 / 4, 100);
    }

    [Fact]
    public void Days_without_anybody_let_the_reserve_go_within_the_day()
    {
        var office = Habits.Of(from day in Enumerable.Range(0, 5) from minute in Enumerable.Range(0, 480) select (day, $"{8 + (minute / 60):00}:{minute % 60:00}", 3));
        Assert.True(office.Ready(7, "08:30") > 0);
        Assert.Equal(0, office.Ready(7, "14:00"));
        Assert.InRange(office.At(Habits.Day(7, "14:00"), Habits.Slow).Reason.Holds, 0, 0.01);
    }

    [Fact]
    public void More_than_usual_today_raises_what_is_kept_for_the_rest_of_it()
    {
        var usual = Habits.Of(Habits.Weekdays(weeks: 1, people: 20).Append((7, "09:00", 20)).Append((7, "09:01", 20)));
        var surge = Habits.Of(Habits.Weekdays(weeks: 1, people: 20).Append((7, "09:00", 60)).Append((7, "09:01", 60)));
        Assert.True(surge.Ready(7, "11:30") >= usual.Ready(7, "11:30"));
        Assert.True(surge.At(Habits.Day(7, "11:30"), Habits.Slow).Reason.Surge > 1.5);
    }

    [Fact]
    public void Habit_that_ended_is_forgotten_over_weeks()
    {
        var history = Habits.Of(Habits.Weekdays(weeks: 1, people: 30).Concat(Enumerable.Range(7, 40).Select(day => (day, "19:00", 5))));
        Assert.InRange(history.Ready(7, "09:00"), 8, 100);
        Assert.Equal(0, history.Ready(42, "09:00"));
        Assert.True(history.Ready(42, "19:00") > 0);
    }

    [Fact]
    public void Bounds_of_the_pool_have_the_last_word_and_are_named()
    {
        var history = Habits.Of(Habits.Weekdays(weeks: 1, people: 60));
        var bounded = Habits.Slow with { Minimum = 3, Maximum = 10 };
        var night = history.At(Habits.Day(7, "03:00"), bounded);
        Assert.Equal((3, ReserveBound.Minimum), (night.Ready, night.Reason.Bound));
        var nine = history.At(Habits.Day(7, "09:00"), bounded);
        Assert.Equal((10, ReserveBound.Maximum), (nine.Ready, nine.Reason.Bound));
        Assert.True(nine.Reason.Wanted > 10);
    }

    [Fact]
    public void Promise_that_was_not_kept_is_planned_with_more_care()
    {
        // Somebody every minute of office hours, and one in each other hour: at night a machine serves one launch an hour.
        static DemandHistory Office(bool inTime)
        {
            var history = new DemandHistory(Habits.Monday);
            for (var minute = 0; minute < 7 * 1440; minute++)
            {
                var at = Habits.Monday.AddMinutes(minute);
                if (at.Hour is >= 9 and < 17 || at.Minute == at.Hour * 7 % 60)
                {
                    history.Launched(at);
                    history.Answered(at, inTime || minute % 4 > 0);
                }
            }

            return history;
        }

        static int Night(DemandHistory history)
        {
            var policy = new ReservePolicy(history);
            return Enumerable.Range(0, 90).Sum(time => policy.At(Habits.Monday.AddDays(7).AddMinutes(time * 5), Habits.Slow).Ready);
        }

        Assert.True(Night(Office(inTime: false)) > Night(Office(inTime: true)));
    }

    [Fact]
    public void Policy_made_anew_says_the_same()
    {
        var history = Habits.Of(Habits.Weekdays(weeks: 2, people: 25));
        var policy = new ReservePolicy(history);
        for (var minute = 0; minute < 1440; minute += 7)
        {
            var at = Habits.Monday.AddDays(15).AddMinutes(minute);
            Assert.Equal(new ReservePolicy(history).At(at, Habits.Slow), policy.At(at, Habits.Slow));
        }
    }
}
