using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Pools;
using Vdi.Broker.Sessions;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;
using Vdi.TestSupport.Brokers;

namespace Vdi.Broker.Tests.Machines;

/// <summary>Machines that sleep: people's own that nobody uses, and a pool's reserve.</summary>
public sealed class SuspendTests
{
    [Fact]
    public async Task Size_of_a_pool_reaches_the_host()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 0);
        await broker.ChangeAsync(db => db.Pools.Single().Size = new MachineSize(2, 3072, 40));
        await broker.PolicyAsync(policy => policy with { Warm = new WarmPolicy { Count = 1 } });
        await Eventually.HoldsAsync(() => Task.FromResult(broker.Host.Sizes.Values.FirstOrDefault() == new MachineSize(2, 3072, 40)), "the size is desired");
    }

    [Fact]
    public async Task Own_desktop_that_nobody_uses_sleeps_and_wakes_at_the_next_launch_with_the_reason_visible()
    {
        await using var broker = await DedicatedAsync();
        var kim = await broker.PersonAsync("kim");
        var machine = await OpenedAsync(broker, kim);
        await EndAsync(kim);
        await UnusedAsync(broker, machine);
        await Eventually.HoldsAsync(async () => await StateAsync(broker, machine) == (MachineState.Suspended, "sleeps"), "the machine sleeps");

        broker.Host.WakeTime = TimeSpan.FromSeconds(1);
        var session = await OpenAsync(kim);
        Assert.Equal("preparing", (await kim.GetAsync($"/api/sessions/{session}")).Text("state"));
        var seen = await kim.GetAsync($"/api/sessions/{session}");
        Assert.Equal(("waking", "Your machine wakes up."), (seen.At("reason", "code"), seen.At("reason", "detail")));
        Assert.Equal((409, "wrong-state"), await TicketAsync(kim, session));
        await Eventually.HoldsAsync(async () => (await kim.GetAsync($"/api/sessions/{session}")).Text("state") == "connecting", "the session goes on");
        Assert.Equal(machine, await broker.QueryAsync(db => db.Sessions.Single(row => row.Id == session).MachineId));
        Assert.Contains(await broker.QueryAsync(db => db.Sessions.Single(row => row.Id == session).Steps), step => step.Name == "wake");
        Assert.Equal(200, (await TicketAsync(kim, session)).Status);
        Assert.Single(broker.Host.Ever);
    }

    [Fact]
    public async Task Own_desktop_that_was_left_open_sleeps_and_wakes_when_its_person_comes_back()
    {
        await using var broker = await DedicatedAsync();
        await broker.PolicyAsync(policy => policy with { LogOffAfterMinutes = null });
        var kim = await broker.PersonAsync("kim");
        var machine = await OpenedAsync(broker, kim);
        var session = await broker.QueryAsync(db => db.Sessions.Single().Id);
        await broker.ChangeAsync(db => db.Sessions.Single().Move(SessionState.Disconnected, "nobody is looking at it", Past));
        await UnusedAsync(broker, machine);
        await Eventually.HoldsAsync(async () => await StateAsync(broker, machine) == (MachineState.Suspended, "sleeps"), "the machine sleeps");
        Assert.Equal(409, (await TicketAsync(kim, session)).Status);
        await Eventually.HoldsAsync(async () => (await TicketAsync(kim, session)).Status == 200, "the machine is back");
        Assert.Equal(session, await OpenAsync(kim));
    }

    [Fact]
    public async Task Own_desktop_that_somebody_uses_or_may_use_at_any_moment_does_not_sleep()
    {
        await using var broker = await DedicatedAsync();
        var kim = await broker.PersonAsync("kim");
        var machine = await OpenedAsync(broker, kim);
        var session = await broker.QueryAsync(db => db.Sessions.Single().Id);
        broker.Host.Viewed[session] = 0;
        await broker.ChangeAsync(db => db.Sessions.Single().Come(Past));
        await UnusedAsync(broker, machine);
        await broker.PassesAsync(3);
        Assert.Equal(MachineState.Assigned, (await StateAsync(broker, machine)).State);

        // Nor where the policy says never.
        broker.Host.Viewed.Clear();
        await EndAsync(kim);
        await broker.PolicyAsync(policy => policy with { StopUnusedMinutes = null });
        await broker.PassesAsync(2);
        await UnusedAsync(broker, machine);
        await broker.PassesAsync(3);
        Assert.Equal(MachineState.Assigned, (await StateAsync(broker, machine)).State);
    }

    [Fact]
    public async Task Person_whose_desktop_cannot_be_woken_is_told_and_the_desktop_is_kept()
    {
        await using var broker = await DedicatedAsync();
        var kim = await broker.PersonAsync("kim");
        var machine = await OpenedAsync(broker, kim);
        await EndAsync(kim);
        await UnusedAsync(broker, machine);
        await Eventually.HoldsAsync(async () => await StateAsync(broker, machine) == (MachineState.Suspended, "sleeps"), "the machine sleeps");

        broker.Host.Sleepless = "its template was made anew since";
        var session = await OpenAsync(kim);
        await Eventually.HoldsAsync(async () => (await kim.GetAsync($"/api/sessions/{session}")).At("reason", "detail").Contains("made anew", StringComparison.Ordinal), "the person sees why it takes so long");
        await broker.ChangeAsync(db => db.Machines.Single(row => row.Id == machine).Since = Past);
        await Eventually.HoldsAsync(async () => (await kim.GetAsync($"/api/sessions/{session}")).Text("state") == "ended", "the session ends");
        var told = await kim.GetAsync($"/api/sessions/{session}");
        Assert.Equal("wake-failed", told.At("reason", "code"));
        Assert.Contains("made anew", told.At("reason", "detail"), StringComparison.Ordinal);
        Assert.Contains("Nothing of it is lost", told.At("reason", "detail"), StringComparison.Ordinal);
        Assert.True(broker.Host.Has(machine));

        // Later it can be.
        await Eventually.HoldsAsync(async () => (await StateAsync(broker, machine)).State == MachineState.Suspended, "it sleeps on");
        broker.Host.Sleepless = null;
        var again = await OpenAsync(kim);
        await Eventually.HoldsAsync(async () => (await kim.GetAsync($"/api/sessions/{again}")).Text("state") == "connecting", "the desktop is back");
        Assert.Equal(machine, await broker.QueryAsync(db => db.Sessions.Single(row => row.Id == again).MachineId));
        Assert.Single(broker.Host.Ever);
    }

    [Fact]
    public async Task Operator_cannot_destroy_a_sleeping_desktop_that_is_somebodys()
    {
        await using var broker = await DedicatedAsync();
        var kim = await broker.PersonAsync("kim");
        var admin = await broker.AdministratorAsync("root");
        var machine = await OpenedAsync(broker, kim);
        await EndAsync(kim);
        await UnusedAsync(broker, machine);
        await Eventually.HoldsAsync(async () => (await StateAsync(broker, machine)).State == MachineState.Suspended, "the machine sleeps");
        Assert.Equal("in-use", (await admin.DeleteAsync($"/api/machines/{machine}")).Text("code"));
        Assert.True(broker.Host.Has(machine));
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData(AtLogOff.Keep, true)]
    [InlineData(AtLogOff.Destroy, false)]
    public async Task Policy_says_whether_an_own_desktop_is_kept_at_log_off(AtLogOff? atLogOff, bool kept)
    {
        await using var broker = await DedicatedAsync();
        await broker.PolicyAsync(policy => policy with { AtLogOff = atLogOff });
        var kim = await broker.PersonAsync("kim");
        var machine = await OpenedAsync(broker, kim);
        await EndAsync(kim);
        if (kept)
        {
            await broker.PassesAsync(3);
            Assert.True(broker.Host.Has(machine));
            Assert.Equal(machine, await OpenedAsync(broker, kim));
            return;
        }

        await Eventually.HoldsAsync(() => Task.FromResult(!broker.Host.Has(machine)), "the machine is destroyed");
        Assert.Equal(0, await broker.QueryAsync(db => db.Assignments.Count(assignment => assignment.Released == null)));
        Assert.NotEqual(machine, await OpenedAsync(broker, kim));
    }

    [Fact]
    public async Task Never_is_kept_as_never()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 0);
        var admin = await broker.AdministratorAsync("root");
        var tag = (await admin.GetAsync("/api/pools/desktops")).Tag;
        Assert.Equal(200, (await admin.PatchAsync("/api/pools/desktops", new { policy = new { stopUnusedMinutes = (int?)null, logOffAfterMinutes = (int?)null } }, tag)).Status);
        var pool = await admin.GetAsync("/api/pools/desktops");
        Assert.Equal(("", ""), (pool.At("settings", "policy", "stopUnusedMinutes"), pool.At("settings", "policy", "logOffAfterMinutes")));
    }

    [Fact]
    public async Task Only_a_dedicated_pool_can_keep_machines_at_log_off()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 0);
        var admin = await broker.AdministratorAsync("root");
        var tag = (await admin.GetAsync("/api/pools/desktops")).Tag;
        var refused = await admin.PatchAsync("/api/pools/desktops", new { policy = new { atLogOff = "keep" } }, tag);
        Assert.Equal((400, "policy.atLogOff keep-needs-dedicated"), (refused.Status, Assert.Single(refused.Faults)));
        Assert.Equal(200, (await admin.PatchAsync("/api/pools/desktops", new { kind = "dedicated", policy = new { atLogOff = "keep" } }, tag)).Status);
    }

    [Fact]
    public async Task Reserve_sleeps_is_woken_when_nothing_is_ready_and_is_filled_again()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 0, capacity: 4);
        await broker.PolicyAsync(policy => policy with { Suspended = 2 });
        await Eventually.HoldsAsync(async () => await SleepingAsync(broker) == 2, "two machines sleep");
        Assert.Equal(2, broker.Host.Ever.Count);
        await broker.PassesAsync(3);
        Assert.Equal(2, broker.Host.Ever.Count);

        // Forks take for ever: whoever comes gets one of the reserve.
        broker.Host.ForkTime = TimeSpan.FromMinutes(5);
        var reserve = await broker.QueryAsync(db => db.Machines.Select(machine => machine.Id).ToList());
        var kim = await broker.PersonAsync("kim");
        var session = await OpenAsync(kim);
        await Eventually.HoldsAsync(async () => (await kim.GetAsync($"/api/sessions/{session}")).Text("state") == "connecting", "somebody has a machine");
        var row = await broker.QueryAsync(db => db.Sessions.Single());
        Assert.Contains(row.MachineId!.Value, reserve);
        Assert.Contains(row.Steps, step => step.Name == "wake");
        Assert.DoesNotContain(row.Steps, step => step.Name == "fork");
        await Eventually.HoldsAsync(() => Task.FromResult(broker.Host.Ever.Count == 3), "another is made for the reserve");

        // What is no longer wanted goes.
        await broker.PolicyAsync(policy => policy with { Suspended = 0 });
        await Eventually.HoldsAsync(async () => await SleepingAsync(broker) == 0, "the reserve is given up");
    }

    [Fact]
    public async Task Reserve_never_takes_what_shall_be_ready_nor_more_than_the_pool_may_have()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 2, capacity: 3);
        await broker.PolicyAsync(policy => policy with { Suspended = 5 });
        await Eventually.HoldsAsync(async () => await SleepingAsync(broker) == 1, "one machine sleeps");
        await broker.PassesAsync(3);
        Assert.Equal((2, 1), (await broker.QueryAsync(db => db.Machines.Count(machine => machine.State == MachineState.Ready)), await SleepingAsync(broker)));
        Assert.Equal(3, broker.Host.Ever.Count);
    }

    private static readonly DateTimeOffset Past = TimeProvider.System.GetUtcNow().AddHours(-3);

    private static async Task<RunningBroker> DedicatedAsync()
    {
        var broker = await RunningBroker.StartAsync(warm: 0);
        await broker.ChangeAsync(db => db.Pools.Single().Kind = PoolKind.Dedicated);
        await broker.PolicyAsync(policy => policy with { StopUnusedMinutes = 60 });
        return broker;
    }

    private static async Task<Guid> OpenAsync(Client person)
    {
        var answer = await person.PostAsync("/api/sessions", new { pool = "desktops" });
        Assert.Equal(200, answer.Status);
        return Guid.Parse(answer.Text("id"));
    }

    private static async Task<Guid> OpenedAsync(RunningBroker broker, Client person)
    {
        var session = await OpenAsync(person);
        await Eventually.HoldsAsync(async () => (await person.GetAsync($"/api/sessions/{session}")).Text("state") == "connecting", "somebody has a machine");
        return (await broker.QueryAsync(db => db.Sessions.Single(row => row.Id == session).MachineId))!.Value;
    }

    private static async Task EndAsync(Client person)
    {
        var sessions = (await person.GetAsync("/api/sessions")).Body;
        Assert.Equal(204, (await person.DeleteAsync($"/api/sessions/{sessions[0].GetProperty("id").GetString()}")).Status);
    }

    private static async Task<(int Status, string Code)> TicketAsync(Client person, Guid session)
    {
        var answer = await person.PostAsync($"/api/sessions/{session}/ticket");
        return (answer.Status, answer.Status == 200 ? "" : answer.Text("code"));
    }

    /// <summary>As if nobody had used it for hours.</summary>
    private static Task UnusedAsync(RunningBroker broker, Guid machine) => broker.ChangeAsync(db => db.Machines.Single(row => row.Id == machine).Since = Past);

    private static async Task<(MachineState State, string Reason)> StateAsync(RunningBroker broker, Guid machine) =>
        await broker.QueryAsync(db => db.Machines.AsNoTracking().Where(row => row.Id == machine).Select(row => new { row.State, row.Reason }).Single()) is var row ? (row.State, row.Reason) : default;

    private static Task<int> SleepingAsync(RunningBroker broker) => broker.QueryAsync(db => db.Machines.Count(machine => machine.State == MachineState.Suspended && machine.Reason == "sleeps"));
}
