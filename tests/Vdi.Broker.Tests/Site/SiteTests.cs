using Vdi.Broker.Users;
using Vdi.TestSupport;
using Vdi.TestSupport.Brokers;

namespace Vdi.Broker.Tests.Site;

/// <summary>A whole site applied in one transaction, over either database.</summary>
public sealed class SiteTests
{
    private static readonly object Document = new
    {
        groups = new Dictionary<string, object> { ["7반"] = new { members = new[] { "hong" } } },
        users = new Dictionary<string, object> { ["hong"] = new { displayName = "Hong" } },
        pools = new Dictionary<string, object> { ["class-7"] = new { name = "7반", image = "desktop", policy = new { warm = new { count = 0 } }, access = new[] { new { kind = "group", name = "7반" } } } },
        quotas = new[] { new { kind = "group", name = "7반", sessions = 2 } },
    };

    [Fact]
    public async Task Of_many_who_apply_one_plan_one_does()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 0);
        await OneAppliesAsync(broker);
    }

    [Fact]
    public async Task Of_many_who_apply_one_plan_one_does_over_PostgreSQL()
    {
        await using var database = await PostgreSqlServer.StartAsync();
        await using var broker = await RunningBroker.StartAsync(warm: 0, postgreSql: database.ConnectionString);
        await OneAppliesAsync(broker);
    }

    [Fact]
    public async Task Person_who_loses_a_role_or_is_disabled_is_out_and_one_who_comes_back_from_the_recycle_bin_is_as_the_document_says()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 0);
        var (admin, kim) = (await broker.AdministratorAsync("root"), await broker.AdministratorAsync("kim"));
        await broker.PersonAsync("lee");
        await ApplyAsync(admin, new { users = new { kim = new { roles = new[] { "user" } }, lee = new { disabled = true } } });
        await Eventually.HoldsAsync(async () => (await kim.GetAsync("/api/pools")).Status == 401, "the cookie is worth nothing");
        await Eventually.HoldsAsync(() => Task.FromResult(broker.Host.UserRevokes.Any(revoke => revoke.User == "lee")), "the stream is cut");
        var id = (await admin.GetAsync("/api/users?search=lee")).Body.GetProperty("items")[0].GetProperty("id").GetGuid();
        await admin.DeleteAsync($"/api/users/{id}");
        var done = await ApplyAsync(admin, new { users = new { lee = new { displayName = "Lee" } } });
        Assert.Equal("restore", done.Body.GetProperty("changes")[0].GetProperty("action").GetString());
        using var lee = new Client(broker.Address);
        await lee.SignInAsync("lee", RunningBroker.Password);
    }

    [Theory]
    [InlineData(Roles.Operator)]
    [InlineData(Roles.Auditor)]
    [InlineData(Roles.User)]
    public async Task Site_is_for_administrators(string role)
    {
        await using var broker = await RunningBroker.StartAsync(warm: 0);
        await broker.AddUserAsync("somebody", roles: role);
        using var client = new Client(broker.Address);
        await client.SignInAsync("somebody", RunningBroker.Password);
        Assert.Equal(403, (await client.GetAsync("/api/site")).Status);
        Assert.Equal(403, (await client.PostAsync("/api/site?plan=true", Document)).Status);
    }

    private static async Task OneAppliesAsync(RunningBroker broker)
    {
        var admin = await broker.AdministratorAsync("root");
        var plan = (await admin.PostAsync("/api/site?plan=true", Document)).Text("hash");
        Assert.Equal(0, await broker.QueryAsync(db => db.Groups.Count()));
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => admin.PostAsync("/api/site", Document, $"\"{plan}\"")));
        Assert.Single(answers, answer => answer.Status == 200);
        Assert.All(answers.Where(answer => answer.Status != 200), answer => Assert.Equal((412, "changed-meanwhile"), (answer.Status, answer.Text("code"))));
        Assert.Equal((1, 1, 1, 1), await broker.QueryAsync(db => (db.Groups.Count(), db.Users.Count(user => user.UserName == "hong"), db.Pools.Count(pool => pool.Id == "class-7"), db.Quotas.Count())));
        Assert.Equal("7반", (await admin.GetAsync("/api/pools/class-7")).Body.GetProperty("settings").GetProperty("access")[0].GetProperty("name").GetString());
        var again = await admin.PostAsync("/api/site?plan=true&prune=false", (await admin.GetAsync("/api/site")).Body);
        Assert.All(again.Body.GetProperty("changes").EnumerateArray(), change => Assert.Equal("same", change.GetProperty("action").GetString()));
    }

    private static async Task<Answer> ApplyAsync(Client admin, object document)
    {
        var answer = await admin.PostAsync("/api/site", document, "*");
        Assert.Equal(200, answer.Status);
        return answer;
    }
}
