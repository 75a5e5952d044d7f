using System.Buffers.Binary;
using System.Text.Json;
using Vdi.Broker.Pools;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;
using Vdi.TestSupport.Brokers;

namespace Vdi.Broker.Tests.Apps;

/// <summary>Pools whose machines show one application.</summary>
public sealed class AppTests
{
    private static readonly object Editor = new { command = "editor", arguments = new[] { "--plain" }, version = "2", category = "Writing", fileTypes = new[] { "text/plain" }, parameters = new[] { new { name = "page", label = "Page", pattern = "[0-9]{1,3}", argument = "--page={value}" } }, icon = Convert.ToBase64String(Png(64)) };

    [Fact]
    public async Task Published_application_is_on_the_start_page_and_its_machines_show_it()
    {
        await using var broker = await RunningBroker.StartAsync();
        using var root = await broker.AdministratorAsync("root");
        await PublishAsync(root, "editor", Editor);
        await broker.PassesAsync(2);
        using var kim = await broker.PersonAsync("kim");
        var shown = Shown(await kim.GetAsync("/api/desktops"), "editor");
        var app = shown.GetProperty("app");
        Assert.Equal(("2", "Writing", "text/plain", "page"), (app.GetProperty("version").GetString(), app.GetProperty("category").GetString(), app.GetProperty("fileTypes")[0].GetString(), app.GetProperty("parameters")[0].GetProperty("name").GetString()));
        Assert.Equal(JsonValueKind.Null, Shown(await kim.GetAsync("/api/desktops"), DefaultPool.Id).GetProperty("app").ValueKind);
        Assert.Equal(200, await kim.StatusAsync(app.GetProperty("icon").GetString()!));

        // What is open already will do where nothing is said.
        var admit = await OpenAsync(broker, kim, new { pool = "editor" });
        Assert.Null(admit.Run);
        Assert.Equal(new MachineApp("editor", ["--plain"]), broker.Host.Apps[admit.Machine]);
        var session = await kim.GetAsync($"/api/sessions/{admit.Session}");
        Assert.Equal("editor", session.At("app", "name"));

        // The picture comes back as it was, and a document without a change changes nothing.
        var pool = await root.GetAsync("/api/pools/editor");
        Assert.Equal(Convert.ToBase64String(Png(64)), pool.At("settings", "app", "icon"));
        Assert.Equal(200, (await root.PutAsync("/api/pools/editor", pool.Body.GetProperty("settings"), pool.Tag)).Status);
        Assert.Equal("/app/editor", (await kim.GetAsync("/api/apps/editor/manifest")).Text("start_url"));
        using var stranger = new Client(broker.Address);
        Assert.Equal(401, (await stranger.GetAsync("/api/apps/editor/manifest")).Status);
        Assert.Equal(404, await stranger.StatusAsync($"/api/apps/icons/{new string('0', 64)}"));
    }

    [Fact]
    public async Task Only_what_it_declares_can_be_said_to_it()
    {
        await using var broker = await RunningBroker.StartAsync();
        using var root = await broker.AdministratorAsync("root");
        await PublishAsync(root, "editor", Editor);
        using var kim = await broker.PersonAsync("kim");
        foreach (var arguments in new object[] { new { page = "1; rm -rf /" }, new { page = "1000" }, new { page = "" }, new { file = "1" } })
        {
            Assert.Equal((400, "bad-arguments"), Code(await kim.PostAsync("/api/sessions", new { pool = "editor", arguments })));
        }

        Assert.Equal((400, "bad-arguments"), Code(await kim.PostAsync("/api/sessions", new { pool = DefaultPool.Id, arguments = new { page = "1" } })));
        var admit = await OpenAsync(broker, kim, new { pool = "editor", arguments = new { page = "12" } });
        Assert.Equal((new MachineApp("editor", ["--plain", "--page=12"]), true), (admit.Run!.App, admit.Run.Instead));

        // Once; who comes back finds it as they left it, and what is said later is opened beside it.
        Assert.Equal(200, (await kim.PostAsync($"/api/sessions/{admit.Session}/ticket")).Status);
        Assert.Null(broker.Host.Admits.Last().Run);
        Assert.Equal(admit.Session, (await kim.PostAsync("/api/sessions", new { pool = "editor", arguments = new { page = "13" } })).Id);
        Assert.Equal(200, (await kim.PostAsync($"/api/sessions/{admit.Session}/ticket")).Status);
        Assert.False(broker.Host.Admits.Last().Run!.Instead);
    }

