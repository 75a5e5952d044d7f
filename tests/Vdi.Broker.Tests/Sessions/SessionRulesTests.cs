using Vdi.Broker.Pools;
using Vdi.Broker.Sessions;
using Vdi.Protocol.Fleet;
using Vdi.Protocol.Wire;

namespace Vdi.Broker.Tests.Sessions;

/// <summary>A session's life by policy, at any hour without waiting for it.</summary>
public sealed class SessionRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 25, 9, 0, 0, TimeSpan.Zero);
    private static readonly PoolPolicy Policy = PoolPolicy.Default with { IdleMinutes = 20, IdleWarnSeconds = 120, LongestHours = 8, LogOffAfterMinutes = 30 };

    [Theory]
    [InlineData(SessionState.Queued, 9.9, null)]
    [InlineData(SessionState.Queued, 10.1, EndCode.NoMachine)]
    [InlineData(SessionState.Disconnected, 29.9, null)]
    [InlineData(SessionState.Disconnected, 30.1, EndCode.LeftTooLong)]
    public void Session_ends_when_its_time_is_over(SessionState state, double minutes, string? code) =>
        Assert.Equal(code, SessionRules.Judge(Session(state, minutes), Policy, viewed: false, idle: null, Now)?.End?.Code);

    [Fact]
    public void Never_means_never() =>
        Assert.Null(SessionRules.Judge(Session(SessionState.Disconnected, 60 * 24 * 365), PoolPolicy.Default with { LogOffAfterMinutes = null }, viewed: false, idle: null, Now));

    [Fact]
    public void Who_does_nothing_is_warned_once_and_then_disconnected()
    {
        var session = Session(SessionState.Connected, 60);
        Assert.Null(SessionRules.Judge(session, Policy, viewed: true, idle: (18 * 60) - 1, Now));
        var warning = SessionRules.Judge(session, Policy, viewed: true, idle: 18 * 60, Now)!;
        Assert.Equal(new Tell(session.Id, NoticeKind.Idle, 120, ""), warning.Message);
        warning.Change!(session);
        Assert.Null(SessionRules.Judge(session, Policy, viewed: true, idle: (18 * 60) + 30, Now.AddSeconds(30)));
        var end = SessionRules.Judge(session, Policy, viewed: true, idle: 20 * 60, Now.AddMinutes(2))!;
        Assert.Equal(ByeReason.Idle, Assert.IsType<Revoke>(end.Message).Reason);
        Assert.Null(end.End);
        end.Change!(session);
        Assert.Equal(SessionState.Disconnected, session.State);
    }

    [Fact]
    public void Who_did_something_after_a_warning_is_warned_again_next_time()
    {
        var session = Session(SessionState.Connected, 60);
        SessionRules.Judge(session, Policy, viewed: true, idle: 18 * 60, Now)!.Change!(session);
        Assert.NotNull(SessionRules.Judge(session, Policy, viewed: true, idle: 18 * 60, Now.AddMinutes(19))?.Message);
    }

    [Fact]
    public void Longest_session_is_announced_and_ends()
    {
        var session = Session(SessionState.Connected, 60);
        session.Seen = Now.AddHours(-8).AddMinutes(4);
        var warning = SessionRules.Judge(session, Policy, viewed: true, idle: 0, Now)!;
        Assert.Equal(new Tell(session.Id, NoticeKind.Ending, 240, ""), warning.Message);
        warning.Change!(session);
        Assert.Null(SessionRules.Judge(session, Policy, viewed: true, idle: 0, Now.AddMinutes(1)));
        Assert.Equal(EndCode.TooLong, SessionRules.Judge(session, Policy, viewed: true, idle: 0, Now.AddMinutes(5))?.End?.Code);
    }

    [Fact]
    public void What_a_lost_report_left_wrong_is_healed_but_not_while_it_may_be_on_its_way()
    {
        Assert.Null(SessionRules.Judge(Session(SessionState.Connected, 0.01), PoolPolicy.Default, viewed: false, idle: null, Now));
        var gone = Session(SessionState.Connected, 1);
        SessionRules.Judge(gone, PoolPolicy.Default, viewed: false, idle: null, Now)!.Change!(gone);
        Assert.Equal(SessionState.Disconnected, gone.State);
        var back = Session(SessionState.Disconnected, 1);
        SessionRules.Judge(back, PoolPolicy.Default, viewed: true, idle: null, Now)!.Change!(back);
        Assert.Equal(SessionState.Connected, back.State);
    }

    [Theory]
    [InlineData("2026-11-25T07:59", false)]
    [InlineData("2026-11-25T08:00", true)]
    [InlineData("2026-11-25T16:59", true)]
    [InlineData("2026-11-25T17:00", false)]
    [InlineData("2026-11-27T23:00", true)]
    [InlineData("2026-11-28T01:59", true)]
    [InlineData("2026-11-28T02:00", false)]
    [InlineData("2026-11-29T12:00", false)]
    public void Pool_is_open_at_its_hours_in_its_own_zone_also_over_midnight(string local, bool open)
    {
        var policy = PoolPolicy.Default with
        {
            TimeZone = "Asia/Seoul",
            Open = [new([DayOfWeek.Monday, DayOfWeek.Wednesday], new(8, 0), new(17, 0)), new([DayOfWeek.Friday], new(22, 0), new(2, 0))],
        };
        var seoul = new DateTimeOffset(DateTime.Parse(local, System.Globalization.CultureInfo.InvariantCulture), TimeSpan.FromHours(9));
        Assert.Equal(open, policy.IsOpen(seoul));
    }

    [Fact]
    public void Policy_is_read_back_as_it_was_and_a_part_of_it_has_defaults_for_the_rest()
    {
        var policy = Policy with { Open = [new([DayOfWeek.Friday], new(22, 0), new(2, 0))], Warm = new WarmPolicy { Target = new WarmTarget(0.95, 3) }, MaxMegabits = 2.5 };
        Assert.Equal(policy, PoolPolicy.FromJson(policy.ToJson()));
        Assert.Equal(PoolPolicy.Default with { Maximum = 40 }, PoolPolicy.FromJson("{\"maximum\":40}"));
    }

    private static SessionRow Session(SessionState state, double minutes) => new()
    {
        Id = Guid.NewGuid(),
        PoolId = "desktops",
        MachineId = state == SessionState.Queued ? null : Guid.NewGuid(),
        State = state,
        Since = Now.AddMinutes(-minutes),
        Seen = state == SessionState.Queued ? null : Now.AddMinutes(-minutes),
    };
}
