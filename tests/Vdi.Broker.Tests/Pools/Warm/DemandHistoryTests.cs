using System.Text.Json;
using Vdi.Broker.Pools.Warm;
using Vdi.TestSupport.Brokers;

namespace Vdi.Broker.Tests.Pools.Warm;

public sealed class DemandHistoryTests
{
    [Fact]
    public void Launches_are_counted_by_minute_and_only_quarters_with_somebody_are_kept()
    {
        var history = Habits.Of((1, "08:59", 3), (1, "09:00", 2), (1, "09:14", 1));
        history.Answered(Habits.Day(1, "09:00"), inTime: true);
        history.Answered(Habits.Day(1, "09:14"), inTime: false);
        var record = history.ToRecord();
        Assert.Equal([35, 36], record.Quarters.Select(quarter => quarter.Quarter));
        Assert.Equal([2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], record.Quarters[1].Minutes);
        Assert.Equal((2, 1), (record.Quarters[1].Answered, record.Quarters[1].InTime));
        Assert.Equal((2, 1), history.AnswersSince(Habits.Day(1, "09:00")));
        Assert.Equal((0, 0), history.AnswersSince(Habits.Day(1, "09:15")));
    }

    [Fact]
    public void Record_comes_back_from_json_as_it_was()
    {
        var record = Habits.Of(Habits.Weekdays(weeks: 4, people: 40)).ToRecord();
        var json = JsonSerializer.Serialize(record);
        Assert.InRange(json.Length, 1, 20_000);
        Assert.Equivalent(record, DemandHistory.From(JsonSerializer.Deserialize<DemandRecord>(json)!).ToRecord(), strict: true);
    }

    [Fact]
    public void Old_days_are_let_go()
    {
        var history = Habits.Of((0, "09:00", 5), (30, "09:00", 5));
        history.Forget(Habits.Day(DemandHistory.DaysKept + 1, "12:00"));
        Assert.Equal(DateOnly.FromDateTime(Habits.Day(30, "09:00")), Assert.Single(history.ToRecord().Quarters).Day);
    }

    [Fact]
    public void Rows_that_make_no_sense_are_passed_over()
    {
        var history = new DemandHistory(Habits.Monday);
        var day = DateOnly.FromDateTime(Habits.Monday);
        history.Add(new DemandRecord(Habits.Monday, [new QuarterLaunches(day, 96, [1]), new QuarterLaunches(day, -1, [1]), new QuarterLaunches(day, 4, [7, .. new int[30]])]));
        Assert.Equal(7, Assert.Single(history.ToRecord().Quarters).Minutes.Sum());
    }

    [Fact]
    public void Hours_before_counting_began_say_nothing()
    {
        var history = new DemandHistory(Habits.Day(0, "15:00"));
        history.Come(Habits.Day(0, "15:30"), 20);
        Assert.Equal(ReserveCode.Unknown, history.At(Habits.Day(1, "09:00"), Habits.Slow).Reason.Code);
        Assert.Equal(ReserveCode.Habit, history.At(Habits.Day(1, "15:30"), Habits.Slow).Reason.Code);
    }
}
