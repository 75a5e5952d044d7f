using Vdi.Protocol.Fleet;
using Vdi.Protocol.Wire;
using Vdi.TestSupport;
using Vdi.TestSupport.Brokers;

namespace Vdi.Broker.Tests.Apps;

/// <summary>Links by which visitors open an application without signing in.</summary>
public sealed class LinkTests
{
    private static readonly object Editor = new { command = "editor", parameters = new[] { new { name = "page", label = "Page", argument = "{value}" } } };

    [Fact]
    public async Task Visitor_opens_one_application_and_comes_to_nothing_else()
    {
        await using var broker = await StartAsync();
        using var root = await broker.AdministratorAsync("root");
        var secret = await LinkAsync(root, new { name = "Kiosk", expires = In(1), files = true, minutes = 10, arguments = new { page = "7" } });
        using var visitor = new Client(broker.Address);
        var (admit, session) = await VisitAsync(broker, visitor, secret, new { page = "9" });

        // What the link says itself has the last word, and its policy narrows the pool's.
        Assert.Equal(["7"], admit.Run!.App.Arguments);
        Assert.Equal(Rights.View | Rights.Input | Rights.FilesUp | Rights.FilesDown, admit.Rights);
        Assert.StartsWith("link:Kiosk", admit.User, StringComparison.Ordinal);
        Assert.Equal("", visitor.SetCookie);
        Assert.Equal("editor", (await visitor.GetAsync("/api/links/session")).Text("pool"));
        foreach (var path in new[] { "/api/desktops", "/api/sessions", $"/api/sessions/{session}", "/api/me", "/api/pools" })
        {
            Assert.Equal(401, (await visitor.GetAsync(path)).Status);
        }

        using var other = new Client(broker.Address);
        Assert.Equal(401, (await other.GetAsync("/api/links/session")).Status);
        other.Token = $"visit_{secret}";
        Assert.Equal(401, (await other.GetAsync("/api/links/session")).Status);
        var listed = (await root.GetAsync("/api/all-sessions")).Body.GetProperty("items")[0];
        Assert.Equal((session, "Kiosk"), (listed.GetProperty("id").GetGuid(), listed.GetProperty("displayName").GetString()));
        Assert.Equal(204, (await visitor.DeleteAsync("/api/links/session")).Status);
        Assert.Equal("ended-by-user", (await visitor.GetAsync("/api/links/session")).At("reason", "code"));
    }

    [Fact]
    public async Task Visitors_have_a_machine_each()
    {
        await using var broker = await StartAsync();
        using var root = await broker.AdministratorAsync("root");
        var secret = await LinkAsync(root, new { name = "Class", expires = In(1) });
        using var one = new Client(broker.Address);
        using var two = new Client(broker.Address);
        var (first, second) = (await VisitAsync(broker, one, secret), await VisitAsync(broker, two, secret));
        Assert.NotEqual(first.Admit.Machine, second.Admit.Machine);
        Assert.NotEqual(first.Admit.User, second.Admit.User);
        Assert.Equal(Rights.View | Rights.Input, first.Admit.Rights);
    }

