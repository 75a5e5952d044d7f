using Vdi.Broker.Homes;
using Vdi.Broker.Pools;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;
using Vdi.TestSupport.Brokers;

namespace Vdi.Broker.Tests.Homes;

/// <summary>Whose files are in which machine.</summary>
public sealed class HomeTests
{
    private static readonly object Desktops = new { pool = DefaultPool.Id };

    [Fact]
    public async Task A_machine_of_a_pool_that_brings_files_gets_its_persons()
    {
        await using var broker = await StartAsync();
        using var kim = await broker.PersonAsync("kim");
        Assert.Equal((404, "no-home"), Code(await kim.GetAsync("/api/home")));
        var admit = await broker.AdmittedAsync(kim);
        Assert.Equal(new MachineHome(await broker.IdOfAsync("kim"), HomeMode.Whole, 5), admit.Home);
        await HomeAsync(kim, admit.Session, "here");
        var home = await kim.GetAsync("/api/home");
        Assert.Equal((5, admit.Session, DefaultPool.Id), (home.Body.GetProperty("giB").GetInt32(), home.Body.GetProperty("usedBy").GetProperty("session").GetGuid(), home.Body.GetProperty("usedBy").GetProperty("pool").GetString()));

        // Another person's is another one.
        using var lee = await broker.PersonAsync("lee");
        Assert.NotEqual(admit.Home, (await broker.AdmittedAsync(lee)).Home);
    }

    [Fact]
    public async Task A_second_session_is_offered_the_first_by_name_or_none_of_the_files()
    {
        await using var broker = await StartAsync(sessions: 2);
        using var kim = await broker.PersonAsync("kim");
        var first = await broker.AdmittedAsync(kim);
        var refused = await kim.PostAsync("/api/sessions", new { pool = DefaultPool.Id, another = true });
        Assert.Equal((409, "home-in-use"), Code(refused));
        Assert.Equal((first.Session, "Desktops"), (refused.Body.GetProperty("session").GetGuid(), refused.Text("poolName")));
        Assert.Contains("'Desktops'", refused.Text("detail"), StringComparison.Ordinal);

        // The first one itself is opened as ever.
        Assert.Equal(first.Session, (await kim.PostAsync("/api/sessions", Desktops)).Id);
        var second = await kim.PostAsync("/api/sessions", new { pool = DefaultPool.Id, another = true, withoutHome = true });
        Assert.Equal((200, "without"), (second.Status, second.Text("home")));
        Assert.Equal(200, (await kim.PostAsync($"/api/sessions/{second.Id}/ticket")).Status);
        Assert.Null(broker.Host.Admits.Last(admit => admit.Session == second.Id).Home);
    }

    [Fact]
    public async Task Who_comes_back_at_once_waits_until_the_files_are_put_away()
    {
        await using var broker = await StartAsync();
        using var kim = await broker.PersonAsync("kim");
        using var lee = await broker.PersonAsync("lee");
        var first = await broker.AdmittedAsync(kim);
        broker.Host.Undying = "its guest puts its files away";
        Assert.Equal(204, (await kim.DeleteAsync($"/api/sessions/{first.Session}")).Status);
        var second = await kim.PostAsync("/api/sessions", Desktops);
        Assert.Equal(("queued", "home-put-away"), (second.Text("state"), second.Body.GetProperty("reason").GetProperty("code").GetString()));
        await broker.PassesAsync(2);
        Assert.Equal("queued", (await kim.GetAsync($"/api/sessions/{second.Id}")).Text("state"));
        Assert.Equal((409, "home-put-away"), Code(await kim.PostAsync("/api/home/restore", new { snapshot = Guid.NewGuid() })));

        // Nobody else waits for that.
        Assert.Equal("connecting", (await lee.PostAsync("/api/sessions", Desktops)).Text("state"));
        broker.Host.Undying = null;
        await Eventually.HoldsAsync(async () => (await kim.GetAsync($"/api/sessions/{second.Id}")).Text("state") == "connecting", "it has a machine");
        Assert.Equal(200, (await kim.PostAsync($"/api/sessions/{second.Id}/ticket")).Status);
        await HomeAsync(kim, second.Id, "here");
        Assert.Single(broker.Host.Homes.Look(await broker.IdOfAsync("kim"))!.Snapshots);
    }

