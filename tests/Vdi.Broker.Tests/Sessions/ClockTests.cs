using Microsoft.Extensions.Time.Testing;
using Vdi.Broker.Pools;
using Vdi.Broker.Sessions;
using Vdi.Protocol.Fleet;
using Vdi.Server;
using Vdi.TestSupport;
using Vdi.TestSupport.Brokers;

namespace Vdi.Broker.Tests.Sessions;

/// <summary>Somebody sets the computer's clock; fault 23.</summary>
public sealed class ClockTests
{
    private static readonly object Desktops = new { pool = DefaultPool.Id };

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task Clock_that_is_set_by_an_hour_ends_nothing_and_what_is_due_is_still_ended(int hours)
    {
        var clock = new SetClock();
        var time = new SteadyClock(clock);
        await using var broker = await RunningBroker.StartAsync(warm: 1, capacity: 4, time: time);
        var (kim, lee) = (await broker.PersonAsync("kim"), await broker.PersonAsync("lee"));
        await Eventually.HoldsAsync(async () => await broker.QueryAsync(db => db.Machines.Any(machine => machine.State == MachineState.Ready)), "a machine is ready");

        // kim has left a desktop and has a fresh ticket for it; lee waits for a machine that boots.
        broker.Host.NewMachines = MachineState.Booting;
        var left = (await kim.PostAsync("/api/sessions", Desktops)).Id;
        var machine = await broker.QueryAsync(db => db.Sessions.Single().MachineId!.Value);
        await broker.Host.SayAsync(new SessionReport(left, machine, 2, ViewState.Connected));
        await broker.Host.SayAsync(new SessionReport(left, machine, 2, ViewState.Disconnected));
        await Eventually.HoldsAsync(async () => await StateAsync(broker, left) == SessionState.Disconnected, "kim's is left");
        var queued = (await lee.PostAsync("/api/sessions", Desktops)).Id;
        await Eventually.HoldsAsync(async () => await broker.QueryAsync(db => db.Machines.Any(each => each.State == MachineState.Booting)), "the next machine boots");
        Assert.Equal(200, (await kim.PostAsync($"/api/sessions/{left}/ticket")).Status);

        clock.Ahead = TimeSpan.FromHours(hours);
        await broker.PassesAsync(3);
        Assert.Equal((SessionState.Disconnected, SessionState.Queued), (await StateAsync(broker, left), await StateAsync(broker, queued)));
        Assert.DoesNotContain(MachineState.Failed, await broker.QueryAsync(db => db.Machines.Select(each => each.State).ToList()));
        Assert.InRange(broker.Host.Admits.Last().Expires - time.GetUtcNow(), TimeSpan.Zero, TimeSpan.FromSeconds(30));
        Assert.Equal(200, (await kim.GetAsync("/api/me")).Status);

        await broker.PolicyAsync(policy => policy with { LogOffAfterMinutes = 0 });
        await Eventually.HoldsAsync(async () => await StateAsync(broker, left) is SessionState.Ending or SessionState.Ended, "what is due is ended");
    }

    [Fact]
    public void Steady_clock_follows_a_little_at_once_much_slowly_and_never_goes_back()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UnixEpoch);
        var set = new Offset(clock);
        var time = new SteadyClock(set);
        DateTimeOffset After(TimeSpan passed)
        {
            clock.Advance(passed);
            return time.GetUtcNow();
        }

        var minute = TimeSpan.FromMinutes(1);
        Assert.Equal(DateTimeOffset.UnixEpoch + minute, After(minute));
        set.By = TimeSpan.FromSeconds(1.5);
        Assert.Equal(DateTimeOffset.UnixEpoch + minute + set.By, time.GetUtcNow());
        set.By = TimeSpan.FromHours(1);
        var before = time.GetUtcNow();
        Assert.Equal(before + minute * 1.1, After(minute));
        set.By = TimeSpan.FromHours(-1);
        before = time.GetUtcNow();
        Assert.Equal(before, time.GetUtcNow());
        Assert.Equal(before + minute * 0.9, After(minute));
        After(TimeSpan.FromHours(12));
        Assert.Equal(set.GetUtcNow(), time.GetUtcNow());
    }

    private static Task<SessionState> StateAsync(RunningBroker broker, Guid id) => broker.QueryAsync(db => db.Sessions.Single(session => session.Id == id).State);

    private sealed class Offset(TimeProvider clock) : TimeProvider
    {
        public TimeSpan By { get; set; }

        public override long TimestampFrequency => clock.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => clock.GetUtcNow() + By;

        public override long GetTimestamp() => clock.GetTimestamp();
    }
}
