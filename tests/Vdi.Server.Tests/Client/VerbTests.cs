using System.Net;
using System.Text.Json.Nodes;
using Vdi.Server.Client;
using Vdi.TestSupport;

namespace Vdi.Server.Tests.Client;

/// <summary>The verbs that ask a server, as people and scripts use them.</summary>
public sealed class VerbTests(CommandLine line) : IClassFixture<CommandLine>
{
    [Fact]
    public async Task Pool_is_made_edited_closed_deleted_and_brought_back()
    {
        await line.DoAsync("pool", "create", "class-7", "--name", "7반 데스크톱", "--image", "fake", "--set", "policy.warm.count=0");
        await line.DoAsync("pool", "edit", "class-7", "--set", "policy.maximum=30", "--set", "policy.idleMinutes=20", "--set", "tags=school,7반", "--set", "access=role:user", "--set", "description=7");
        var pool = (await line.DoAsync("pool", "show", "class-7", "--json")).Json;
        Assert.Equal("""["7반 데스크톱","7",30,20,0,["school","7반"],[{"kind":"role","name":"user"}]]""", new JsonArray([.. new[] { "name", "description", "policy.maximum", "policy.idleMinutes", "policy.warm.count", "tags", "access" }.Select(field => pool["settings"].At(field)!.DeepClone())]).ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
        await line.DoAsync("pool", "edit", "class-7", "--set", "policy.idleMinutes=null");
        Assert.Null((await line.DoAsync("pool", "show", "class-7", "--json")).Json["settings"]!["policy"]!["idleMinutes"]);
        await line.DoAsync("pool", "close", "class-7", "--text", "A new image comes");
        Assert.Contains("closed: A new image comes", (await line.DoAsync("pool", "list")).Output, StringComparison.Ordinal);
        await line.DoAsync("pool", "open", "class-7");
        Assert.Contains("no other version", (await line.RunAsync("pool", "roll-back", "class-7")).Errors, StringComparison.Ordinal);
        await line.DoAsync("pool", "roll-out", "class-7");
        await line.DoAsync("pool", "delete", "class-7");
        Assert.DoesNotContain("class-7", (await line.DoAsync("pool", "list")).Output, StringComparison.Ordinal);
        Assert.Contains("class-7", (await line.DoAsync("pool", "list", "--deleted")).Output, StringComparison.Ordinal);
        await line.DoAsync("pool", "restore", "class-7");
        await line.DoAsync("pool", "delete", "class-7");
        await line.DoAsync("pool", "delete", "class-7", "--forever");
        var gone = await line.RunAsync("pool", "show", "class-7");
        Assert.Equal((1, "There is no pool 'class-7'.\n"), (gone.Code, gone.Errors));
    }

    [Fact]
    public async Task Screens_of_a_manual_pool_are_listed_changed_and_taken_away()
    {
        await line.DoAsync("pool", "create", "lab", "--set", "kind=manual");
        Assert.Equal(0, (await line.WithInputAsync("open sesame\n", "pool", "screen", "set", "lab", "left", "127.0.0.1", "--port", "5901", "--password")).Code);
        await line.DoAsync("pool", "screen", "set", "lab", "right", "host.example");
        await line.DoAsync("pool", "screen", "set", "lab", "left", "127.0.0.1", "--port", "5902");
        var screens = (await line.DoAsync("pool", "screen", "list", "lab", "--json")).Output;
        Assert.Equal("""[{"name":"left","address":"127.0.0.1","port":5902},{"name":"right","address":"host.example","port":5900}]""", JsonNode.Parse(screens)!.ToJsonString());
        await Eventually.HoldsAsync(async () => (await line.DoAsync("machine", "list", "--pool", "lab")).Output.Contains("127.0.0.1 is this host itself", StringComparison.Ordinal), "it says that the host does not connect to itself", 30);
        Assert.Contains("screens[2].address", (await line.RunAsync("pool", "screen", "set", "lab", "third", "no host")).Errors, StringComparison.Ordinal);
        await line.DoAsync("pool", "screen", "remove", "lab", "right");
        Assert.Contains("no screen 'right'", (await line.RunAsync("pool", "screen", "remove", "lab", "right")).Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("right", (await line.DoAsync("pool", "screen", "list", "lab")).Output, StringComparison.Ordinal);
        await line.DoAsync("pool", "delete", "lab");
    }

    [Fact]
    public async Task Edit_with_faults_tells_all_of_them_by_field_and_changes_nothing()
    {
        var before = (await line.DoAsync("pool", "show", "desktops", "--json")).Json["settings"]!.ToJsonString();
        var refused = await line.RunAsync("pool", "edit", "desktops", "--set", "policy.minimum=9", "--set", "policy.maximum=2", "--set", "access=group:nobody", "--set", "name=New");
        Assert.Equal((1, ""), (refused.Code, refused.Output));
        Assert.Equal(
            ["Nothing was changed: 2 things are wrong.", "  policy.minimum: The minimum of 9 machines is more than the maximum of 2.", "  access[0].name: There is no group 'nobody'."],
            refused.Errors.TrimEnd().Split('\n'));
        Assert.Contains("policy.maximum", (await line.RunAsync("pool", "edit", "desktops", "--set", "policy.maximum=many")).Errors, StringComparison.Ordinal);
        Assert.Contains("field=value", (await line.RunAsync("pool", "edit", "desktops", "--set", "policy.maximum")).Errors, StringComparison.Ordinal);
        Assert.Contains("given twice", (await line.RunAsync("pool", "edit", "desktops", "--set", "name=a", "--set", "name=b")).Errors, StringComparison.Ordinal);
        Assert.Contains("Nothing to change", (await line.RunAsync("pool", "edit", "desktops")).Errors, StringComparison.Ordinal);
        Assert.Equal(before, (await line.DoAsync("pool", "show", "desktops", "--json")).Json["settings"]!.ToJsonString());
    }

    [Fact]
    public async Task Edit_of_an_older_version_is_refused_and_shows_what_is_there_now()
    {
        var version = (await line.DoAsync("pool", "show", "desktops", "--json")).Json["version"]!.ToJsonString();
        await line.DoAsync("pool", "edit", "desktops", "--set", "policy.maximum=12", "--if-version", version);
        var stale = await line.RunAsync("pool", "edit", "desktops", "--set", "policy.maximum=13", "--if-version", version);
        Assert.Equal(1, stale.Code);
        Assert.Contains("Somebody else changed this meanwhile", stale.Errors, StringComparison.Ordinal);
        Assert.Contains("policy.maximum is 12", stale.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Edit_that_another_one_overtook_shows_every_field_that_differs()
    {
        var refusal = ApiException.Of(HttpStatusCode.PreconditionFailed, """{"detail":"x","current":{"settings":{"name":"B","policy":{"maximum":9}},"version":4}}""", "s", true);
        var words = Editing.Stale(refusal, [], new JsonObject { ["name"] = "A", ["policy"] = new JsonObject { ["maximum"] = 9 } });
        Assert.Contains("version 4", words, StringComparison.Ordinal);
        Assert.Contains("  name: A -> B\n", words, StringComparison.Ordinal);
        Assert.DoesNotContain("maximum", words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task People_and_groups_go_by_their_names()
    {
        var password = (await line.DoAsync("user", "create", "김유정", "--set", "displayName=유정", "--set", "roles=user,helper")).Output;
        Assert.Matches("^[a-z0-9]{16}\n$", password);
        await line.DoAsync("group", "create", "7반", "--set", "members=김유정");
        Assert.Equal(1, (await line.RunAsync("group", "create", "7반")).Code);
        await line.DoAsync("group", "edit", "7반", "--set", "description=Room 7");
        var group = (await line.DoAsync("group", "show", "7반", "--json")).Json["settings"]!;
        Assert.Equal(("Room 7", "김유정"), (group["description"]!.GetValue<string>(), group["members"]![0]!.GetValue<string>()));
        Assert.Equal("7반", (await line.DoAsync("user", "show", "김유정", "--json")).Json["settings"]!["groups"]![0]!.GetValue<string>());
        await line.DoAsync("user", "edit", "김유정", "--set", "email=yj@example.com");
        Assert.Contains("yj@example.com", (await line.DoAsync("user", "list", "--group", "7반")).Output, StringComparison.Ordinal);
        Assert.NotEqual(password, (await line.DoAsync("user", "reset-password", "김유정")).Output);
        await line.DoAsync("user", "sign-out", "김유정");
        await line.DoAsync("quota", "set", "group", "7반", "--sessions", "2");
        Assert.Contains("7반", (await line.DoAsync("quota", "list")).Output, StringComparison.Ordinal);
        await line.DoAsync("quota", "set", "group", "7반");
        Assert.DoesNotContain("7반", (await line.DoAsync("quota", "list")).Output, StringComparison.Ordinal);
        await line.DoAsync("user", "delete", "김유정");
        Assert.Contains("nobody called '김유정'", (await line.RunAsync("user", "show", "김유정")).Errors, StringComparison.Ordinal);
        await line.DoAsync("user", "restore", "김유정");
        await line.DoAsync("group", "delete", "7반");
        await line.DoAsync("group", "restore", "7반");
        Assert.Contains("last administrator", (await line.RunAsync("user", "delete", "admin")).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_comes_in_parts_or_whole()
    {
        foreach (var name in (string[])["page-1", "page-2", "page-3"])
        {
            await line.DoAsync("user", "create", name);
        }

        var part = await line.DoAsync("user", "list", "--search", "page-", "--size", "2", "--page", "2", "--json");
        Assert.Equal(("3", "page-3"), (part.Json["total"]!.ToJsonString(), part.Json["items"]![0]!["userName"]!.GetValue<string>()));
        Assert.Contains("--all", (await line.DoAsync("user", "list", "--search", "page-", "--size", "2")).Errors, StringComparison.Ordinal);
        Assert.Equal(3, (await line.DoAsync("user", "list", "--search", "page-", "--all", "--json")).Json["items"]!.AsArray().Count);
    }

    [Fact]
    public async Task Session_is_shown_with_its_trace_and_ended_and_its_machine_is_guarded()
    {
        var session = await line.OpenDesktopAsync("park");
        Assert.Contains(session, (await line.DoAsync("session", "list", "--user", "park")).Output, StringComparison.Ordinal);
        var shown = (await line.DoAsync("session", "show", session[..8])).Output;
        Assert.Contains("park", shown, StringComparison.Ordinal);
        Assert.Contains("authorise", shown, StringComparison.Ordinal);
        var machine = (await line.DoAsync("machine", "list", "--json")).Json["items"]!.AsArray().Single(machine => machine!["user"]?.GetValue<string>() == "park")!["id"]!.GetValue<string>();
        Assert.Contains("end the session", (await line.RunAsync("machine", "destroy", machine)).Errors, StringComparison.Ordinal);
        await line.DoAsync("session", "end", session, "--text", "The building closes");
        Assert.Equal("ended-by-helper", (await line.DoAsync("session", "show", session, "--json")).Json["code"]!.GetValue<string>());
        Assert.Contains("There is no session", (await line.RunAsync("session", "show", "ffffffff")).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hosts_images_notices_and_reports_are_steered()
    {
        await line.DoAsync("host", "drain", "local", "--text", "New memory");
        Assert.Contains("drained New memory", (await line.DoAsync("host", "list")).Output, StringComparison.Ordinal);
        await line.DoAsync("host", "resume", "local");
        Assert.Contains("no host 'nowhere'", (await line.RunAsync("host", "drain", "nowhere")).Errors, StringComparison.Ordinal);
        Assert.Contains("fake", (await line.DoAsync("image", "versions")).Output, StringComparison.Ordinal);
        await line.DoAsync("notice", "say", "[red]Lunch[/]", "--minutes", "5");
        Assert.Contains("[red]Lunch[/]", (await line.DoAsync("notice", "list")).Output, StringComparison.Ordinal);
        using (var api = line.Api())
        {
            await api.PostAsync("/api/reports", new JsonObject { ["text"] = "The mouse is gone" }, default);
        }

        var report = (await line.DoAsync("report", "list", "--json")).Json["items"]![0]!["id"]!.GetValue<string>();
        await line.DoAsync("report", "close", report[..8]);
        Assert.Empty((await line.DoAsync("report", "list", "--json")).Json["items"]!.AsArray());
    }

    [Fact]
    public async Task Network_of_a_pool_is_still_set_beside_the_server()
    {
        Assert.Equal("mode\tisolated\n", (await line.DoAsync("pool", "network", "desktops")).Output);
        Assert.StartsWith("mode\tinternet\n", (await line.DoAsync("pool", "network", "desktops", "--mode", "internet")).Output, StringComparison.Ordinal);
        Assert.Equal("internet", (await line.DoAsync("pool", "show", "desktops", "--json")).Json["settings"]!["network"]!["mode"]!.GetValue<string>());
        await line.DoAsync("pool", "network", "desktops", "--mode", "isolated");
    }
}
