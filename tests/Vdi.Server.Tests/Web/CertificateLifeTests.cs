using System.Net;
using System.Security.Cryptography.X509Certificates;
using Vdi.Server.Tls;
using Vdi.TestSupport;

namespace Vdi.Server.Tests.Web;

public sealed class CertificateLifeTests : IDisposable
{
    private readonly TemporaryState _files = new();

    [Fact]
    public async Task Own_CA_and_its_certificate_outlive_a_restart_and_a_new_name_needs_no_new_CA()
    {
        await using var vdi = await HttpsVdi.StartAsync(new TlsOptions(null, null, ["vdi.test"], null));
        var authority = await File.ReadAllTextAsync(vdi.AuthorityFile);
        var first = await vdi.ShownAsync("vdi.test");
        await vdi.RestartAsync(new TlsOptions(null, null, ["vdi.test"], null));
        Assert.Equal(first.Thumbprint, (await vdi.ShownAsync("vdi.test")).Thumbprint);
        await vdi.RestartAsync(new TlsOptions(null, null, ["vdi.test", "desk.vdi.test"], null));
        Assert.True((await vdi.ShownAsync("vdi.test")).MatchesHostname("desk.vdi.test"));
        Assert.Equal(authority, await File.ReadAllTextAsync(vdi.AuthorityFile));
    }

    [Fact]
    public async Task File_that_changes_is_shown_without_a_restart_and_a_bad_one_is_not()
    {
        var (certificate, key) = TestCertificates.Write(_files.Folder.Root, "vdi.test");
        await using var vdi = await HttpsVdi.StartAsync(new TlsOptions(certificate, key, [], null));
        using var http = HttpsVdi.Client(null);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri($"https://vdi.test:{vdi.Port}/healthz"))).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await http.GetAsync(new Uri($"https://other.test:{vdi.Port}/healthz"))).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync(new Uri($"https://vdi.test:{vdi.Port}/ca.crt"))).StatusCode);

        var first = (await vdi.ShownAsync("vdi.test")).Thumbprint;
        await File.WriteAllTextAsync(certificate, "half a certif");
        await Task.Delay(TimeSpan.FromSeconds(11));
        Assert.Equal(first, (await vdi.ShownAsync("vdi.test")).Thumbprint);

        TestCertificates.Write(_files.Folder.Root, "vdi.test");
        await Eventually.HoldsAsync(async () => (await vdi.ShownAsync("vdi.test")).Thumbprint != first, "the new certificate is shown", 30);
    }

    [Fact]
    public async Task Intermediate_certificates_are_sent()
    {
        var (certificate, key, root) = TestCertificates.WriteChain(_files.Folder.Root, "vdi.test");
        await using var vdi = await HttpsVdi.StartAsync(new TlsOptions(certificate, key, ["vdi.test"], null));
        using var http = HttpsVdi.Client(root);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri($"https://vdi.test:{vdi.Port}/healthz"))).StatusCode);
    }

    public void Dispose() => _files.Dispose();
}
