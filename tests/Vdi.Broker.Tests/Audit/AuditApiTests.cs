using System.Text.Json;
using Vdi.Broker.Pools;
using Vdi.Broker.Users;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;
using Vdi.TestSupport.Brokers;

namespace Vdi.Broker.Tests.Audit;

public sealed class AuditApiTests
{
    [Fact]
    public async Task What_people_do_is_there_with_who_where_from_and_what()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 1, capacity: 1);
        using var boss = await broker.AdministratorAsync("boss");
        using var kim = await broker.PersonAsync("kim");
        using var lee = await broker.PersonAsync("lee");
        await Eventually.HoldsAsync(async () => await broker.QueryAsync(db => db.Machines.Any(machine => machine.State == MachineState.Ready)), "a machine is ready");
        var session = (await kim.PostAsync("/api/sessions", new { pool = DefaultPool.Id })).Id;
        var ticket = (await kim.PostAsync($"/api/sessions/{session}/ticket")).Text("ticket");
        Assert.Equal(503, (await lee.PostAsync("/api/sessions", new { pool = DefaultPool.Id })).Status);
        Assert.Equal(403, (await boss.PostAsync("/api/sessions", new { pool = DefaultPool.Id })).Status);
        Assert.Equal(204, (await kim.PostAsync($"/api/sessions/{session}/reset")).Status);
        Assert.Equal(200, (await boss.PutAsync("/api/pools/desktops/network", new { mode = "internet" })).Status);
        Assert.Equal(400, (await kim.PostAsync("/api/password", new { current = "wrong one", next = "another long password" })).Status);
        Assert.Equal(204, (await kim.PostAsync("/api/password", new { current = RunningBroker.Password, next = "another long password" })).Status);
        Assert.Equal(204, (await kim.PostAsync("/api/sign-out")).Status);
        Assert.NotNull(await broker.Services.ResetPasswordAsync("kim"));

        (string, string, string)[] expected =
        [
            ("boss", "sign-in", "user/boss"),
            ("kim", "sign-in", "user/kim"),
            ("lee", "sign-in", "user/lee"),
            ("kim", "session.open", $"session/{session}"),
            ("kim", "session.ticket", $"session/{session}"),
            ("lee", "session.refuse", "pool/desktops"),
            ("boss", "session.refuse", "pool/desktops"),
            ("kim", "session.reset", $"session/{session}"),
            ("boss", "pool.network", "pool/desktops"),
            ("kim", "password.refuse", "user/kim"),
            ("kim", "password.change", "user/kim"),
            ("kim", "sign-out", "user/kim"),
            ("system", "password.reset", "user/kim"),
        ];
        var all = await ItemsAsync(boss, "size=100", expected.Length);
        Assert.Equal(expected.Reverse(), all.Select(item => (Text(item, "who"), Text(item, "action"), Text(item, "target"))));
        Assert.All(all.Skip(1), item => Assert.Contains(Text(item, "from"), (string[])["127.0.0.1", "::1"]));
        var edit = Assert.Single(await ItemsAsync(boss, "action=pool", 1));
        Assert.Equal(("isolated", "internet"), (edit.GetProperty("before").GetProperty("mode").GetString(), edit.GetProperty("after").GetProperty("mode").GetString()));
        Assert.Equal(["session.reset", "session.ticket", "session.open"], (await ItemsAsync(boss, "who=kim&target=session", 3)).Select(item => Text(item, "action")));
        Assert.Equal("pool-full", (await ItemsAsync(boss, "who=lee&action=session.refuse", 1))[0].GetProperty("after").GetProperty("code").GetString());

        var export = await boss.TextAsync("/api/audit/export");
        Assert.DoesNotContain(ticket, export, StringComparison.Ordinal);
        Assert.DoesNotContain(RunningBroker.Password, export, StringComparison.Ordinal);
        Assert.DoesNotContain("another long password", export, StringComparison.Ordinal);
        var lines = export.Trim().Split('\n').Select(line => JsonSerializer.Deserialize<JsonElement>(line)).ToList();
        Assert.Equal(expected.Length, lines.Count);
        Assert.Equal("boss", Text((await ItemsAsync(boss, "action=audit.export", 1))[0], "who"));
    }

    [Fact]
    public async Task Wrong_passwords_are_there_until_the_lock_and_what_was_typed_is_not()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 0);
        using var boss = await broker.AdministratorAsync("boss");
        await broker.AddUserAsync("kim", roles: Roles.User);
        using var nobody = new Client(broker.Address);
        await nobody.PostAsync("/api/sign-in", new { userName = "my secret by mistake", password = "x" });
        for (var i = 0; i < 8; i++)
        {
            await nobody.PostAsync("/api/sign-in", new { userName = "kim", password = "wrong" });
        }

        var items = await ItemsAsync(boss, "who=anonymous", 6);
        Assert.Equal(["sign-in.lockout", "sign-in.fail", "sign-in.fail", "sign-in.fail", "sign-in.fail", "sign-in.fail"], items.Select(item => Text(item, "action")));
        Assert.Equal(["user/kim", "user"], items.Select(item => Text(item, "target")).Distinct());
        Assert.DoesNotContain("mistake", (await boss.GetAsync("/api/audit")).Body.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pages_and_times()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 0);
        using var boss = await broker.AdministratorAsync("boss");
        for (var i = 0; i < 5; i++)
        {
            await boss.PutAsync("/api/pools/desktops/network", new { mode = "internet", dns = new[] { $"9.9.9.{i}" } });
        }

        await ItemsAsync(boss, "action=pool.network", 5);
        var page = (await boss.GetAsync("/api/audit?action=pool.network&page=2&size=2")).Body;
        Assert.Equal((5, 2, 2), (page.GetProperty("total").GetInt32(), page.GetProperty("page").GetInt32(), page.GetProperty("size").GetInt32()));
        Assert.Equal(["9.9.9.2", "9.9.9.1"], page.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("after").GetProperty("dns")[0].GetString()!));
        var at = page.GetProperty("items")[0].GetProperty("at").GetDateTimeOffset();
        Assert.Equal(3, (await boss.GetAsync($"/api/audit?action=pool.network&from={at.UtcDateTime:O}")).Body.GetProperty("total").GetInt32());
        Assert.Equal(2, (await boss.GetAsync($"/api/audit?action=pool.network&to={at.UtcDateTime:O}")).Body.GetProperty("total").GetInt32());
        Assert.Equal((400, "bad-request"), await CodeAsync(boss.GetAsync("/api/audit?from=yesterday")));
        Assert.Equal((400, "bad-request"), await CodeAsync(boss.GetAsync("/api/audit/export?to=x")));
        Assert.Equal(0, (await boss.GetAsync("/api/audit?page=2147483647&size=500")).Body.GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task Only_administrators_and_auditors_read_it()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 0);
        foreach (var role in Roles.All)
        {
            await broker.AddUserAsync($"the-{role}", roles: role);
            using var person = new Client(broker.Address);
            await person.SignInAsync($"the-{role}", RunningBroker.Password);
            var expected = role is Roles.Administrator or Roles.Auditor ? 200 : 403;
            Assert.Equal(expected, (await person.GetAsync("/api/audit")).Status);
            Assert.Equal(expected, await person.StatusAsync("/api/audit/export"));
            Assert.Equal(expected, await person.StatusAsync("/api/audit/checkpoints"));
        }

        using var nobody = new Client(broker.Address);
        Assert.Equal(401, (await nobody.GetAsync("/api/audit")).Status);
    }

    private static async Task<List<JsonElement>> ItemsAsync(Client client, string query, int count)
    {
        List<JsonElement> items = [];
        await Eventually.HoldsAsync(async () => (items = [.. (await client.GetAsync($"/api/audit?{query}")).Body.GetProperty("items").EnumerateArray()]).Count >= count, $"{count} entries of {query} are there");
        Assert.Equal(count, items.Count);
        return items;
    }

    private static string Text(JsonElement item, string name) => item.GetProperty(name).GetString()!;

    private static async Task<(int, string)> CodeAsync(Task<Answer> answer) => ((await answer).Status, (await answer).Text("code"));
}
