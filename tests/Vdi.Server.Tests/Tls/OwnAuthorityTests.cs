using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Time.Testing;
using Vdi.Server.Tls;
using Vdi.TestSupport;

namespace Vdi.Server.Tests.Tls;

public sealed class OwnAuthorityTests : IDisposable
{
    private static readonly string[] Names = ["vdi.test", "192.0.2.7", "192.168.1.5"];
    private readonly TemporaryState _state = new();
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());

    private string Folder => Path.Combine(_state.Folder.Root, "tls");

    private OwnAuthority Authority => new(Folder, _time);

    private X509Certificate2 Root => X509CertificateLoader.LoadCertificateFromFile(Authority.AuthorityFile);

    private X509Certificate2 Server => X509CertificateLoader.LoadCertificateFromFile(Authority.ServerFile);

    [Fact]
    public void Certificate_is_for_every_name_and_no_other_and_chains_to_the_authority()
    {
        var certificate = Authority.ServerCertificate(Names);
        Assert.All(Names, name => Assert.True(certificate.IsFor(name), name));
        Assert.False(certificate.IsFor("other.test"));
        Assert.False(certificate.IsFor("192.0.2.8"));
        Assert.True(HttpsVdi.IsSignedBy(Root, Server));
    }

    [Fact]
    public void Authority_and_certificate_are_made_once()
    {
        var (first, fingerprint) = (Authority.ServerCertificate(Names).Thumbprint, Authority.Fingerprint);
        Assert.Equal(first, Authority.ServerCertificate(Names).Thumbprint);
        Assert.Equal(fingerprint, Authority.Fingerprint);
        Assert.Equal(Convert.ToHexString(SHA256.HashData(Root.RawData)), fingerprint.Replace(":", "", StringComparison.Ordinal));
    }

    [Fact]
    public void Keys_are_for_nobody_else()
    {
        Authority.ServerCertificate(Names);
        Assert.All(["ca.key", "server.key"], name => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(Folder, name))));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Folder));
    }

    [Fact]
    public void Certificate_is_renewed_before_it_ends_under_the_same_authority()
    {
        var (first, fingerprint) = (Authority.ServerCertificate(Names), Authority.Fingerprint);
        Assert.True(first.NotAfter - first.NotBefore <= TimeSpan.FromDays(398));
        _time.Advance(TimeSpan.FromDays(366));
        Assert.Equal(first.Thumbprint, Authority.ServerCertificate(Names).Thumbprint);
        _time.Advance(TimeSpan.FromDays(2));
        Assert.NotEqual(first.Thumbprint, Authority.ServerCertificate(Names).Thumbprint);
        Assert.Equal(fingerprint, Authority.Fingerprint);
    }

    [Fact]
    public void Names_that_changed_get_another_certificate_from_the_same_authority()
    {
        var (first, fingerprint) = (Authority.ServerCertificate(Names), Authority.Fingerprint);
        var fewer = Authority.ServerCertificate(["vdi.test", "10.1.2.3"]);
        Assert.NotEqual(first.Thumbprint, fewer.Thumbprint);
        Assert.False(fewer.IsFor("192.168.1.5"));
        Authority.ServerCertificate(OwnNames.For(System.Net.IPAddress.Loopback));
        Assert.Equal(fingerprint, Authority.Fingerprint);
    }

    [Fact]
    public void Name_that_the_authority_may_not_sign_for_makes_another_authority()
    {
        Authority.ServerCertificate(Names);
        var fingerprint = Authority.Fingerprint;
        Authority.ServerCertificate(["elsewhere.test"]);
        Assert.NotEqual(fingerprint, Authority.Fingerprint);
        Assert.True(HttpsVdi.IsSignedBy(Root, Server));
    }

    [Theory]
    [InlineData("bank.example")]
    [InlineData("vdi.test.example")]
    public void Stolen_key_of_the_authority_opens_no_other_site(string name)
    {
        Authority.ServerCertificate(Names);
        using var root = X509Certificate2.CreateFromPemFile(Authority.AuthorityFile, Path.Combine(Folder, "ca.key"));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var foreign = TestCertificates.Request(name, key).Create(root, _time.GetUtcNow().AddDays(-0.001), _time.GetUtcNow().AddDays(9), [1]);
        using var own = TestCertificates.Request("vdi.test", key).Create(root, _time.GetUtcNow().AddDays(-0.001), _time.GetUtcNow().AddDays(9), [2]);
        Assert.False(HttpsVdi.IsSignedBy(Root, foreign));
        Assert.True(HttpsVdi.IsSignedBy(Root, own));
    }

    [Fact]
    public void Certificate_that_was_half_written_is_made_again()
    {
        Authority.ServerCertificate(Names);
        File.WriteAllText(Path.Combine(Folder, "server.key"), "");
        Assert.True(Authority.ServerCertificate(Names).IsFor("vdi.test"));
    }

    [Fact]
    public void Damaged_authority_is_not_replaced_in_silence()
    {
        Authority.ServerCertificate(Names);
        File.WriteAllText(Path.Combine(Folder, "ca.key"), "");
        Assert.Contains("backup", Assert.Throws<CertificateException>(() => Authority.ServerCertificate(Names)).Message, StringComparison.Ordinal);
    }

    public void Dispose() => _state.Dispose();
}
