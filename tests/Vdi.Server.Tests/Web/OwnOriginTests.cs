using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Vdi.Server.Web;

namespace Vdi.Server.Tests.Web;

/// <summary>What reaches whoever is behind the check of origins, a host's hub above all.</summary>
public sealed class OwnOriginTests : IAsyncLifetime
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseCookies = false });
    private WebApplication _app = null!;

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.UseOwnOriginOnly();
        _app.Run(context => context.Response.WriteAsync(string.Join('\n', context.Request.Headers.Select(header => $"{header.Key}: {header.Value}"))));
        await _app.StartAsync();
    }

    public async Task DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
    }

    [Fact]
    public async Task No_cookie_and_no_authorization_reaches_a_host()
    {
        var (status, seen) = await AskAsync("/h/local/hub/desktop", Own);
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("X-Other: stays", seen, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Cookie", seen, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Authorization", seen, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Elsewhere_they_do_as_they_must_for_signing_in()
    {
        var (_, seen) = await AskAsync("/api/me", Own);
        Assert.Contains("Cookie: __Host-vdi=secret", seen, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("Authorization: Bearer secret", seen, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("/h/local/hub/desktop", "https://evil.example")]
    [InlineData("/h/local/hub/desktop", null)]
    [InlineData("/h/another/hub/desktop", "null")]
    [InlineData("/H/local/hub/desktop", "https://evil.example")]
    public async Task Host_is_not_even_asked_from_another_origin(string path, string? origin) =>
        Assert.Equal(HttpStatusCode.Forbidden, (await AskAsync(path, origin)).Status);

    /// <summary>Under the pages' own Referrer-Policy a form has the origin "null"; another site's has it, too, where it wants to.</summary>
    [Theory]
    [InlineData("/h/local/exports/1", "same-origin", HttpStatusCode.OK)]
    [InlineData("/h/local/exports/1", "cross-site", HttpStatusCode.Forbidden)]
    [InlineData("/h/local/files/shared", "same-origin", HttpStatusCode.OK)]
    [InlineData("/h/local/files/shared", "cross-site", HttpStatusCode.Forbidden)]
    [InlineData("/h/local/exports/1", null, HttpStatusCode.Forbidden)]
    [InlineData("/h/local/hub/desktop", "same-origin", HttpStatusCode.Forbidden)]
    [InlineData("/api/me", "same-origin", HttpStatusCode.Forbidden)]
    public async Task Form_without_an_origin_fetches_files_from_own_pages_only(string path, string? site, HttpStatusCode expected)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Own + path) { Content = new FormUrlEncodedContent([new("ticket", "t")]) };
        request.Headers.Add("Origin", "null");
        if (site is not null)
        {
            request.Headers.Add("Sec-Fetch-Site", site);
        }

        using var answer = await _http.SendAsync(request);
        Assert.Equal(expected, answer.StatusCode);
    }

    [Theory]
    [InlineData(null, HttpStatusCode.OK)]
    [InlineData("https://evil.example", HttpStatusCode.Forbidden)]
    [InlineData("null", HttpStatusCode.Forbidden)]
    public async Task File_is_asked_for_with_its_ticket_also_where_the_browser_names_no_origin(string? origin, HttpStatusCode status)
    {
        var (answered, seen) = await AskAsync("/h/local/exports/1", origin, ticket: "secret");
        Assert.Equal(status, answered);
        Assert.DoesNotContain("Cookie", seen, StringComparison.OrdinalIgnoreCase);
    }

    private string Own => _app.Urls.Single();

    private async Task<(HttpStatusCode Status, string Seen)> AskAsync(string path, string? origin, string? ticket = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Own + path);
        request.Headers.Add("Cookie", "__Host-vdi=secret");
        request.Headers.Add("Authorization", "Bearer secret");
        request.Headers.Add("X-Other", "stays");
        if (origin is not null)
        {
            request.Headers.Add("Origin", origin);
        }

        if (ticket is not null)
        {
            request.Headers.Add("Vdi-Ticket", ticket);
        }

        using var answer = await _http.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}
