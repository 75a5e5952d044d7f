using Vdi.Broker.Pools;
using Vdi.Broker.Sessions;
using Vdi.Protocol.Fleet;
using Vdi.Protocol.Wire;
using Vdi.TestSupport;
using Vdi.TestSupport.Brokers;

namespace Vdi.Broker.Tests.Machines;

public sealed class ReconcilerTests
{
    private static readonly object Desktops = new { pool = DefaultPool.Id };

    [Fact]
    public async Task Lost_reports_of_who_looks_at_what_heal()
    {
        await using var broker = await RunningBroker.StartAsync();
        using var kim = await broker.PersonAsync("kim");
        var session = await OpenAsync(broker, kim);
        broker.Host.Viewed[session] = 0;
        await StateIsAsync(broker, session, SessionState.Connected);
        broker.Host.Viewed.Clear();
        await StateIsAsync(broker, session, SessionState.Disconnected);
    }

    [Fact]
    public async Task Host_that_is_short_refuses_new_desktops_with_its_reason_and_gives_those_that_are_ready()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 1);
        using var kim = await broker.PersonAsync("kim");
        using var lee = await broker.PersonAsync("lee");
        await Eventually.HoldsAsync(async () => await broker.QueryAsync(db => db.Machines.Any(machine => machine.State == MachineState.Ready)), "a machine is ready");
        broker.Host.Problem = "the host has 12 MiB of memory free";
        await Eventually.HoldsAsync(async () => (await kim.GetAsync("/healthz")).Status == 200, "the broker heard of it");
        await Task.Delay(200);
        await OpenAsync(broker, kim);
        var refused = await lee.PostAsync("/api/sessions", Desktops);
        Assert.Equal((503, "host-short"), (refused.Status, refused.Text("reason")));
        Assert.Contains("12 MiB", refused.Text("detail"), StringComparison.Ordinal);
        broker.Host.Problem = null;
        await Eventually.HoldsAsync(async () => (await lee.PostAsync("/api/sessions", Desktops)).Status == 200, "there is room again", 20);
    }

    [Fact]
    public async Task Every_assignment_has_a_newer_epoch()
    {
        await using var broker = await RunningBroker.StartAsync();
        using var kim = await broker.PersonAsync("kim");
        var session = await OpenAsync(broker, kim);
        Assert.Equal(200, (await kim.PostAsync($"/api/sessions/{session}/ticket")).Status);
        Assert.True(broker.Host.Admits.TryDequeue(out var admit));
        Assert.True(admit.Epoch > 1, $"epoch {admit.Epoch}");
    }

    [Fact]
    public async Task Machine_that_crashed_is_replaced_and_its_session_says_why()
    {
        await using var broker = await RunningBroker.StartAsync();
        using var kim = await broker.PersonAsync("kim");
        var session = await OpenAsync(broker, kim);
        var machine = await broker.QueryAsync(db => db.Sessions.Single(row => row.Id == session).MachineId!.Value);
        broker.Host.Fail(machine, "Its operating system crashed");
        await StateIsAsync(broker, session, SessionState.Ended);
        await Eventually.HoldsAsync(
            () => Task.FromResult(broker.Host.Revokes.Any(revoke => revoke.Session == session && revoke.Reason == ByeReason.MachineFailed && revoke.Text.Contains("crashed", StringComparison.Ordinal))),
            "its viewers are told");
        await Eventually.HoldsAsync(() => Task.FromResult(!broker.Host.Has(machine)), "it is destroyed");
        await Eventually.HoldsAsync(async () => await broker.QueryAsync(db => db.Machines.Count(row => row.State == MachineState.Ready)) == 2, "it is replaced");
    }

    [Theory]
    [InlineData(MachineState.Forking, 2)]
    [InlineData(MachineState.Booting, 3)]
    public async Task Machine_that_does_not_move_is_ended_with_what_it_last_said(MachineState stuck, int minutes)
    {
        await using var broker = await RunningBroker.StartAsync(warm: 1, capacity: 1, arrange: host => host.NewMachines = stuck);
        await Eventually.HoldsAsync(() => broker.QueryAsync(db => db.Machines.Any(row => row.State == stuck)), "it is stuck", 20);
        Assert.False(await broker.QueryAsync(db => db.Machines.Any(row => row.State == MachineState.Failed)));
        await broker.ChangeAsync(db => db.Machines.Single().Since -= TimeSpan.FromMinutes(minutes));
        await Eventually.HoldsAsync(() => broker.QueryAsync(db => db.Machines.Any(row => row.State == MachineState.Failed)), "it is given up", 20);
        var reason = await broker.QueryAsync(db => db.Machines.First(row => row.State == MachineState.Failed).Reason);
        Assert.Contains($"for more than {minutes} minutes; last, it ", reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Machine_that_cannot_be_destroyed_is_told_of_and_ends_its_session_and_its_replacement_comes()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 1, capacity: 2, arrange: host => host.Undying = "the folder could not be deleted");
        using var kim = await broker.PersonAsync("kim");
        var session = await OpenAsync(broker, kim);
        var machine = await broker.QueryAsync(db => db.Sessions.Single(row => row.Id == session).MachineId!.Value);
        Assert.Equal(204, (await kim.DeleteAsync($"/api/sessions/{session}")).Status);
        await Eventually.HoldsAsync(() => broker.QueryAsync(db => db.Machines.Single(row => row.Id == machine).Reason.Contains("could not be deleted")), "the reason is known", 20);
        await StateIsAsync(broker, session, SessionState.Ending);
        await broker.ChangeAsync(db => db.Machines.Single(row => row.Id == machine).Since -= TimeSpan.FromMinutes(5));
        await StateIsAsync(broker, session, SessionState.Ended);
        Assert.Equal(MachineState.Failed, await broker.QueryAsync(db => db.Machines.Single(row => row.Id == machine).State));
        await Eventually.HoldsAsync(() => broker.QueryAsync(db => db.Machines.Any(row => row.State == MachineState.Ready)), "another one is ready", 20);
    }

    [Fact]
    public async Task No_answer_but_the_tickets_own_bears_a_secret()
    {
        await using var broker = await RunningBroker.StartAsync();
        using var kim = await broker.PersonAsync("kim");
        var session = await OpenAsync(broker, kim);
        var ticket = (await kim.PostAsync($"/api/sessions/{session}/ticket")).Text("ticket");
        foreach (var path in (string[])["/api/me", "/api/desktops", "/api/sessions", $"/api/sessions/{session}", "/healthz"])
        {
            var text = (await kim.GetAsync(path)).Body.GetRawText();
            Assert.DoesNotContain(ticket, text, StringComparison.Ordinal);
            Assert.DoesNotContain("icket", text, StringComparison.Ordinal);
            Assert.DoesNotContain("ecret", text, StringComparison.Ordinal);
            Assert.DoesNotContain("asswordHash", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Ticket_of_another_persons_session_is_not_to_be_had()
    {
        await using var broker = await RunningBroker.StartAsync();
        using var kim = await broker.PersonAsync("kim");
        using var lee = await broker.PersonAsync("lee");
        var session = await OpenAsync(broker, kim);
        Assert.Equal(404, (await lee.PostAsync($"/api/sessions/{session}/ticket")).Status);
        Assert.Equal(404, (await lee.GetAsync($"/api/sessions/{session}")).Status);
        Assert.Equal(404, (await lee.DeleteAsync($"/api/sessions/{session}")).Status);
        Assert.Empty(broker.Host.Admits);
    }

    private static async Task<Guid> OpenAsync(RunningBroker broker, Client person)
    {
        await Eventually.HoldsAsync(async () => await broker.QueryAsync(db => db.Machines.Any(machine => machine.State == MachineState.Ready)), "a machine is ready");
        var session = await person.PostAsync("/api/sessions", Desktops);
        Assert.Equal(200, session.Status);
        return session.Id;
    }

    private static Task StateIsAsync(RunningBroker broker, Guid session, SessionState state) =>
        Eventually.HoldsAsync(() => broker.QueryAsync(db => db.Sessions.Single(row => row.Id == session).State == state), $"the session is {state}", 20);
}