    [Fact]
    public async Task Files_that_were_sent_are_opened_by_name_and_nothing_else_is()
    {
        await using var broker = await RunningBroker.StartAsync();
        using var root = await broker.AdministratorAsync("root");
        await PublishAsync(root, "editor", Editor);
        using var kim = await broker.PersonAsync("kim");
        var admit = await OpenAsync(broker, kim, new { pool = "editor" });
        foreach (var name in new[] { "", "..", "../.bashrc", "/etc/passwd", "a\nb", new string('a', 256) })
        {
            Assert.Equal((400, "not-a-file"), Code(await kim.PostAsync($"/api/sessions/{admit.Session}/open-file", new { name })));
        }

        Assert.Equal(204, (await kim.PostAsync($"/api/sessions/{admit.Session}/open-file", new { name = "보고서 1.txt" })).Status);
        await Eventually.HoldsAsync(() => Task.FromResult(!broker.Host.Runs.IsEmpty), "it is started");
        Assert.Equal(new MachineApp("editor", ["--plain", "~/Downloads/보고서 1.txt"]), broker.Host.Runs.Single().Run.App);
        using var lee = await broker.PersonAsync("lee");
        Assert.Equal(404, (await lee.PostAsync($"/api/sessions/{admit.Session}/open-file", new { name = "a" })).Status);
    }

    [Theory]
    [InlineData(AppOverKind.Closed, "it was closed", "", "app-closed")]
    [InlineData(AppOverKind.Failed, "it ended with code 3", "cannot open display", "app-failed")]
    [InlineData(AppOverKind.NoWindow, "it opened no window within 60 s", "", "app-failed")]
    public async Task Session_ends_with_its_application_and_says_how(AppOverKind kind, string how, string output, string code)
    {
        await using var broker = await RunningBroker.StartAsync();
        using var root = await broker.AdministratorAsync("root");
        await PublishAsync(root, "editor", Editor);
        using var kim = await broker.PersonAsync("kim");
        var admit = await OpenAsync(broker, kim, new { pool = "editor" });
        broker.Host.EndApp(admit.Machine, new AppOver(kind, how, output));
        await Eventually.HoldsAsync(async () => (await kim.GetAsync($"/api/sessions/{admit.Session}")).Text("state") is "ended" or "ending", "it ends");
        var reason = (await kim.GetAsync($"/api/sessions/{admit.Session}")).Body.GetProperty("reason");
        Assert.Equal(code, reason.GetProperty("code").GetString());
        Assert.True(kind == AppOverKind.Closed || reason.GetProperty("detail").GetString()!.Contains(how, StringComparison.Ordinal), $"{reason}");
        Assert.Contains(output, reason.GetProperty("detail").GetString(), StringComparison.Ordinal);
        await Eventually.HoldsAsync(() => Task.FromResult(!broker.Host.Has(admit.Machine) && broker.Host.Revokes.Any(revoke => revoke.Session == admit.Session)), "its machine is replaced");

        // At once there is another.
        Assert.NotEqual(admit.Machine, (await OpenAsync(broker, kim, new { pool = "editor" })).Machine);
    }

