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

    private string Own => _app.Urls.Single();

    private async Task<(HttpStatusCode Status, string Seen)> AskAsync(string path, string? origin)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Own + path);
        request.Headers.Add("Cookie", "__Host-vdi=secret");
        request.Headers.Add("Authorization", "Bearer secret");
        request.Headers.Add("X-Other", "stays");
        if (origin is not null)
        {
            request.Headers.Add("Origin", origin);
        }

        using var answer = await _http.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}
