using System.Net;
using System.Text.Json.Nodes;
using Vdi.Server.Client;

namespace Vdi.Server.Tests.Client;

/// <summary>vdi apply and vdi site export.</summary>
public sealed class ApplyTests(CommandLine line) : IClassFixture<CommandLine>
{
    [Fact]
    public async Task File_is_planned_applied_once_and_then_nothing_is_left_to_do()
    {
        var file = Write(
            """
            groups:
              7반:
                description: Room 7
                members: [hong]
            users:
              hong:
                displayName: Hong
                roles: [user, helper]
              song:
                groups: [7반]
            pools:
              class-7:
                name: 7반 데스크톱
                image: fake
                access: [{kind: group, name: 7반}]
                policy:
                  maximum: 30
                  warm: {count: 0}
            quotas:
              - {kind: group, name: 7반, sessions: 2}
            """.Replace("members: [hong]", "members: [hong, song]", StringComparison.Ordinal));
        var before = (await line.DoAsync("site", "export")).Output;
        var plan = await line.DoAsync("apply", "-f", file, "--plan");
        Assert.Equal(["+ group 7반", "+ user hong", "+ user song", "+ pool class-7", "+ quota group 7반"], plan.Output.Split('\n').Where(text => text.StartsWith('+')));
        Assert.Contains("    policy.maximum: 30\n", plan.Output, StringComparison.Ordinal);
        Assert.Equal(before, (await line.DoAsync("site", "export")).Output);

        var asked = await line.RunAsync("apply", "-f", file);
        Assert.Equal(1, asked.Code);
        Assert.Contains("--yes", asked.Errors, StringComparison.Ordinal);
        Assert.Equal(before, (await line.DoAsync("site", "export")).Output);

        var done = (await line.DoAsync("apply", "-f", file, "--yes", "--json")).Json;
        Assert.Equal(0, (await line.WithInputAsync($"{done["passwords"]!["hong"]}\n{CommandLine.Password}\n", "login", "--user", "hong", "--server", line.Server.Address.Replace("localhost", "127.0.0.1", StringComparison.Ordinal))).Code);
        Assert.Equal("30", (await line.DoAsync("pool", "show", "class-7", "--json")).Json["settings"].At("policy.maximum")!.ToJsonString());
        Assert.Contains("7반", (await line.DoAsync("user", "show", "song")).Output, StringComparison.Ordinal);
        var again = await line.DoAsync("apply", "-f", file, "--yes");
        Assert.Equal("Nothing to do; 5 as the file says already\n", again.Output);
        Assert.Equal("0", (await line.DoAsync("pool", "show", "class-7", "--json")).Json["version"]!.ToJsonString());

        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file)).Replace("maximum: 30", "maximum: 31", StringComparison.Ordinal).Replace("members: [hong, song]", "members: [song]", StringComparison.Ordinal));
        var change = await line.DoAsync("apply", "-f", file, "--plan");
        Assert.Contains("~ group 7반\n    members: -hong\n", change.Output, StringComparison.Ordinal);
        Assert.Contains("~ pool class-7\n    policy.maximum: 30 -> 31\n", change.Output, StringComparison.Ordinal);
        var json = (await line.DoAsync("apply", "-f", file, "--plan", "--json")).Json["changes"]!.AsArray().Single(each => each!["kind"]!.GetValue<string>() == "pool")!;
        Assert.Equal("""[{"field":"policy.maximum","old":30,"new":31}]""", json["fields"]!.ToJsonString());
    }

    [Fact]
    public async Task Export_is_a_file_with_nothing_to_do()
    {
        await line.DoAsync("user", "create", "yes", "--set", "displayName=null: #1", "--set", "tags=007");
        await line.DoAsync("group", "create", "on: off", "--set", "members=yes");
        await line.DoAsync("pool", "create", "night", "--image", "fake", "--set", """policy.open=[{"days":["monday"],"from":"22:00","to":"06:00"}]""", "--set", """network={"mode":"internet","allow":[{"to":"10.0.0.5","protocol":"tcp","firstPort":443,"lastPort":443}]}""", "--set", "policy.warm.count=0", "--set", "policy.warm.target={\"share\":0.95,\"seconds\":3}");
        await line.DoAsync("quota", "set", "user", "yes", "--sessions", "3");
        var file = Write((await line.DoAsync("site", "export")).Output);
        var plan = (await line.DoAsync("apply", "-f", file, "--plan", "--prune", "--json")).Json;
        Assert.All(plan["changes"]!.AsArray(), change => Assert.Equal("same", change!["action"]!.GetValue<string>()));
        Assert.Contains(plan["changes"]!.AsArray(), change => change!["name"]!.GetValue<string>() == "night");
        Assert.StartsWith("Nothing to do", (await line.DoAsync("apply", "-f", file, "--prune", "--yes")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_faults_are_told_with_their_lines_and_nothing_is_changed()
    {
        var file = Write(
            """
            groups:
              good: {description: Would be made}
              bad:
                colour: red
                members: [nobody-there]
            users:
              newcomer:
                roles: [king]
                groups: [nowhere]
            pools:
              good-pool: {name: Good, image: fake}
              bad-pool:
                name: 7
                image: fake
                kind: square
                policy:
                  maximun: 30
                  idleMinutes: often
                  timeZone: Mars/Olympus
                access:
                  - {kind: group, name: good}
                  - {kind: group, name: nix}
                  - {kind: group}
            quotas:
              - {kind: role, name: user, sessions: many}
            machines: []
            """);
        var before = (await line.DoAsync("site", "export")).Output;
        var refused = await line.RunAsync("apply", "-f", file, "--yes");
        Assert.Equal((1, ""), (refused.Code, refused.Output));
        Assert.Equal(
            [
                "4: groups.bad.colour", "5: groups.bad.members[0]", "8: users.newcomer.roles[0]", "9: users.newcomer.groups[0]", "13: pools.bad-pool.name", "15: pools.bad-pool.kind", "17: pools.bad-pool.policy.maximun",
                "18: pools.bad-pool.policy.idleMinutes", "19: pools.bad-pool.policy.timeZone", "23: pools.bad-pool.access[2].name", "25: quotas[0].sessions", "26: machines",
            ],
            refused.Errors.Split('\n').Where(text => text.StartsWith(file, StringComparison.Ordinal)).Select(text => string.Join(':', text[(file.Length + 1)..].Split(':')[..2])));
        Assert.Contains("is 'maximum' meant?", refused.Errors, StringComparison.Ordinal);
        Assert.EndsWith("Nothing was changed.\n", refused.Errors, StringComparison.Ordinal);
        Assert.Equal(before, (await line.DoAsync("site", "export")).Output);
    }

    [Fact]
    public async Task One_bad_pool_keeps_everything_else_from_being_made()
    {
        var before = (await line.DoAsync("site", "export")).Output;
        var file = Write("groups:\n  half: {}\nusers:\n  half-user: {groups: [half]}\npools:\n  half-good: {name: A, image: fake, access: [{kind: group, name: half}]}\n  half-bad:\n    name: B\n    image: fake\n    access:\n      - {kind: group, name: half}\n      - {kind: user, name: ghost}\n");
        var refused = await line.RunAsync("apply", "-f", file, "--yes");
        Assert.Equal((1, $"{file}:12: pools.half-bad.access[1].name: There is no user 'ghost'.\nNothing was changed.\n"), (refused.Code, refused.Errors));
        Assert.Equal(before, (await line.DoAsync("site", "export")).Output);
    }

    [Fact]
    public async Task Malformed_file_is_named_with_its_line_and_nothing_is_asked()
    {
        var file = Write("pools:\n  a:\n    name: x\n   image: y\n");
        var refused = await line.RunAsync("apply", "-f", file, "--yes", "--server", "http://127.0.0.1:1");
        Assert.Equal(1, refused.Code);
        Assert.StartsWith($"{file}:4: ", refused.Errors, StringComparison.Ordinal);
        Assert.Contains("cannot be read", (await line.RunAsync("apply", "-f", "/nowhere.yaml", "--yes")).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prune_moves_what_is_not_named_to_the_recycle_bin_and_never_people()
    {
        await line.DoAsync("group", "create", "old-group");
        await line.DoAsync("pool", "create", "old-pool", "--image", "fake", "--set", "policy.warm.count=0");
        await line.DoAsync("user", "create", "old-user");
        var site = (await line.DoAsync("site", "export", "--json")).Json.AsObject();
        site["groups"]!.AsObject().Remove("old-group");
        site["pools"]!.AsObject().Remove("old-pool");
        site["users"]!.AsObject().Remove("old-user");
        var file = Write(site.ToJsonString());
        Assert.StartsWith("Nothing to do", (await line.DoAsync("apply", "-f", file, "--yes")).Output, StringComparison.Ordinal);
        var plan = (await line.DoAsync("apply", "-f", file, "--prune", "--plan")).Output;
        Assert.Equal(["- group old-group (to the recycle bin)", "- pool old-pool (to the recycle bin)"], plan.Split('\n').Where(text => text.StartsWith('-')));
        await line.DoAsync("apply", "-f", file, "--prune", "--yes");
        Assert.Contains("old-pool", (await line.DoAsync("pool", "list", "--deleted")).Output, StringComparison.Ordinal);
        Assert.Contains("old-user", (await line.DoAsync("user", "list", "--all")).Output, StringComparison.Ordinal);

        // A section that is not there is not touched.
        Assert.StartsWith("Nothing to do", (await line.DoAsync("apply", "-f", Write("quotas: null\n"), "--prune", "--yes")).Output, StringComparison.Ordinal);

        site["pools"]!["old-pool"] = new JsonObject { ["name"] = "old-pool", ["image"] = "fake" };
        await File.WriteAllTextAsync(file, site.ToJsonString());
        Assert.Contains("+ pool old-pool (from the recycle bin)", (await line.DoAsync("apply", "-f", file, "--yes")).Output, StringComparison.Ordinal);
        Assert.Contains("old-pool", (await line.DoAsync("pool", "list")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plan_that_does_not_hold_any_more_is_refused_with_the_one_that_does()
    {
        using var api = line.Api();
        var site = new JsonObject { ["groups"] = new JsonObject { ["stale"] = new JsonObject { ["description"] = "A" } } };
        var plan = (await api.PostAsync("/api/site?plan=true", site, default)).Body!["hash"]!.GetValue<string>();
        Assert.Equal(HttpStatusCode.PreconditionRequired, (await Assert.ThrowsAsync<ApiException>(() => api.PostAsync("/api/site", site, default))).Status);
        await line.DoAsync("group", "create", "stale", "--set", "description=B");
        var stale = await Assert.ThrowsAsync<ApiException>(() => api.PostAsync("/api/site", site, default, $"\"{plan}\""));
        Assert.Equal((HttpStatusCode.PreconditionFailed, "changed-meanwhile", "change"), (stale.Status, stale.Code, stale.Problem!["current"]!["changes"]![0]!["action"]!.GetValue<string>()));
        Assert.Equal("B", (await line.DoAsync("group", "show", "stale", "--json")).Json["settings"]!["description"]!.GetValue<string>());
        await api.PostAsync("/api/site", site, default, $"\"{stale.Problem["current"]!["hash"]}\"");
        Assert.Equal("A", (await line.DoAsync("group", "show", "stale", "--json")).Json["settings"]!["description"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("groups:\n  m: {members: []}\nusers:\n  admin: {roles: [administrator, user], displayName: Administrator, groups: [m]}\n", ":4: users.admin.groups[0]: The group 'm' does not name 'admin'")]
    [InlineData("groups:\n  m: {members: [admin]}\nusers:\n  admin: {roles: [administrator, user], displayName: Administrator, groups: []}\n", ":4: users.admin.groups: The group 'm' names 'admin'")]
    [InlineData("users:\n  admin: {roles: [user]}\n", ":1: users: Nobody would be an administrator")]
    [InlineData("users:\n  admin: {disabled: true, roles: [administrator]}\n", ":1: users: Nobody would be an administrator")]
    [InlineData("users:\n  two: {}\n  TWO: {}\n", ":3: users.TWO: 'TWO' is in the file already")]
    [InlineData("groups:\n  m: {name: n}\n", ":2: groups.m.name: The group is called 'm'")]
    [InlineData("quotas:\n  - {kind: role, name: user, sessions: 1}\n  - {kind: role, name: user, sessions: 2}\n", ":3: quotas[1].name: The quota of role 'user'")]
    [InlineData("pools:\n  Bad_Id: {name: x, image: fake}\n", ":2: pools.Bad_Id.id: ")]
    [InlineData("pools: [a]\n", ":1: pools: This wants names with fields under them, not a list.")]
    [InlineData("pools:\n  a: {name: x, image: fake, policy: {warm: null}}\n", ":2: pools.a.policy.warm: This wants fields, not nothing.")]
    [InlineData("pools:\n  a: {name: x, image: fake, access: [null]}\n", ":2: pools.a.access[0]: This wants fields, not nothing.")]
    public async Task What_cannot_be_is_refused(string yaml, string words)
    {
        var before = (await line.DoAsync("site", "export")).Output;
        var file = Write(yaml);
        var refused = await line.RunAsync("apply", "-f", file, "--yes");
        Assert.Equal(1, refused.Code);
        Assert.StartsWith($"{file}{words}", refused.Errors, StringComparison.Ordinal);
        Assert.Equal(before, (await line.DoAsync("site", "export")).Output);
    }

    [Fact]
    public async Task Site_that_names_something_twice_is_no_request()
    {
        using var http = new HttpClient { BaseAddress = new Uri(line.Server.Address) };
        http.DefaultRequestHeaders.Authorization = new("Bearer", new TokenFile(line.TokenFile).Find(new Uri(line.Server.Address)));
        using var twice = new StringContent("""{"groups":{"a":{},"a":{}}}""", System.Text.Encoding.UTF8, "application/json");
        using var answer = await http.PostAsync(new Uri("/api/site?plan=true", UriKind.Relative), twice);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("bad-request", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var cases = new StringContent("""{"groups":{"a":{},"A":{}}}""", System.Text.Encoding.UTF8, "application/json");
        using var different = await http.PostAsync(new Uri("/api/site?plan=true", UriKind.Relative), cases);
        Assert.Equal(HttpStatusCode.OK, different.StatusCode);
    }

    private string Write(string yaml)
    {
        var file = Path.Combine(line.Server.State.Root, $"site-{Guid.NewGuid().ToString("N")[..8]}.yaml");
        File.WriteAllText(file, yaml);
        return file;
    }
}