    [Fact]
    public async Task Machine_whose_application_ended_before_anybody_came_is_replaced()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 0);
        using var root = await broker.AdministratorAsync("root");
        await PublishAsync(root, "editor", Editor);
        await Eventually.HoldsAsync(() => Task.FromResult(broker.Host.Apps.Any(machine => machine.Value is not null && broker.Host.Has(machine.Key))), "there is one");
        var first = broker.Host.Apps.First(machine => machine.Value is not null).Key;
        await broker.PassesAsync(2);
        broker.Host.EndApp(first, new AppOver(AppOverKind.Failed, "it ended with code 1"));
        await Eventually.HoldsAsync(() => Task.FromResult(!broker.Host.Has(first)), "it is gone");
        Assert.Contains("its application ended before anybody came", await broker.QueryAsync(db => db.Machines.Single(machine => machine.Id == first).Reason), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Edited_application_has_new_machines()
    {
        await using var broker = await RunningBroker.StartAsync();
        using var root = await broker.AdministratorAsync("root");
        await PublishAsync(root, "editor", Editor);
        await Eventually.HoldsAsync(() => Task.FromResult(broker.Host.Apps.Any(machine => machine.Value?.Command == "editor" && broker.Host.Has(machine.Key))), "there are some");
        await broker.PassesAsync(2);
        await broker.ChangeAsync(db => db.Machines.Where(machine => machine.PoolId == "editor").ToList().ForEach(machine => machine.Since = TimeProvider.System.GetUtcNow().AddHours(-1)));
        var pool = await root.GetAsync("/api/pools/editor");
        Assert.Equal(200, (await root.PatchAsync("/api/pools/editor", new { app = new { command = "other" } }, pool.Tag)).Status);
        await Eventually.HoldsAsync(() => Task.FromResult(!broker.Host.Apps.Any(machine => machine.Value?.Command == "editor" && broker.Host.Has(machine.Key)) && broker.Host.Apps.Any(machine => machine.Value?.Command == "other" && broker.Host.Has(machine.Key))), "they show the other");

        // Nothing failed, however long the others had stood ready.
        Assert.Equal(0, await broker.QueryAsync(db => db.Machines.Count(machine => machine.Reason.StartsWith("It was recycling"))));
    }

    [Fact]
    public async Task Application_that_may_be_shared_is_opened_beside_what_is_open()
    {
        await using var broker = await RunningBroker.StartAsync();
        using var root = await broker.AdministratorAsync("root");
        await PublishAsync(root, "one", new { command = "one", shared = true });
        await PublishAsync(root, "two", new { command = "two", shared = true });
        await PublishAsync(root, "own", new { command = "own" });
        using var kim = await broker.PersonAsync("kim");
        var first = await OpenAsync(broker, kim, new { pool = "one" });
        var second = await OpenAsync(broker, kim, new { pool = "two" });
        Assert.Equal((first.Session, first.Machine), (second.Session, second.Machine));
        Assert.Equal((new MachineApp("two", []), false), (second.Run!.App, second.Run.Instead));
        Assert.NotEqual(first.Machine, (await OpenAsync(broker, kim, new { pool = "own" })).Machine);
        using var lee = await broker.PersonAsync("lee");
        Assert.NotEqual(first.Machine, (await OpenAsync(broker, lee, new { pool = "two" })).Machine);
    }

    [Fact]
    public async Task What_is_wrong_with_an_application_is_said_all_at_once()
    {
        await using var broker = await RunningBroker.StartAsync();
        using var root = await broker.AdministratorAsync("root");
        var refused = await root.PostAsync("/api/pools", new
        {
            id = "bad",
            settings = new
            {
                name = "Bad",
                kind = "dedicated",
                image = "desktop",
                app = new
                {
                    command = " ",
                    folder = "relative",
                    fileTypes = new[] { "text" },
                    embed = new[] { "https://a.example/path" },
                    parameters = new object[] { new { name = "a", label = "A", pattern = "(?=x)", argument = "{value}" }, new { name = "a", label = "A", pattern = (string?)null, argument = "none" } },
                    icon = Convert.ToBase64String(Png(4000)),
                },
            },
        });
        Assert.Equal(400, refused.Status);
        Assert.Equal(
            ["app app-needs-floating", "app.command missing", "app.embed[0] bad-origin", "app.fileTypes[0] bad-media-type", "app.folder bad-folder", "app.icon bad-icon", "app.parameters given-twice", "app.parameters[0].pattern bad-pattern", "app.parameters[1].argument no-place"],
            refused.Faults.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Favourites_are_ones_own()
    {
        await using var broker = await RunningBroker.StartAsync();
        using var kim = await broker.PersonAsync("kim");
        using var lee = await broker.PersonAsync("lee");
        Assert.Equal(204, (await kim.PutAsync($"/api/desktops/{DefaultPool.Id}/favourite", new { })).Status);
        Assert.Equal(204, (await kim.PutAsync($"/api/desktops/{DefaultPool.Id}/favourite", new { })).Status);
        Assert.Equal(404, (await kim.PutAsync("/api/desktops/nothing/favourite", new { })).Status);
        Assert.True(Shown(await kim.GetAsync("/api/desktops"), DefaultPool.Id).GetProperty("favourite").GetBoolean());
        Assert.False(Shown(await lee.GetAsync("/api/desktops"), DefaultPool.Id).GetProperty("favourite").GetBoolean());
        Assert.Equal(204, (await kim.DeleteAsync($"/api/desktops/{DefaultPool.Id}/favourite")).Status);
        Assert.False(Shown(await kim.GetAsync("/api/desktops"), DefaultPool.Id).GetProperty("favourite").GetBoolean());
        Assert.Equal(JsonValueKind.Null, Shown(await kim.GetAsync("/api/desktops"), DefaultPool.Id).GetProperty("lastUsed").ValueKind);
        await broker.AdmittedAsync(kim);
        Assert.Equal(JsonValueKind.String, Shown(await kim.GetAsync("/api/desktops"), DefaultPool.Id).GetProperty("lastUsed").ValueKind);
    }

    [Fact]
    public async Task Image_says_what_applications_it_has_or_why_it_does_not()
    {
        await using var broker = await RunningBroker.StartAsync();
        broker.Host.FoundApps = [new FoundApp("writer", "Writer", "", "writer", [], null, [], ["text/plain"], Png(64), Terminal: false), new FoundApp("a", "A", "", "a", [], null, [], [], [1, 2, 3], Terminal: true)];
        using var root = await broker.AdministratorAsync("root");
        var found = (await root.PostAsync("/api/images/desktop/apps")).Good.GetProperty("items");
        Assert.Equal(["a", "writer"], found.EnumerateArray().Select(app => app.GetProperty("entry").GetString()!));
        Assert.Equal((JsonValueKind.Null, JsonValueKind.String), (found[0].GetProperty("icon").ValueKind, found[1].GetProperty("icon").ValueKind));
        broker.Host.FoundApps = null;
        Assert.Equal((502, "image-did-not-say"), Code(await root.PostAsync("/api/images/desktop/apps")));
        Assert.Equal((404, "unknown-image"), Code(await root.PostAsync("/api/images/nothing/apps")));
        using var kim = await broker.PersonAsync("kim");
        Assert.Equal(403, (await kim.PostAsync("/api/images/desktop/apps")).Status);
    }

    internal static async Task PublishAsync(Client root, string id, object app)
    {
        var made = await root.PostAsync("/api/pools", new { id, settings = new { name = id, image = "desktop", app, access = new[] { new { kind = "role", name = "user" } }, policy = new { warm = new { count = 1 } } } });
        Assert.True(made.Status == 201, $"{made.Status} {made.Body}");
    }

    internal static async Task<Admit> OpenAsync(RunningBroker broker, Client person, object request)
    {
        var session = (await person.PostAsync("/api/sessions", request)).Good.GetProperty("id").GetGuid();
        await Eventually.HoldsAsync(async () => (await person.GetAsync($"/api/sessions/{session}")).Text("state") is "connecting" or "connected" or "disconnected", "it has a machine");
        Assert.Equal(200, (await person.PostAsync($"/api/sessions/{session}/ticket")).Status);
        return broker.Host.Admits.Last(admit => admit.Session == session);
    }

    private static JsonElement Shown(Answer desktops, string pool) => desktops.Good.EnumerateArray().Single(desktop => desktop.GetProperty("id").GetString() == pool);

    private static (int, string) Code(Answer answer) => (answer.Status, answer.Text("code"));

    /// <summary>As much of a PNG as is looked at.</summary>
    internal static byte[] Png(int side)
    {
        var png = new byte[64];
        new byte[] { 0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A }.CopyTo(png, 0);
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(16), side);
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(20), side);
        return png;
    }
}
