using System.Text.Json;
using Vdi.Broker.Users;
using Vdi.Protocol.Fleet;
using Vdi.Protocol.Wire;
using Vdi.TestSupport;
using Vdi.TestSupport.Brokers;

namespace Vdi.Broker.Tests.Users;

/// <summary>People, groups and quotas, and what comes of them for launches.</summary>
public sealed class PeopleTests
{
    [Fact]
    public async Task Person_is_made_signs_in_with_the_given_password_and_must_change_it()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 0);
        var admin = await broker.AdministratorAsync("root");
        var made = await admin.PostAsync("/api/users", new { userName = "김유정", settings = new { displayName = "김유정", email = "yj@example.com", roles = new[] { "user" }, tags = new[] { "7반" } } });
        Assert.Equal(201, made.Status);
        using var kim = new Client(broker.Address);
        await kim.SignInAsync("김유정", made.Text("password"));
        Assert.Equal("password-change-required", (await kim.GetAsync("/api/desktops")).Text("code"));
        Assert.Equal("1", (await admin.GetAsync("/api/users?search=yj@example")).At("total"));
    }

    [Fact]
    public async Task All_that_is_wrong_with_a_person_is_told_at_once()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 0);
        var admin = await broker.AdministratorAsync("root");
        var refused = await admin.PostAsync("/api/users", new { userName = "", password = "short", settings = new { roles = new[] { "king" }, groups = new[] { "nobody" } } });
        Assert.Equal(["groups[0] unknown-group", "password PasswordTooShort", "roles[0] unknown-value", "userName missing"], refused.Faults.Order(StringComparer.Ordinal));
        Assert.Equal(["userName name-taken"], (await admin.PostAsync("/api/users", new { userName = "ROOT" })).Faults);
    }

    [Fact]
    public async Task Group_entitles_its_members_as_long_as_it_is_there()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 1);
        var admin = await broker.AdministratorAsync("root");
        var kim = await broker.PersonAsync("kim");
        var group = await admin.PostAsync("/api/groups", new { name = "7반", members = new[] { "kim" } });
        Assert.Equal(201, group.Status);
        Assert.Equal(["members[0] unknown-user", "name name-taken"], (await admin.PostAsync("/api/groups", new { name = "7반", members = new[] { "lee" } })).Faults.Order(StringComparer.Ordinal));
        var tag = (await admin.GetAsync("/api/pools/desktops")).Tag;
        await admin.PatchAsync("/api/pools/desktops", new { access = new[] { new { kind = "group", name = "7반" } } }, tag);
        Assert.Equal(1, (await kim.GetAsync("/api/desktops")).Body.GetArrayLength());
        var lee = await broker.PersonAsync("lee");
        Assert.Equal(0, (await lee.GetAsync("/api/desktops")).Body.GetArrayLength());
        Assert.Equal("not-entitled", (await lee.PostAsync("/api/sessions", new { pool = "desktops" })).Text("code"));
        await admin.DeleteAsync($"/api/groups/{group.Id}");
        Assert.Equal(0, (await kim.GetAsync("/api/desktops")).Body.GetArrayLength());
        await admin.PostAsync($"/api/groups/{group.Id}/restore");
        Assert.Equal(1, (await kim.GetAsync("/api/desktops")).Body.GetArrayLength());
    }

    [Fact]
    public async Task Quota_of_the_person_goes_before_that_of_the_group_and_the_role()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 3, capacity: 9);
        var (admin, kim) = (await broker.AdministratorAsync("root"), await broker.PersonAsync("kim"));
        await admin.PostAsync("/api/pools", new { id = "second", settings = new { name = "Second", image = "desktop", access = new[] { new { kind = "role", name = "user" } } } });
        Assert.Equal(200, (await admin.PutAsync("/api/quotas", new { kind = "role", name = "user", sessions = 1 })).Status);
        Assert.Equal(200, (await kim.PostAsync("/api/sessions", new { pool = "desktops" })).Status);
        var refused = await kim.PostAsync("/api/sessions", new { pool = "second" });
        Assert.Equal("quota-sessions", refused.Text("reason"));
        Assert.Contains("1 is the most", refused.Text("detail"), StringComparison.Ordinal);
        await admin.PutAsync("/api/quotas", new { kind = "user", name = "kim", sessions = 2 });
        Assert.Equal(200, (await kim.PostAsync("/api/sessions", new { pool = "second" })).Status);
        await admin.PutAsync("/api/quotas", new { kind = "user", name = "kim" });
        Assert.Equal(1, (await admin.GetAsync("/api/quotas")).Body.GetArrayLength());
    }

    [Fact]
    public async Task Quota_of_memory_counts_what_pools_and_images_say()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 3, capacity: 9, arrange: host => host.Versions = [new HostImage("desktop", "1", DateTimeOffset.UnixEpoch, 2048)]);
        var (admin, kim) = (await broker.AdministratorAsync("root"), await broker.PersonAsync("kim"));
        object Pool(int? memory) => new { name = "Second", image = "desktop", size = new { memoryMiB = memory }, access = new[] { new { kind = "role", name = "user" } } };
        var second = await admin.PostAsync("/api/pools", new { id = "second", settings = Pool(null) });
        Assert.Equal(200, (await admin.PutAsync("/api/quotas", new { kind = "role", name = "user", memoryMiB = 2047 })).Status);
        await Eventually.HoldsAsync(async () => (await kim.GetAsync("/api/desktops")).Body.EnumerateArray().All(desktop => desktop.GetProperty("reason") is { ValueKind: JsonValueKind.Object } reason && reason.GetProperty("code").GetString() == "quota-memory"), "both want too much");
        var alone = await kim.PostAsync("/api/sessions", new { pool = "desktops" });
        Assert.Equal((503, "quota-memory", "'Desktops' needs 2048 MiB of memory, and 2047 MiB is the most that you may have. Ask an administrator for more."), (alone.Status, alone.At("reason"), alone.At("detail")));
        await admin.PutAsync("/api/quotas", new { kind = "role", name = "user", memoryMiB = 3000 });
        var first = await kim.PostAsync("/api/sessions", new { pool = "desktops" });
        Assert.Equal(200, first.Status);
        var together = await kim.PostAsync("/api/sessions", new { pool = "second" });
        Assert.Equal("quota-memory", together.Text("reason"));
        Assert.StartsWith("Your desktops have 2048 MiB of memory, 'Second' needs 2048 MiB, and 3000 MiB together", together.Text("detail"), StringComparison.Ordinal);

        // The open one is come back to, whatever the quota is now.
        await admin.PutAsync("/api/quotas", new { kind = "role", name = "user", memoryMiB = 1 });
        Assert.Equal(first.Id, (await kim.PostAsync("/api/sessions", new { pool = "desktops" })).Id);
        await admin.PutAsync("/api/quotas", new { kind = "role", name = "user", memoryMiB = 3000 });
        Assert.Equal(200, (await admin.PutAsync("/api/pools/second", Pool(952), second.Tag)).Status);
        Assert.Equal(200, (await kim.PostAsync("/api/sessions", new { pool = "second" })).Status);
    }

    [Fact]
    public async Task Who_is_disabled_or_deleted_is_out_within_seconds_and_cannot_come_back()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 1);
        var (admin, kim) = (await broker.AdministratorAsync("root"), await broker.PersonAsync("kim"));
        var session = await kim.PostAsync("/api/sessions", new { pool = "desktops" });
        var person = (await admin.GetAsync("/api/users?search=kim")).Body.GetProperty("items")[0];
        var id = person.GetProperty("id").GetGuid();
        var tag = (await admin.GetAsync($"/api/users/{id}")).Tag;
        Assert.Equal(200, (await admin.PatchAsync($"/api/users/{id}", new { disabled = true }, tag)).Status);
        await Eventually.HoldsAsync(() => Task.FromResult(broker.Host.UserRevokes.Any(revoke => revoke is { User: "kim", Reason: ByeReason.SignedOut })), "the stream is cut");
        await Eventually.HoldsAsync(async () => (await kim.GetAsync("/api/desktops")).Status == 401, "the cookie is worth nothing");
        Assert.Equal(401, (await kim.PostAsync("/api/sign-in", new { userName = "kim", password = RunningBroker.Password })).Status);
        await admin.DeleteAsync($"/api/users/{id}");
        await Eventually.HoldsAsync(async () => (await admin.GetAsync($"/api/all-sessions/{session.Id}")).At("code") == "no-longer-allowed", "the session ends");
    }

    [Fact]
    public async Task Last_administrator_stays()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 0);
        var admin = await broker.AdministratorAsync("root");
        var first = (await admin.GetAsync("/api/users?search=admin")).Body.GetProperty("items")[0].GetProperty("id").GetGuid();
        Assert.Equal(204, (await admin.DeleteAsync($"/api/users/{first}")).Status);
        var own = (await admin.GetAsync("/api/users?search=root")).Body.GetProperty("items")[0].GetProperty("id").GetGuid();
        Assert.Equal("last-administrator", (await admin.DeleteAsync($"/api/users/{own}")).Text("code"));
        var tag = (await admin.GetAsync($"/api/users/{own}")).Tag;
        Assert.Equal("last-administrator", (await admin.PatchAsync($"/api/users/{own}", new { roles = new[] { "user" } }, tag)).Text("code"));
        Assert.Equal("last-administrator", (await admin.PatchAsync($"/api/users/{own}", new { disabled = true }, tag)).Text("code"));
    }

    [Fact]
    public async Task Token_may_what_its_scopes_say_until_it_is_taken_back()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 1);
        var admin = await broker.AdministratorAsync("root");
        Assert.Equal(["days out-of-range", "name missing", "scopes[0] unknown-value"], (await admin.PostAsync("/api/tokens", new { days = 1000, scopes = new[] { "all" } })).Faults.Order(StringComparer.Ordinal));
        var reading = await admin.PostAsync("/api/tokens", new { name = "monitor", scopes = new[] { "read" } });
        using var program = new Client(broker.Address) { Token = reading.Text("secret") };
        Assert.Equal(200, (await program.GetAsync("/api/pools")).Status);
        Assert.Equal("token-scope", (await program.PostAsync("/api/pools/desktops/close", new { })).Text("code"));
        Assert.Equal("token-scope", (await program.PostAsync("/api/sessions", new { pool = "desktops" })).Text("code"));
        Assert.Equal(403, (await program.PostAsync("/api/tokens", new { name = "more", scopes = new[] { "write" } })).Status);
        var writing = await admin.PostAsync("/api/tokens", new { name = "script", scopes = new[] { "write" } });
        using var script = new Client(broker.Address) { Token = writing.Text("secret") };
        Assert.Equal(200, (await script.PostAsync("/api/pools/desktops/close", new { })).Status);
        Assert.Equal(2, (await admin.GetAsync("/api/tokens")).Body.GetArrayLength());
        Assert.DoesNotContain(reading.Text("secret")[4..], (await admin.GetAsync("/api/tokens")).Body.ToString(), StringComparison.Ordinal);
        await admin.DeleteAsync($"/api/tokens/{reading.At("token", "id")}");
        Assert.Equal(401, (await program.GetAsync("/api/pools")).Status);
        program.Token = "vdi_nonsense";
        Assert.Equal(401, (await program.GetAsync("/api/pools")).Status);
    }

    [Fact]
    public async Task Helper_sees_sessions_tells_people_things_and_ends_their_desktops()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 1);
        var kim = await broker.PersonAsync("kim");
        await broker.AddUserAsync("helper", roles: Roles.Helper);
        using var helper = new Client(broker.Address);
        await helper.SignInAsync("helper", RunningBroker.Password);
        var session = await kim.PostAsync("/api/sessions", new { pool = "desktops" });
        await Eventually.HoldsAsync(async () => (await kim.GetAsync($"/api/sessions/{session.Id}")).Text("state") == "connecting", "the session has a machine");
        var seen = (await helper.GetAsync("/api/all-sessions?user=kim")).Body.GetProperty("items")[0];
        Assert.Equal(("kim", session.Id), (seen.GetProperty("user").GetString(), seen.GetProperty("id").GetGuid()));
        Assert.Contains("authorise", seen.GetProperty("steps").ToString(), StringComparison.Ordinal);

        Assert.Equal(201, (await helper.PostAsync("/api/notices", new { text = "오늘 18시에 점검이 있습니다", pool = "desktops" })).Status);
        await Eventually.HoldsAsync(() => Task.FromResult(broker.Host.Tells.Any(tell => tell.Session == session.Id && tell.Text.StartsWith("오늘", StringComparison.Ordinal))), "the desktop is told");
        Assert.Equal(1, (await kim.GetAsync("/api/notices")).Body.GetArrayLength());
        Assert.Equal(["pool unknown-pool", "text missing", "user unknown-user"], (await helper.PostAsync("/api/notices", new { text = " ", user = "nobody", pool = "none" })).Faults.Order(StringComparer.Ordinal));

        Assert.Equal(201, (await kim.PostAsync("/api/reports", new { text = "The screen stays black", session = session.Id })).Status);
        var report = (await helper.GetAsync("/api/reports")).Body.GetProperty("items")[0];
        Assert.Equal(("kim", "The screen stays black"), (report.GetProperty("user").GetString(), report.GetProperty("text").GetString()));
        Assert.Contains("authorise", report.GetProperty("trace").ToString(), StringComparison.Ordinal);
        await helper.PostAsync($"/api/reports/{report.GetProperty("id").GetGuid()}/close");
        Assert.Equal("0", (await helper.GetAsync("/api/reports")).At("total"));

        Assert.Equal(403, (await kim.PostAsync($"/api/all-sessions/{session.Id}/end", new { })).Status);
        Assert.Equal(204, (await helper.PostAsync($"/api/all-sessions/{session.Id}/end", new { text = "Please open it again" })).Status);
        var over = (await kim.GetAsync($"/api/sessions/{session.Id}")).Body.GetProperty("reason");
        Assert.Equal("ended-by-helper", over.GetProperty("code").GetString());
        Assert.Contains("Please open it again", over.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }
}
