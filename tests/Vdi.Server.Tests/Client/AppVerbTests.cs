using Vdi.Server.Client;

namespace Vdi.Server.Tests.Client;

/// <summary>Applications at the command line, and the frames that their pages may be in.</summary>
public sealed class AppVerbTests(CommandLine line) : IClassFixture<CommandLine>
{
    [Fact]
    public async Task Application_is_discovered_published_linked_to_and_its_link_revoked()
    {
        Assert.Contains("editor", (await line.DoAsync("app", "discover", "fake")).Output, StringComparison.Ordinal);
        Assert.Contains("it has: editor", (await line.RunAsync("app", "publish", "fake", "nothing")).Errors, StringComparison.Ordinal);
        Assert.Contains("/app/notes", (await line.DoAsync("app", "publish", "fake", "editor", "--id", "notes", "--set", "access=role:user", "--set", "app.version=2.1", "--set", "app.parameters=[{\"name\":\"page\",\"label\":\"Page\",\"argument\":\"{value}\"}]")).Output, StringComparison.Ordinal);
        var pool = (await line.DoAsync("pool", "show", "notes", "--json")).Json;
        Assert.Equal(("Editor", "editor", "2.1", "text/plain"), (pool.At("settings.name").Text(), pool.At("settings.app.command").Text(), pool.At("settings.app.version").Text(), pool.At("settings.app.fileTypes").Show()));
        Assert.Contains("notes", (await line.DoAsync("app", "list")).Output, StringComparison.Ordinal);
        Assert.DoesNotContain("desktops", (await line.DoAsync("app", "list")).Output, StringComparison.Ordinal);

        var url = (await line.DoAsync("app", "link", "create", "notes", "Class 7", "--days", "2", "--uses", "30", "--say", "page=3")).Output.Trim();
        Assert.Matches(@"/app/notes#[A-Za-z0-9_-]{43}$", url);
        Assert.Contains("0 of 30", (await line.DoAsync("app", "link", "list", "notes")).Output, StringComparison.Ordinal);
        Assert.Contains("takes no 'pages'", (await line.RunAsync("app", "link", "create", "notes", "x", "--say", "pages=3")).Errors, StringComparison.Ordinal);
        var id = (await line.DoAsync("app", "link", "list", "notes", "--json")).Json.At("items")![0].At("id").Text()!;
        await line.DoAsync("app", "link", "revoke", "notes", id);
        Assert.Contains("revoked", (await line.DoAsync("app", "link", "list", "notes")).Output, StringComparison.Ordinal);
        Assert.Contains("There is no application 'desktops'", (await line.RunAsync("app", "link", "create", "desktops", "x")).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Page_of_an_application_is_shown_in_frames_of_the_pages_that_may_and_says_so_in_others()
    {
        await line.DoAsync("app", "publish", "fake", "editor", "--id", "framed", "--set", "app.embed=https://intranet.example,https://school.example");
        await line.DoAsync("app", "publish", "fake", "editor", "--id", "alone");
        using var http = new HttpClient { BaseAddress = new Uri(line.Server.Address) };
        var allowed = await GetAsync(http, "/app/framed", "https://intranet.example/page");
        Assert.Contains("frame-ancestors https://intranet.example https://school.example", Policy(allowed), StringComparison.Ordinal);
        Assert.False(allowed.Headers.Contains("X-Frame-Options"));

        foreach (var (path, from) in new[] { ("/app/framed", "https://evil.example/"), ("/app/alone", "https://intranet.example/"), ("/app/nothing", "https://intranet.example/") })
        {
            var refused = await GetAsync(http, path, from);
            Assert.Contains("may not be shown in a page of https://", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            Assert.DoesNotContain("script", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            Assert.Contains("default-src 'none'", Policy(refused), StringComparison.Ordinal);
        }

        // All other pages are in nobody's frame, and the application's own is no more than before outside of one.
        foreach (var path in new[] { "/", "/app/alone", "/sign-in" })
        {
            using var plain = await http.GetAsync(path);
            Assert.Contains("frame-ancestors 'none'", Policy(plain), StringComparison.Ordinal);
            Assert.True(plain.Headers.Contains("X-Frame-Options"));
        }
    }

    private static async Task<HttpResponseMessage> GetAsync(HttpClient http, string path, string from)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Referrer = new Uri(from) } };
        request.Headers.Add("Sec-Fetch-Dest", "iframe");
        request.Headers.Add("Sec-Fetch-Site", "cross-site");
        return await http.SendAsync(request);
    }

    private static string Policy(HttpResponseMessage response) => response.Headers.GetValues("Content-Security-Policy").Single();
}
