using System.Net;
using System.Security.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Vdi.Server.Tls;
using Vdi.TestSupport;

namespace Vdi.Server.Tests.Tls;

public sealed class AcmeTests
{
    [Fact]
    public async Task Server_gets_its_certificate_from_an_ACME_authority_by_itself()
    {
        var httpPort = HttpsVdi.FreePort();
        using var pebble = await Pebble.StartAsync(httpPort);
        await using var vdi = await HttpsVdi.StartAsync(new TlsOptions(null, null, ["desk.acme.test", "vdi.acme.test"], new AcmeOptions(pebble.Directory, null), httpPort), "0.0.0.0");
        using var http = HttpsVdi.Client(pebble.Root);
        foreach (var name in (string[])["desk.acme.test", "vdi.acme.test"])
        {
            await Eventually.HoldsAsync(
                async () =>
                {
                    try
                    {
                        return (await http.GetAsync(new Uri($"https://{name}:{vdi.Port}/healthz"))).StatusCode == HttpStatusCode.OK;
                    }
                    catch (HttpRequestException)
                    {
                        return false;
                    }
                },
                $"https://{name} is served with a certificate that chains to the authority",
                30);
        }

        // lego leaves the account's key readable; nobody comes as far.
        var folder = Assert.Single(Directory.EnumerateDirectories(Path.Combine(vdi.Folder, "acme")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder));
        using var none = await http.GetAsync(new Uri($"http://desk.acme.test:{httpPort}/.well-known/acme-challenge/..%2f..%2f..%2faccount.json"));
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
    }

    [Fact]
    public async Task Without_an_answer_of_the_authority_nothing_is_served_and_the_plain_port_says_why()
    {
        var httpPort = HttpsVdi.FreePort();
        await using var vdi = await HttpsVdi.StartAsync(new TlsOptions(null, null, ["desk.acme.test"], new AcmeOptions($"https://localhost:{HttpsVdi.FreePort()}/dir", null), httpPort), "0.0.0.0");
        using var http = HttpsVdi.Client(null);
        using var plain = await http.GetAsync(new Uri($"http://desk.acme.test:{httpPort}/"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, plain.StatusCode);
        var refused = await Assert.ThrowsAnyAsync<Exception>(() => vdi.ShownAsync("desk.acme.test"));
        Assert.True(refused is AuthenticationException or IOException, refused.ToString());
    }

    [Fact]
    public async Task Certificate_is_renewed_before_it_ends()
    {
        using var state = new TemporaryState();
        var httpPort = HttpsVdi.FreePort();
        using var pebble = await Pebble.StartAsync(httpPort);
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        using var certificates = new ServerCertificates(state.Folder.Root, new TlsOptions(null, null, ["desk.acme.test"], new AcmeOptions(pebble.Directory, "admin@acme.test"), httpPort), IPAddress.Any, time, new Started(), NullLogger<ServerCertificates>.Instance);
        await using var web = Challenges(certificates, httpPort);
        await web.StartAsync();
        await certificates.StartAsync(default);
        await Eventually.HoldsAsync(() => Task.FromResult(certificates.Current is not null), "the first certificate is there", 30);
        var first = certificates.Current!.Thumbprint;

        time.Advance(TimeSpan.FromDays(59));
        await Task.Delay(1000);
        Assert.Equal(first, certificates.Current.Thumbprint);

        time.Advance(TimeSpan.FromDays(2));
        await Eventually.HoldsAsync(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(1));
                return Task.FromResult(certificates.Current.Thumbprint != first);
            },
            "the certificate is a new one",
            30);
        await certificates.StopAsync(default);
    }

    private static WebApplication Challenges(ServerCertificates certificates, int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        var web = builder.Build();
        web.MapGet("/.well-known/acme-challenge/{token}", (string token) => Results.File(Path.Combine(certificates.Challenges!, token)));
        return web;
    }

    private sealed class Started : IHostApplicationLifetime
    {
        public CancellationToken ApplicationStarted { get; } = new(canceled: true);

        public CancellationToken ApplicationStopping => default;

        public CancellationToken ApplicationStopped => default;

        public void StopApplication() { }
    }
}
