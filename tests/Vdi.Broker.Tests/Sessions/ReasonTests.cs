using System.Text.Json;
using System.Text.RegularExpressions;
using Vdi.Broker.Pools;
using Vdi.Broker.Sessions;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;
using Vdi.TestSupport.Brokers;

namespace Vdi.Broker.Tests.Sessions;

/// <summary>What people are told while they wait and when it is over: a code to translate, and a sentence.</summary>
public sealed partial class ReasonTests
{
    private static readonly object Desktops = new { pool = DefaultPool.Id };

    [Fact]
    public async Task Queued_session_is_the_frozen_answer()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 1, arrange: host => host.NewMachines = MachineState.Booting);
        using var kim = await broker.PersonAsync("kim");
        await BootingAsync(broker);
        await kim.PostAsync("/api/sessions", Desktops);
        await Eventually.HoldsAsync(async () => await broker.QueryAsync(db => db.Machines.Count(machine => machine.State == MachineState.Booting)) == 2, "a machine boots for the one who waits");
        var answer = (await kim.GetAsync("/api/desktops")).Body;
        var actual = JsonSerializer.Serialize(answer, Indented) + "\n";
        actual = Ids().Replace(actual, "00000000-0000-0000-0000-000000000001");
        actual = Instants().Replace(actual, "\"2026-01-01T00:00:00+00:00\"");
        actual = Milliseconds().Replace(actual, "\"milliseconds\": 1.5");
        Assert.Equal(Golden.FreezeText("api/desktops.json", actual), actual);
    }

    [Fact]
    public async Task Queued_session_says_that_its_host_is_short()
    {
        await using var broker = await RunningBroker.StartAsync(arrange: host => host.NewMachines = MachineState.Booting);
        using var kim = await broker.PersonAsync("kim");
        await BootingAsync(broker);
        var session = await kim.PostAsync("/api/sessions", Desktops);
        Assert.Equal("preparing", Code(session.Body));
        broker.Host.Problem = "1 GB of memory is missing";
        await Eventually.HoldsAsync(async () => Code((await kim.GetAsync($"/api/sessions/{session.Id}")).Body) == "host-short", "the session says so");
        Assert.Contains("1 GB of memory is missing", (await kim.GetAsync($"/api/sessions/{session.Id}")).Body.GetProperty("reason").GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pool_whose_machines_keep_failing_refuses_with_the_newest_cause()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 3, arrange: host => host.NewMachines = MachineState.Failed);
        using var kim = await broker.PersonAsync("kim");
        await Eventually.HoldsAsync(async () => await broker.QueryAsync(db => db.Machines.Count(machine => machine.State == MachineState.Failed)) == 3, "three machines failed");
        await Eventually.HoldsAsync(async () => (await kim.PostAsync("/api/sessions", Desktops)) is { Status: 503 } refused && refused.Text("reason") == "machines-failing", "it is refused");
        var desktop = (await kim.GetAsync("/api/desktops")).Body[0];
        Assert.Equal(("unavailable", "machines-failing"), (desktop.GetProperty("state").GetString(), Code(desktop)));
        var newest = await broker.QueryAsync(db => db.Machines.First().Reason);
        Assert.Contains(newest, desktop.GetProperty("reason").GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Running_session_has_no_reason_until_its_machine_is_held_up()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 1);
        using var kim = await broker.PersonAsync("kim");
        await Eventually.HoldsAsync(() => broker.QueryAsync(db => db.Machines.Any(machine => machine.State == MachineState.Ready)), "a machine is ready");
        var session = await kim.PostAsync("/api/sessions", Desktops);
        Assert.Equal(JsonValueKind.Null, session.Body.GetProperty("reason").ValueKind);
        JsonElement held = default;
        await Eventually.HoldsAsync(
            async () =>
            {
                // Again and again: the next report of the fake host takes it away.
                await broker.ChangeAsync(db => db.Machines.Single(machine => machine.State == MachineState.Assigned).Reason = "is paused: the disk is full");
                held = (await kim.GetAsync($"/api/sessions/{session.Id}")).Body.GetProperty("reason");
                return held.ValueKind == JsonValueKind.Object;
            },
            "it says what holds the machine up");
        Assert.Equal(("machine-held-up", "The machine is paused: the disk is full."), (held.GetProperty("code").GetString(), held.GetProperty("detail").GetString()));
    }

    [Fact]
    public async Task Ended_session_says_who_ended_it()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 0);
        using var kim = await broker.PersonAsync("kim");
        await Eventually.HoldsAsync(async () => (await kim.PostAsync("/api/sessions", Desktops)).Status == 200, "a session is there");
        var own = (await kim.GetAsync("/api/sessions")).Body[0].GetProperty("id").GetGuid();
        await kim.DeleteAsync($"/api/sessions/{own}");
        Assert.Equal("ended-by-user", Code((await kim.GetAsync($"/api/sessions/{own}")).Body));
    }

    [Fact]
    public async Task Session_that_got_no_machine_in_time_says_so()
    {
        await using var broker = await RunningBroker.StartAsync(arrange: host => host.NewMachines = MachineState.Booting);
        using var kim = await broker.PersonAsync("kim");
        await BootingAsync(broker);
        var session = await kim.PostAsync("/api/sessions", Desktops);
        await broker.ChangeAsync(db => db.Sessions.Single().Since = DateTimeOffset.UnixEpoch);
        await Eventually.HoldsAsync(async () => (await kim.GetAsync($"/api/sessions/{session.Id}")).Text("state") == "ended", "the session ends");
        Assert.Equal("no-machine", Code((await kim.GetAsync($"/api/sessions/{session.Id}")).Body));
    }

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static string? Code(JsonElement view) => view.GetProperty("reason") is { ValueKind: JsonValueKind.Object } reason ? reason.GetProperty("code").GetString() : null;

    private static Task BootingAsync(RunningBroker broker) =>
        Eventually.HoldsAsync(() => broker.QueryAsync(db => db.Machines.Any(machine => machine.State == MachineState.Booting)), "a machine boots");

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f-]{27}")]
    private static partial Regex Ids();

    [GeneratedRegex("\"[0-9]{4}-[0-9]{2}-[0-9]{2}T[^\"]*\"")]
    private static partial Regex Instants();

    [GeneratedRegex("\"milliseconds\": [0-9.]+")]
    private static partial Regex Milliseconds();
}
