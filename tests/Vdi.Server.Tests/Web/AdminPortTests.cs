using System.Net;
using System.Security.Cryptography.X509Certificates;
using Vdi.Server.Tls;
using Vdi.Server.Web;

namespace Vdi.Server.Tests.Web;

/// <summary>The admin port beside https.</summary>
public sealed class AdminPortTests
{
    [Fact]
    public async Task Loopback_is_plain_also_beside_https()
    {
        var port = HttpsVdi.FreePort();
        await using var vdi = await HttpsVdi.StartAsync(new TlsOptions(null, null, [], null, null), admin: new AdminListening(IPAddress.Loopback, port));
        using var http = new HttpClient();
        Assert.Contains("# TYPE target_info", await http.GetStringAsync(new Uri($"http://127.0.0.1:{port}/metrics")), StringComparison.Ordinal);
        Assert.Contains("ok", await http.GetStringAsync(new Uri($"http://127.0.0.1:{port}/healthz/live")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Everywhere_else_it_bears_the_servers_certificate()
    {
        var port = HttpsVdi.FreePort();
        await using var vdi = await HttpsVdi.StartAsync(new TlsOptions(null, null, [], null, null), "0.0.0.0", new AdminListening(IPAddress.Any, port));
        using var root = X509CertificateLoader.LoadCertificateFromFile(vdi.AuthorityFile);
        using var https = HttpsVdi.Client(root);
        Assert.Contains("# TYPE target_info", await https.GetStringAsync(new Uri($"https://localhost:{port}/metrics")), StringComparison.Ordinal);
        using var plain = new HttpClient();
        await Assert.ThrowsAsync<HttpRequestException>(() => plain.GetStringAsync(new Uri($"http://127.0.0.1:{port}/metrics")));
    }
}
