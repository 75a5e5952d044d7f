using Vdi.Broker.Pools;
using Vdi.Broker.Sessions;
using Vdi.Protocol.Fleet;
using Vdi.Protocol.Wire;
using Vdi.TestSupport;
using Vdi.TestSupport.Brokers;

namespace Vdi.Broker.Tests.Sessions;

public sealed class SessionTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task There_is_no_third_monitor(int monitor)
    {
        await using var broker = await RunningBroker.StartAsync();
        using var kim = await broker.PersonAsync("kim");
        var admit = await broker.AdmittedAsync(kim);
        var refused = await kim.PostAsync($"/api/sessions/{admit.Session}/ticket", new { monitor });
        Assert.Equal((400, "unknown-monitor"), (refused.Status, refused.Text("code")));
        Assert.Equal(200, (await kim.PostAsync($"/api/sessions/{admit.Session}/ticket", new { monitor = 2 })).Status);
    }

    private static readonly object Desktops = new { pool = DefaultPool.Id };

    [Fact]
    public async Task Host_hears_how_the_person_is_set_and_what_is_not_known_is_left_out()
    {
        await using var broker = await RunningBroker.StartAsync();
        using var kim = await broker.PersonAsync("kim");
        var session = await kim.PostAsync("/api/sessions", Desktops);
        foreach (var (said, expected) in new (object, PersonSettings)[]
        {
            (new { language = "ko-KR", timeZone = "Asia/Seoul", layout = "kr" }, new("kim", "ko-KR", "Asia/Seoul", "kr")),
            (new { timeZone = "../../etc/passwd" }, new("kim", null, null, null)),
            (new { language = new string('a', 100), timeZone = "Moon/Crater" }, new("kim", null, null, null)),
            (new { }, new("kim", null, null, null)),
        })
        {
            Assert.Equal(200, (await kim.PostAsync($"/api/sessions/{session.Id}/ticket", said)).Status);
            Assert.True(broker.Host.Admits.TryDequeue(out var admit));
            Assert.Equal(expected, admit.Person);
        }
    }

    [Fact]
    public async Task Ready_machine_is_given_at_once_and_its_ticket_reaches_the_host_as_a_hash()
    {
        await using var broker = await RunningBroker.StartAsync();
        using var kim = await broker.PersonAsync("kim");
        await ReadyAsync(broker, 2);
        var session = await kim.PostAsync("/api/sessions", Desktops);
        Assert.Equal("connecting", session.Text("state"));

        var ticket = await kim.PostAsync($"/api/sessions/{session.Id}/ticket");
        Assert.Equal("/h/fake/hub/desktop", ticket.Text("hub"));
        Assert.Equal(43, ticket.Text("ticket").Length);
        Assert.True(broker.Host.Admits.TryDequeue(out var admit));
        Assert.Equal((session.Id, "kim", Rights.View | Rights.Input | Rights.ClipboardIn | Rights.ClipboardOut | Rights.FilesUp | Rights.FilesDown), (admit.Session, admit.User, admit.Rights));
        Assert.DoesNotContain(ticket.Text("ticket"), admit.TicketHash, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Second_launch_of_the_same_person_returns_the_same_session()
    {
        await using var broker = await RunningBroker.StartAsync();
        using var kim = await broker.PersonAsync("kim");
        await ReadyAsync(broker, 2);
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => kim.PostAsync("/api/sessions", Desktops)));
        Assert.Single(answers.Select(answer => answer.Id).Distinct());
    }

    [Fact]
    public async Task Many_people_at_once_never_share_a_machine()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 6, capacity: 12);
        await ReadyAsync(broker, 6);
        var people = new List<Client>();
        for (var i = 0; i < 12; i++)
        {
            people.Add(await broker.PersonAsync($"person{i}"));
        }

        await Task.WhenAll(people.Select(person => person.PostAsync("/api/sessions", Desktops)));
        await Eventually.HoldsAsync(async () => await broker.QueryAsync(db => db.Sessions.Count(session => session.MachineId != null)) == 12, "everybody has a machine");
        var machines = await broker.QueryAsync(db => db.Sessions.Select(session => session.MachineId).ToList());
        Assert.Equal(12, machines.Distinct().Count());
        people.ForEach(person => person.Dispose());
    }

    [Fact]
    public async Task Ended_session_destroys_its_machine_which_nobody_gets_again()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 1);
        using var kim = await broker.PersonAsync("kim");
        await ReadyAsync(broker, 1);
        var session = await kim.PostAsync("/api/sessions", Desktops);
        var used = await broker.QueryAsync(db => db.Sessions.Single().MachineId!.Value);
        Assert.Equal(204, (await kim.DeleteAsync($"/api/sessions/{session.Id}")).Status);
        await Eventually.HoldsAsync(() => Task.FromResult(!broker.Host.Has(used)), "the host let go of the machine");
        await Eventually.HoldsAsync(async () => await broker.QueryAsync(db => db.Sessions.Single().State) == SessionState.Ended, "the session is ended");
        Assert.Contains(broker.Host.Revokes, revoke => revoke.Session == session.Id && revoke.Reason == ByeReason.SessionEnded);

        var next = await kim.PostAsync("/api/sessions", Desktops);
        Assert.NotEqual(session.Id, next.Id);
        await Eventually.HoldsAsync(async () => await broker.QueryAsync(db => db.Sessions.Single(other => other.Id == next.Id).MachineId) is { } given && given != used, "another machine is given");
    }

    [Fact]
    public async Task Without_a_ready_machine_people_queue_with_a_position_and_are_served_in_order()
    {
        await using var broker = await RunningBroker.StartAsync(arrange: host => host.NewMachines = MachineState.Booting);
        using var kim = await broker.PersonAsync("kim");
        using var lee = await broker.PersonAsync("lee");
        await Eventually.HoldsAsync(async () => (await kim.GetAsync("/api/desktops")).Body[0].GetProperty("reason").ValueKind != System.Text.Json.JsonValueKind.Null, "the start page says what it waits for");
        await ReportedAsync(broker);
        var first = await kim.PostAsync("/api/sessions", Desktops);
        var second = await lee.PostAsync("/api/sessions", Desktops);
        Assert.Equal(("queued", 1), (first.Text("state"), first.Body.GetProperty("position").GetInt32()));
        Assert.Equal(("queued", 2), (second.Text("state"), second.Body.GetProperty("position").GetInt32()));
        var early = await kim.PostAsync($"/api/sessions/{first.Id}/ticket");
        Assert.Equal((409, "wrong-state", "queued"), (early.Status, early.Text("code"), early.Text("state")));
    }

    [Fact]
    public async Task Failed_machine_ends_its_session_with_the_reason_and_is_replaced()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 1);
        using var kim = await broker.PersonAsync("kim");
        await ReadyAsync(broker, 1);
        var session = await kim.PostAsync("/api/sessions", Desktops);
        var machine = await broker.QueryAsync(db => db.Sessions.Single().MachineId!.Value);
        await broker.Host.SayAsync(new SessionReport(session.Id, machine, 1, ViewState.Connected));
        await Eventually.HoldsAsync(async () => (await kim.GetAsync($"/api/sessions/{session.Id}")).Text("state") == "connected", "the session is connected");
        broker.Host.Fail(machine, "Its operating system crashed");
        await Eventually.HoldsAsync(async () => (await kim.GetAsync($"/api/sessions/{session.Id}")).Text("state") == "ended", "the session ends");
        var reason = (await kim.GetAsync($"/api/sessions/{session.Id}")).Body.GetProperty("reason");
        Assert.Equal(("machine-failed", "Its operating system crashed."), (reason.GetProperty("code").GetString(), reason.GetProperty("detail").GetString()));
        await Eventually.HoldsAsync(async () => await broker.QueryAsync(db => db.Machines.Any(other => other.State == MachineState.Ready && other.Id != machine)), "another machine is ready");
    }

    [Fact]
    public async Task Assigned_machine_that_a_host_lost_is_never_silently_made_again()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 1);
        using var kim = await broker.PersonAsync("kim");
        await ReadyAsync(broker, 1);
        var session = await kim.PostAsync("/api/sessions", Desktops);
        await Eventually.HoldsAsync(async () => await broker.QueryAsync(db => db.Machines.Count(machine => machine.State == MachineState.Ready)) == 1, "the pool is warm again");
        var machine = await broker.QueryAsync(db => db.Sessions.Single().MachineId!.Value);
        broker.Host.Forget();
        await Eventually.HoldsAsync(async () => (await kim.GetAsync($"/api/sessions/{session.Id}")).Text("state") == "ended", "the session ends");
        Assert.False(broker.Host.Has(machine));
    }

    [Fact]
    public async Task Refusals_name_the_constraint()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 0, capacity: 1);
        using var kim = await broker.PersonAsync("kim");
        await broker.AddUserAsync("guest");
        using var guest = new Client(broker.Address);
        await guest.SignInAsync("guest", RunningBroker.Password);
        await ReportedAsync(broker);

        var unknown = await kim.PostAsync("/api/sessions", new { pool = "nonsense" });
        Assert.Equal((404, "unknown-pool"), (unknown.Status, unknown.Text("code")));
        Assert.Contains("nonsense", unknown.Text("detail"), StringComparison.Ordinal);
        Assert.Equal((403, "not-entitled"), await CodeAsync(guest.PostAsync("/api/sessions", Desktops)));
        Assert.Equal(0, (await guest.GetAsync("/api/desktops")).Body.GetArrayLength());
        Assert.Equal((404, "unknown-session"), await CodeAsync(kim.GetAsync($"/api/sessions/{Guid.NewGuid()}")));

        Assert.Equal(200, (await kim.PostAsync("/api/sessions", Desktops)).Status);
        using var lee = await broker.PersonAsync("lee");
        var full = await lee.PostAsync("/api/sessions", Desktops);
        Assert.Equal((503, "no-capacity", "pool-full"), (full.Status, full.Text("code"), full.Text("reason")));

        using var nobody = new Client(broker.Address);
        Assert.Equal(401, (await nobody.PostAsync("/api/sessions", Desktops)).Status);
    }

    [Fact]
    public async Task Missing_image_is_said_with_what_would_help()
    {
        await using var broker = await RunningBroker.StartAsync(arrange: host => host.Images = []);
        using var kim = await broker.PersonAsync("kim");
        await ReportedAsync(broker);
        var refused = await kim.PostAsync("/api/sessions", Desktops);
        Assert.Equal((503, "no-image"), (refused.Status, refused.Text("reason")));
        Assert.Contains("vdi image build desktop", refused.Text("detail"), StringComparison.Ordinal);
        Assert.Equal("unavailable", (await kim.GetAsync("/api/desktops")).Body[0].GetProperty("state").GetString());
    }

    [Fact]
    public async Task Session_of_another_person_does_not_exist()
    {
        await using var broker = await RunningBroker.StartAsync();
        using var kim = await broker.PersonAsync("kim");
        using var lee = await broker.PersonAsync("lee");
        await ReadyAsync(broker, 2);
        var session = await kim.PostAsync("/api/sessions", Desktops);
        Assert.Equal(404, (await lee.GetAsync($"/api/sessions/{session.Id}")).Status);
        Assert.Equal(404, (await lee.PostAsync($"/api/sessions/{session.Id}/ticket")).Status);
        Assert.Equal(404, (await lee.DeleteAsync($"/api/sessions/{session.Id}")).Status);
        Assert.Equal("connecting", (await kim.GetAsync($"/api/sessions/{session.Id}")).Text("state"));
    }

    [Fact]
    public async Task Left_desktop_is_kept_for_its_time_and_then_ended()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 1);
        await broker.PolicyAsync(policy => policy with { LogOffAfterMinutes = 2 / 60.0 });
        using var kim = await broker.PersonAsync("kim");
        await ReadyAsync(broker, 1);
        var session = await kim.PostAsync("/api/sessions", Desktops);
        var machine = await broker.QueryAsync(db => db.Sessions.Single().MachineId!.Value);
        await broker.Host.SayAsync(new SessionReport(session.Id, machine, 1, ViewState.Disconnected));
        await Eventually.HoldsAsync(async () => (await kim.GetAsync($"/api/sessions/{session.Id}")).Text("state") == "disconnected", "the session is disconnected");
        Assert.Equal(session.Id, (await kim.PostAsync("/api/sessions", Desktops)).Id);
        await Eventually.HoldsAsync(() => Task.FromResult(!broker.Host.Has(machine)), "the machine goes after the time to come back");
        Assert.Equal("left-too-long", (await kim.GetAsync($"/api/sessions/{session.Id}")).Body.GetProperty("reason").GetProperty("code").GetString());
    }

    private static async Task<(int, string)> CodeAsync(Task<Answer> answer) => ((await answer).Status, (await answer).Text("code"));

    private static Task ReadyAsync(RunningBroker broker, int count) =>
        Eventually.HoldsAsync(async () => await broker.QueryAsync(db => db.Machines.Count(machine => machine.State == MachineState.Ready)) >= count, $"{count} machines are ready");

    private static Task ReportedAsync(RunningBroker broker) =>
        Eventually.HoldsAsync(async () => (await new Client(broker.Address).GetAsync("/healthz")).Text("status") == "ok", "the host has reported");
}
