using Microsoft.EntityFrameworkCore;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;
using Vdi.TestSupport.Brokers;

namespace Vdi.Broker.Tests.Pools;

/// <summary>Pools whose machines are screens that are there already.</summary>
public sealed class ManualPoolTests
{
    private static readonly object[] Users = [new { kind = "role", name = "user" }];

    [Fact]
    public async Task Screen_is_one_persons_at_a_time_and_the_next_ones_after()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 0);
        var (admin, kim, lee) = (await broker.AdministratorAsync("root"), await broker.PersonAsync("kim"), await broker.PersonAsync("lee"));
        await MakeAsync(admin, Screen("left", "10.0.0.7"));
        await ReadyAsync(broker, 1);
        var first = await kim.PostAsync("/api/sessions", new { pool = "lab" });
        Assert.Equal((200, "connecting"), (first.Status, first.At("state")));
        Assert.Equal(200, (await kim.PostAsync($"/api/sessions/{first.Id}/ticket")).Status);
        var refused = await lee.PostAsync("/api/sessions", new { pool = "lab" });
        Assert.Equal((503, "screens-in-use"), (refused.Status, refused.At("reason")));
        Assert.Contains("add a screen", refused.At("detail"), StringComparison.Ordinal);

        var before = broker.Host.Admits.Last();
        Assert.Equal(204, (await kim.DeleteAsync($"/api/sessions/{first.Id}")).Status);
        await ReadyAsync(broker, 1);
        var second = await lee.PostAsync("/api/sessions", new { pool = "lab" });
        Assert.Equal((200, "connecting"), (second.Status, second.At("state")));
        await lee.PostAsync($"/api/sessions/{second.Id}/ticket");
        var after = broker.Host.Admits.Last();
        Assert.Equal(before.Machine, after.Machine);
        Assert.True(after.Epoch >= before.Epoch + 2, "neither what kim had nor what kim could come back with is good any more");
        Assert.Single(broker.Host.Ever);
    }

    [Fact]
    public async Task Silent_screen_is_nobodys_and_the_refusal_says_where_it_does_not_answer()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 0, arrange: host => host.Silent["10.0.0.7"] = 0);
        var (admin, kim) = (await broker.AdministratorAsync("root"), await broker.PersonAsync("kim"));
        await MakeAsync(admin, Screen("left", "10.0.0.7"));
        await Eventually.HoldsAsync(async () => (await kim.PostAsync("/api/sessions", new { pool = "lab" })) is { Status: 503 } refused && refused.At("reason") == "screens-silent" && refused.At("detail").Contains("does not answer at 10.0.0.7:5900", StringComparison.Ordinal), "the refusal says it");
        broker.Host.Silent.Clear();
        await ReadyAsync(broker, 1);
        broker.Host.Silent["10.0.0.7"] = 0;
        await Eventually.HoldsAsync(async () => await broker.QueryAsync(db => db.Machines.Single().State) == MachineState.Booting, "it is not ready any more");
        broker.Host.Silent.Clear();
        await ReadyAsync(broker, 1);
        var session = await kim.PostAsync("/api/sessions", new { pool = "lab" });
        broker.Host.Silent["10.0.0.7"] = 0;
        await Eventually.HoldsAsync(async () => (await kim.GetAsync($"/api/sessions/{session.Id}")).Body.GetProperty("reason") is { ValueKind: System.Text.Json.JsonValueKind.Object } reason && reason.GetProperty("code").GetString() == "machine-held-up", "the session is told, and goes on");
    }

    [Fact]
    public async Task Host_that_forgot_its_machines_is_given_the_screens_again_and_no_session_ends()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 0);
        var (admin, kim) = (await broker.AdministratorAsync("root"), await broker.PersonAsync("kim"));
        await MakeAsync(admin, Screen("left", "10.0.0.7"), Screen("right", "10.0.0.8"));
        await ReadyAsync(broker, 2);
        var session = await kim.PostAsync("/api/sessions", new { pool = "lab" });
        broker.Host.Forget();
        await ReadyAsync(broker, 1);
        Assert.Equal("connecting", (await kim.GetAsync($"/api/sessions/{session.Id}")).At("state"));
        await Eventually.HoldsAsync(async () => (await kim.PostAsync($"/api/sessions/{session.Id}/ticket")).Status == 200, "it can be opened");
    }

    [Fact]
    public async Task Screen_that_is_not_listed_any_more_goes_when_its_session_ends()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 0);
        var (admin, kim) = (await broker.AdministratorAsync("root"), await broker.PersonAsync("kim"));
        await MakeAsync(admin, Screen("left", "10.0.0.7"));
        await ReadyAsync(broker, 1);
        var session = await kim.PostAsync("/api/sessions", new { pool = "lab" });
        var machine = await broker.QueryAsync(db => db.Machines.Single().Id);
        Assert.Equal(200, (await admin.PatchAsync("/api/pools/lab", new { screens = new[] { Screen("right", "10.0.0.8") } }, "*")).Status);
        await ReadyAsync(broker, 1);
        Assert.Equal("connecting", (await kim.GetAsync($"/api/sessions/{session.Id}")).At("state"));
        await kim.DeleteAsync($"/api/sessions/{session.Id}");
        await Eventually.HoldsAsync(async () => await broker.QueryAsync(db => db.Machines.Single(row => row.Id == machine).State) == MachineState.Gone && !broker.Host.Has(machine), "the host lets go of it");

        // What the pool was before it was manual goes, too; and after it the screens.
        await admin.PatchAsync("/api/pools/lab", new { kind = "floating", image = "desktop", screens = Array.Empty<object>(), policy = new { warm = new { count = 1 } } }, "*");
        await Eventually.HoldsAsync(async () => await broker.QueryAsync(db => db.Machines.Count(row => row.Image == "desktop" && row.State == MachineState.Ready)) == 1, "a machine is made");
        await admin.PatchAsync("/api/pools/lab", new { kind = "manual", screens = new[] { Screen("left", "10.0.0.7") } }, "*");
        await Eventually.HoldsAsync(async () => await broker.QueryAsync(db => db.Machines.Where(row => row.State != MachineState.Gone).Select(row => row.State).ToList()) is [MachineState.Ready] && broker.Host.Screens.Values.Any(screen => screen.Address == "10.0.0.7"), "only the screen is left");
    }

    [Fact]
    public async Task All_that_is_wrong_with_screens_is_told_at_once()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 0);
        var admin = await broker.AdministratorAsync("root");
        var screens = new object[] { new { name = " ", address = "10.0.0.7" }, Screen("a", "not a host!"), Screen("a", "10.0.0.7"), new { name = "b", address = "host.example", port = 70000 }, new { name = "c", address = "10.0.0.7" } };
        var refused = await admin.PostAsync("/api/pools", new { id = "lab", settings = new { name = "Lab", kind = "manual", screens } });
        Assert.Equal(
            ["screens[0].name missing", "screens[1].address bad-address", "screens[2].address given-twice", "screens[2].name given-twice", "screens[3].port out-of-range", "screens[4].address given-twice"],
            refused.Faults.Order(StringComparer.Ordinal));
        var floating = await admin.PostAsync("/api/pools", new { id = "lab", settings = new { name = "Lab", image = "desktop", screens = new[] { Screen("a", "10.0.0.7") } } });
        Assert.Equal(["screens screens-not-manual"], floating.Faults);
        Assert.Equal(428, (await admin.PatchAsync("/api/pools/desktops", new { name = "x" })).Status);
    }

    [Fact]
    public async Task Password_reaches_the_host_and_is_neither_answered_nor_kept_in_clear()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 0);
        var admin = await broker.AdministratorAsync("root");
        var made = await MakeAsync(admin, new { name = "left", address = "10.0.0.7", password = "open sesame" });
        await Eventually.HoldsAsync(() => Task.FromResult(broker.Host.Screens.Values.Any(screen => screen.Secret == "open sesame")), "the host is told it");

        // An edit that does not speak of it keeps it, and so does a site file; an empty one takes it away.
        Assert.Equal(200, (await admin.PatchAsync("/api/pools/lab", new { description = "Room 7", screens = new[] { Screen("left", "10.0.0.9") } }, "*")).Status);
        await Eventually.HoldsAsync(() => Task.FromResult(broker.Host.Screens.Values.Single() is { Address: "10.0.0.9", Secret: "open sesame" }), "the screen is elsewhere now, with the same password");
        var site = await admin.GetAsync("/api/site");
        Assert.Equal(200, (await admin.PostAsync("/api/site", site.Body.ToString(), "*")).Status);
        var kept = await broker.QueryAsync(db => db.Screens.AsNoTracking().Single().Password);
        Assert.NotNull(kept);
        var whole = made.Body + site.Body.ToString() + (await admin.GetAsync("/api/pools/lab")).Body + kept + await admin.TextAsync("/api/audit/export");
        Assert.DoesNotContain("sesame", whole, StringComparison.Ordinal);
        Assert.Equal(200, (await admin.PatchAsync("/api/pools/lab", new { screens = new[] { new { name = "left", address = "10.0.0.9", password = "" } } }, "*")).Status);
        await Eventually.HoldsAsync(() => Task.FromResult(broker.Host.Screens.Values.Single().Secret is null), "it is taken away");
    }

    [Fact]
    public async Task Site_file_makes_a_manual_pool()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 0);
        var admin = await broker.AdministratorAsync("root");
        var done = await admin.PostAsync("/api/site", new { pools = new Dictionary<string, object> { ["lab"] = new { name = "Lab", kind = "manual", screens = new[] { Screen("left", "10.0.0.7") } } } }, "*");
        Assert.Equal(200, done.Status);
        await ReadyAsync(broker, 1);
        Assert.Equal("10.0.0.7", (await admin.GetAsync("/api/site")).Body.GetProperty("pools").GetProperty("lab").GetProperty("screens")[0].GetProperty("address").GetString());
    }

    private static object Screen(string name, string address) => new { name, address };

    private static async Task<Answer> MakeAsync(Client admin, params object[] screens)
    {
        var made = await admin.PostAsync("/api/pools", new { id = "lab", settings = new { name = "Lab", kind = "manual", screens, access = Users } });
        Assert.Equal(201, made.Status);
        return made;
    }

    private static Task ReadyAsync(RunningBroker broker, int count) =>
        Eventually.HoldsAsync(async () => await broker.QueryAsync(db => db.Machines.Count(machine => machine.Image == "" && machine.State == MachineState.Ready)) == count, $"{count} screens are ready");
}
