using Vdi.Broker.Pools;
using Vdi.Broker.Users;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;
using Vdi.TestSupport.Brokers;

namespace Vdi.Broker.Tests.Pools;

/// <summary>How an administrator makes, changes and deletes pools.</summary>
public sealed class PoolEditTests
{
    [Fact]
    public async Task Pool_is_made_edited_deleted_brought_back_and_deleted_for_good()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 0);
        var admin = await broker.AdministratorAsync("root");
        var made = await admin.PostAsync("/api/pools", new { id = "class-7", settings = new { name = "7반 데스크톱", image = "desktop", tags = new[] { "school" }, policy = new { maximum = 30, warm = new { count = 4 } } } });
        Assert.Equal((201, "7반 데스크톱", "30"), (made.Status, made.At("settings", "name"), made.At("settings", "policy", "maximum")));
        var changed = await admin.PatchAsync("/api/pools/class-7", new { description = "Room 7", policy = new { idleMinutes = 20 } }, made.Tag);
        Assert.Equal((200, "Room 7", "20", "30"), (changed.Status, changed.At("settings", "description"), changed.At("settings", "policy", "idleMinutes"), changed.At("settings", "policy", "maximum")));
        Assert.NotEqual(made.Tag, changed.Tag);
        Assert.Equal("not-deleted", (await admin.DeleteAsync("/api/pools/class-7?forever=true")).Text("code"));
        Assert.Equal(204, (await admin.DeleteAsync("/api/pools/class-7")).Status);
        Assert.Equal("1", (await admin.GetAsync("/api/pools")).At("total"));
        Assert.Equal("1", (await admin.GetAsync("/api/pools?deleted=true")).At("total"));
        Assert.Equal(200, (await admin.PostAsync("/api/pools/class-7/restore")).Status);
        Assert.Equal("2", (await admin.GetAsync("/api/pools")).At("total"));
        await admin.DeleteAsync("/api/pools/class-7");
        Assert.Equal(204, (await admin.DeleteAsync("/api/pools/class-7?forever=true")).Status);
        Assert.Equal(404, (await admin.GetAsync("/api/pools/class-7")).Status);
    }

    [Fact]
    public async Task All_that_is_wrong_is_told_at_once_and_nothing_is_changed()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 0);
        var admin = await broker.AdministratorAsync("root");
        var before = await admin.GetAsync("/api/pools/desktops");
        var refused = await admin.PatchAsync(
            "/api/pools/desktops",
            new
            {
                name = " ",
                image = "No Such Name",
                size = new { cpus = 0 },
                access = new[] { new { kind = "group", name = "nobody" }, new { kind = "role", name = "king" } },
                network = new { mode = "open" },
                policy = new { minimum = 9, maximum = 2, idleMinutes = 1, timeZone = "Mars/Olympus", warm = new { count = -1 }, open = new[] { new { days = Array.Empty<string>(), from = "08:00", to = "17:00" } } },
            },
            before.Tag);
        Assert.Equal((400, "bad-edit"), (refused.Status, refused.Text("code")));
        Assert.Equal(
            [
                "access[0].name unknown-principal", "access[1].name unknown-principal", "image bad-name", "name missing", "network.mode unknown-value", "policy.idleWarnSeconds longer-than-idle",
                "policy.minimum minimum-over-maximum", "policy.open[0].days missing", "policy.timeZone unknown-time-zone", "policy.warm.count out-of-range", "size.cpus out-of-range",
            ],
            refused.Faults.Order(StringComparer.Ordinal));
        Assert.Equal(before.Body.ToString(), (await admin.GetAsync("/api/pools/desktops")).Body.ToString());
    }

    [Fact]
    public async Task Stale_edit_is_refused_with_what_is_there_now()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 0);
        var (one, two) = (await broker.AdministratorAsync("one"), await broker.AdministratorAsync("two"));
        var seen = (await one.GetAsync("/api/pools/desktops")).Tag;
        Assert.Equal(428, (await one.PatchAsync("/api/pools/desktops", new { name = "A" })).Status);
        Assert.Equal(200, (await two.PatchAsync("/api/pools/desktops", new { name = "B" }, seen)).Status);
        var stale = await one.PatchAsync("/api/pools/desktops", new { name = "A" }, seen);
        Assert.Equal((412, "changed-meanwhile", "B"), (stale.Status, stale.Text("code"), stale.At("current", "settings", "name")));
    }

    [Fact]
    public async Task Of_many_edits_of_one_version_one_is_taken()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 0);
        var admin = await broker.AdministratorAsync("root");
        var seen = (await admin.GetAsync("/api/pools/desktops")).Tag;
        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => admin.PatchAsync("/api/pools/desktops", new { name = $"Name {i}" }, seen)));
        Assert.Single(answers, answer => answer.Status == 200);
        Assert.All(answers.Where(answer => answer.Status != 200), answer => Assert.Equal(412, answer.Status));
    }

    [Fact]
    public async Task Several_pools_are_changed_together_or_none()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 0);
        var admin = await broker.AdministratorAsync("root");
        await admin.PostAsync("/api/pools", new { id = "other", settings = new { name = "Other", image = "desktop" } });
        var refused = await admin.PostAsync("/api/pools/bulk", new { ids = new[] { "desktops", "other", "third" }, patch = new { policy = new { maximum = 50 } } });
        Assert.Equal(["ids[2] unknown-pool"], refused.Faults);
        Assert.NotEqual("50", (await admin.GetAsync("/api/pools/other")).At("settings", "policy", "maximum"));
        var done = await admin.PostAsync("/api/pools/bulk", new { ids = new[] { "desktops", "other" }, patch = new { policy = new { maximum = 50 } } });
        Assert.Equal((200, 2), (done.Status, done.Body.GetArrayLength()));
        Assert.Equal("50", (await admin.GetAsync("/api/pools/other")).At("settings", "policy", "maximum"));
        Assert.Equal("Other", (await admin.GetAsync("/api/pools/other")).At("settings", "name"));
    }

    [Fact]
    public async Task Request_that_cannot_be_read_is_told_where()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 0);
        var admin = await broker.AdministratorAsync("root");
        var refused = await admin.PostAsync("/api/pools", "{\n \"id\": \"x\",\n \"settings\": { \"name\": \"X\", \"kind\": \"square\" }\n}");
        Assert.Equal((400, "bad-request", "settings.kind"), (refused.Status, refused.Text("code"), refused.Text("field")));
        Assert.Contains("line 3", refused.Text("detail"), StringComparison.Ordinal);
        Assert.Equal("bad-request", (await admin.PostAsync("/api/pools", "{ \"id\": 7")).Text("code"));
        Assert.Equal("bad-request", (await admin.PostAsync("/api/pools", new { id = "x", colour = "red" })).Text("code"));
    }

    [Theory]
    [InlineData("{\"policy\":{\"warm\":null}}")]
    [InlineData("{\"policy\":{\"rollOut\":null}}")]
    [InlineData("{\"policy\":{\"open\":[{\"days\":null,\"from\":\"08:00\",\"to\":\"09:00\"}]}}")]
    [InlineData("{\"access\":[{\"kind\":\"user\"}]}")]
    [InlineData("{\"access\":[null]}")]
    [InlineData("{\"tags\":[null]}")]
    [InlineData("{\"policy\":7}")]
    public async Task Edit_with_nothing_where_something_belongs_is_refused(string patch)
    {
        await using var broker = await RunningBroker.StartAsync(warm: 0);
        var admin = await broker.AdministratorAsync("root");
        var before = await admin.GetAsync("/api/pools/desktops");
        var refused = await admin.PatchAsync("/api/pools/desktops", patch, before.Tag);
        Assert.Equal(400, refused.Status);
        Assert.Equal(before.At("settings"), (await admin.GetAsync("/api/pools/desktops")).At("settings"));
    }

    [Theory]
    [InlineData(Roles.User, 403, 403)]
    [InlineData(Roles.Auditor, 200, 403)]
    [InlineData(Roles.Helper, 200, 403)]
    [InlineData(Roles.Operator, 200, 403)]
    [InlineData(Roles.Administrator, 200, 200)]
    public async Task Roles_decide_who_reads_and_who_edits(string role, int reads, int edits)
    {
        await using var broker = await RunningBroker.StartAsync(warm: 0);
        var admin = await broker.AdministratorAsync("root");
        await broker.AddUserAsync("somebody", roles: role);
        using var client = new Client(broker.Address);
        await client.SignInAsync("somebody", RunningBroker.Password);
        var tag = (await admin.GetAsync("/api/pools/desktops")).Tag;
        Assert.Equal(reads, (await client.GetAsync("/api/pools")).Status);
        Assert.Equal(reads, (await client.GetAsync("/api/users")).Status);
        Assert.Equal(edits, (await client.PatchAsync("/api/pools/desktops", new { name = "New" }, tag)).Status);
        Assert.Equal(role is Roles.Operator or Roles.Administrator ? 200 : 403, (await client.PostAsync("/api/pools/desktops/close", new { text = "Maintenance" })).Status);
    }

    [Fact]
    public async Task Closed_pool_and_closed_hours_say_why()
    {
        await using var broker = await RunningBroker.StartAsync();
        var (admin, kim) = (await broker.AdministratorAsync("root"), await broker.PersonAsync("kim"));
        await admin.PostAsync("/api/pools/desktops/close", new { text = "A new image comes at 18:00" });
        var refused = await kim.PostAsync("/api/sessions", new { pool = "desktops" });
        Assert.Equal((503, "pool-closed"), (refused.Status, refused.Text("reason")));
        Assert.Contains("A new image comes at 18:00", refused.Text("detail"), StringComparison.Ordinal);
        await admin.PostAsync("/api/pools/desktops/open");
        var today = DateTimeOffset.UnixEpoch.AddDays((int)(TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalDays + 3).DayOfWeek;
        await broker.PolicyAsync(policy => policy with { Open = [new([today], new(8, 0), new(17, 0))] });
        var hours = await kim.PostAsync("/api/sessions", new { pool = "desktops" });
        Assert.Equal("pool-hours", hours.Text("reason"));
        Assert.Contains("08:00 to 17:00", hours.Text("detail"), StringComparison.Ordinal);
        await broker.PolicyAsync(policy => policy with { Open = [] });
        Assert.Equal(200, (await kim.PostAsync("/api/sessions", new { pool = "desktops" })).Status);
    }

    [Fact]
    public async Task Deleted_pool_keeps_no_machine_that_nobody_had()
    {
        await using var broker = await RunningBroker.StartAsync();
        using var root = await broker.AdministratorAsync("root");
        using var kim = await broker.PersonAsync("kim");
        var admit = await broker.AdmittedAsync(kim);
        await Eventually.HoldsAsync(async () => await broker.QueryAsync(db => db.Machines.Count(machine => machine.State == MachineState.Ready)) == 2, "two are ready");
        Assert.Equal(204, (await root.DeleteAsync($"/api/pools/{DefaultPool.Id}")).Status);
        await Eventually.HoldsAsync(async () => await broker.QueryAsync(db => db.Machines.Count(machine => machine.State != MachineState.Gone)) == 1, "they are gone");
        Assert.True(broker.Host.Has(admit.Machine));
    }
}