    [Fact]
    public async Task Link_that_is_used_up_expired_revoked_or_tampered_with_says_which()
    {
        await using var broker = await StartAsync();
        using var root = await broker.AdministratorAsync("root");
        using var visitor = new Client(broker.Address);
        var once = await LinkAsync(root, new { name = "Once", expires = In(1), maxUses = 1 });
        await VisitAsync(broker, visitor, once);
        Assert.Equal((403, "link-used-up"), Code(await OpenAsync(visitor, once)));

        var old = await LinkAsync(root, new { name = "Old", expires = In(1) });
        await broker.ChangeAsync(db => db.AppLinks.Single(link => link.Name == "Old").Expires = TimeProvider.System.GetUtcNow().AddSeconds(-1));
        Assert.Equal((403, "link-expired"), Code(await OpenAsync(visitor, old)));

        var revoked = await LinkAsync(root, new { name = "Revoked", expires = In(1) });
        using var inside = new Client(broker.Address);
        var (admit, session) = await VisitAsync(broker, inside, revoked);
        var id = await broker.QueryAsync(db => db.AppLinks.Single(link => link.Name == "Revoked").Id);
        Assert.Equal(204, (await root.DeleteAsync($"/api/pools/editor/links/{id}")).Status);
        Assert.Equal((403, "link-revoked"), Code(await OpenAsync(visitor, revoked)));
        Assert.Equal("no-longer-allowed", (await inside.GetAsync("/api/links/session")).At("reason", "code"));
        await Eventually.HoldsAsync(() => Task.FromResult(broker.Host.Revokes.Any(revoke => revoke.Session == session)), "who was inside is out");
        Assert.Equal(admit.Session, session);

        foreach (var secret in new[] { "", "nonsense", $"{once[..^1]}{(once[^1] == 'A' ? 'B' : 'A')}x", new string('a', 10_000) })
        {
            Assert.Equal((404, "link-unknown"), Code(await OpenAsync(visitor, secret)));
        }

        // A link is to one application.
        await AppTests.PublishAsync(root, "other", new { command = "other" });
        Assert.Equal((404, "link-unknown"), Code(await visitor.PostAsync("/api/links/open", new { app = "other", secret = once })));
        Assert.Equal(["link-expired", "link-revoked", "link-used-up"], (await root.GetAsync("/api/pools/editor/links")).Body.GetProperty("items").EnumerateArray().Select(link => link.GetProperty("problem").GetString()!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Only_one_has_the_last_use()
    {
        await using var broker = await StartAsync();
        using var root = await broker.AdministratorAsync("root");
        var secret = await LinkAsync(root, new { name = "Once", expires = In(1), maxUses = 1 });
        var visitors = Enumerable.Range(0, 6).Select(_ => new Client(broker.Address)).ToList();
        var answers = await Task.WhenAll(visitors.Select(visitor => OpenAsync(visitor, secret)));
        visitors.ForEach(visitor => visitor.Dispose());
        Assert.Single(answers, answer => answer.Status == 200);
        Assert.Equal(1, await broker.QueryAsync(db => db.AppLinks.Single().Uses));
    }

    [Fact]
    public async Task Session_of_a_visitor_ends_when_its_time_is_over()
    {
        await using var broker = await StartAsync();
        using var root = await broker.AdministratorAsync("root");
        using var visitor = new Client(broker.Address);
        var (_, session) = await VisitAsync(broker, visitor, await LinkAsync(root, new { name = "Short", expires = In(1), minutes = 5 }));
        await broker.ChangeAsync(db => db.Sessions.Single(row => row.Id == session).Until = TimeProvider.System.GetUtcNow());
        await Eventually.HoldsAsync(async () => (await visitor.GetAsync("/api/links/session")).Body.GetProperty("reason").ToString().Contains("session-too-long", StringComparison.Ordinal), "it is over");
    }

    [Fact]
    public async Task What_is_wrong_with_a_link_is_said()
    {
        await using var broker = await StartAsync();
        using var root = await broker.AdministratorAsync("root");
        var refused = await root.PostAsync("/api/pools/editor/links", new { name = "", expires = TimeProvider.System.GetUtcNow().AddYears(2), maxUses = 0, minutes = 0, arguments = new { nothing = "1" } });
        Assert.Equal(["arguments.nothing unknown-parameter", "expires bad-expiry", "maxUses out-of-range", "minutes out-of-range", "name missing"], refused.Faults.Order(StringComparer.Ordinal));
        Assert.Equal(404, (await root.PostAsync("/api/pools/desktops/links", new { name = "a", expires = In(1) })).Status);
        using var kim = await broker.PersonAsync("kim");
        Assert.Equal(403, (await kim.GetAsync("/api/pools/editor/links")).Status);
        Assert.Equal(403, (await kim.PostAsync("/api/pools/editor/links", new { name = "a", expires = In(1) })).Status);
    }

    private static async Task<RunningBroker> StartAsync()
    {
        var broker = await RunningBroker.StartAsync();
        using var publisher = await broker.AdministratorAsync("publisher");
        await AppTests.PublishAsync(publisher, "editor", Editor);
        return broker;
    }

    private static async Task<string> LinkAsync(Client root, object link)
    {
        var made = (await root.PostAsync("/api/pools/editor/links", link)).Good;
        var url = new Uri(made.GetProperty("url").GetString()!);
        Assert.Equal("/app/editor", url.AbsolutePath);
        return url.Fragment[1..];
    }

    private static Task<Answer> OpenAsync(Client visitor, string secret, object? arguments = null) => visitor.PostAsync("/api/links/open", new { app = "editor", secret, arguments });

    private static async Task<(Admit Admit, Guid Session)> VisitAsync(RunningBroker broker, Client visitor, string secret, object? arguments = null)
    {
        var visit = (await OpenAsync(visitor, secret, arguments)).Good;
        visitor.Token = visit.GetProperty("token").GetString();
        await Eventually.HoldsAsync(async () => (await visitor.GetAsync("/api/links/session")).Text("state") == "connecting", "it has a machine");
        Assert.Equal(200, (await visitor.PostAsync("/api/links/session/ticket")).Status);
        var session = visit.GetProperty("session").GetProperty("id").GetGuid();
        return (broker.Host.Admits.Last(admit => admit.Session == session), session);
    }

    private static DateTimeOffset In(int days) => TimeProvider.System.GetUtcNow().AddDays(days);

    private static (int, string) Code(Answer answer) => (answer.Status, answer.Text("code"));
}