    [Fact]
    public async Task What_could_not_be_brought_is_said_and_noted()
    {
        await using var broker = await StartAsync();
        broker.Host.Homes.Trouble = "its file system is damaged";
        using var kim = await broker.PersonAsync("kim");
        var admit = await broker.AdmittedAsync(kim);
        await HomeAsync(kim, admit.Session, "missing");
        var reason = (await kim.GetAsync($"/api/sessions/{admit.Session}")).Body.GetProperty("reason");
        Assert.Equal("home-missing", reason.GetProperty("code").GetString());
        Assert.Contains("damaged", reason.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Contains("damaged", (await broker.NotedOnceAsync("session.home")).GetProperty("after").ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task People_and_operators_go_back_to_what_was()
    {
        await using var broker = await StartAsync();
        using var kim = await broker.PersonAsync("kim");
        using var root = await broker.AdministratorAsync("root");
        var id = await broker.IdOfAsync("kim");
        var admit = await broker.AdmittedAsync(kim);
        await HomeAsync(kim, admit.Session, "here");
        Assert.Equal((409, "home-in-use"), Code(await root.DeleteAsync($"/api/homes/{id}")));
        await kim.DeleteAsync($"/api/sessions/{admit.Session}");
        await Eventually.HoldsAsync(async () => (await kim.GetAsync("/api/home")).Body.GetProperty("usedBy").ValueKind == System.Text.Json.JsonValueKind.Null, "it is put away");
        var snapshot = (await kim.GetAsync("/api/home")).Body.GetProperty("snapshots")[0].GetProperty("id").GetGuid();
        var restored = await kim.PostOnceAsync("/api/home/restore", new { snapshot }, "once");
        Assert.Equal((200, 2), (restored.Status, restored.Body.GetProperty("snapshots").GetArrayLength()));
        await broker.NotedOnceAsync("home.restore");
        Assert.Equal((503, "home-refused"), Code(await kim.PostAsync("/api/home/restore", new { snapshot = Guid.NewGuid() })));
        Assert.Equal(200, (await root.PostAsync($"/api/homes/{id}/restore", new { snapshot })).Status);

        // One's own only, for who is nothing else.
        Assert.Equal(403, (await kim.GetAsync($"/api/homes/{id}")).Status);
        Assert.Equal(403, (await kim.PostAsync($"/api/homes/{id}/restore", new { snapshot })).Status);
        var listed = (await root.GetAsync("/api/homes")).Body.GetProperty("items")[0];
        Assert.Equal((id, "kim", 5), (listed.GetProperty("user").GetGuid(), listed.GetProperty("userName").GetString(), listed.GetProperty("giB").GetInt32()));
        Assert.Equal(400, (await root.PutAsync($"/api/homes/{id}/size", new { giB = 4 })).Status);
        Assert.Equal(200, (await root.PutAsync($"/api/homes/{id}/size", new { giB = 40 })).Status);
        Assert.Equal(40, (await broker.AdmittedAsync(kim)).Home!.GiB);
    }

    [Fact]
    public async Task A_deleted_home_is_gone_on_the_host_too_and_begins_anew()
    {
        await using var broker = await StartAsync();
        using var kim = await broker.PersonAsync("kim");
        using var root = await broker.AdministratorAsync("root");
        var id = await broker.IdOfAsync("kim");
        var admit = await broker.AdmittedAsync(kim);
        await HomeAsync(kim, admit.Session, "here");
        await kim.DeleteAsync($"/api/sessions/{admit.Session}");
        await Eventually.HoldsAsync(async () => (await root.DeleteAsync($"/api/homes/{id}")).Status == 204, "it is deleted");
        Assert.Null(broker.Host.Homes.Look(id));
        Assert.Equal((404, "no-home"), Code(await root.GetAsync($"/api/homes/{id}")));
        await HomeAsync(kim, (await broker.AdmittedAsync(kim)).Session, "here");
    }

    [Fact]
    public async Task A_database_from_before_finds_the_files_again()
    {
        await using var broker = await StartAsync();
        using var kim = await broker.PersonAsync("kim");
        var admit = await broker.AdmittedAsync(kim);
        await HomeAsync(kim, admit.Session, "here");
        await broker.ChangeAsync(db => db.Homes.RemoveRange(db.Homes));
        await kim.DeleteAsync($"/api/sessions/{admit.Session}");
        await Eventually.HoldsAsync(() => Task.FromResult(!broker.Host.Has(admit.Machine)), "the machine is gone");
        Assert.Equal(admit.Home, (await broker.AdmittedAsync(kim)).Home);
    }

    [Fact]
    public async Task Only_floating_pools_bring_files()
    {
        await using var broker = await StartAsync();
        using var root = await broker.AdministratorAsync("root");
        foreach (var (body, code) in new (object, string)[]
        {
            (new { kind = "dedicated", policy = new { home = new { mode = "folders", giB = 20 } } }, "home-needs-floating"),
            (new { policy = new { home = new { mode = "folders", giB = 0 } } }, "out-of-range"),
        })
        {
            var pool = await root.GetAsync($"/api/pools/{DefaultPool.Id}");
            var refused = await root.PatchAsync($"/api/pools/{DefaultPool.Id}", body, pool.Tag);
            Assert.Equal(400, refused.Status);
            Assert.Contains(refused.Body.GetProperty("errors").EnumerateArray(), fault => fault.GetProperty("code").GetString() == code);
        }
    }

    private static async Task<RunningBroker> StartAsync(int sessions = 1)
    {
        var broker = await RunningBroker.StartAsync();
        await broker.PolicyAsync(policy => policy with { Home = new HomePolicy { Mode = HomeMode.Whole, GiB = 5 }, SessionsPerUser = sessions });
        return broker;
    }

    private static Task HomeAsync(Client person, Guid session, string how) => Eventually.HoldsAsync(async () => (await person.GetAsync($"/api/sessions/{session}")).Text("home") == how, $"the files are {how}");

    private static (int, string) Code(Answer answer) => (answer.Status, answer.Text("code"));
}
