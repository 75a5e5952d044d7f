using System.Security.Cryptography;
using Vdi.Server.Tls;
using Vdi.TestSupport;

namespace Vdi.Server.Tests.Tls;

public sealed class PemCertificateTests : IDisposable
{
    private readonly TemporaryState _state = new();

    [Fact]
    public void Good_files_are_taken()
    {
        var (certificate, key) = TestCertificates.Write(_state.Folder.Root, "vdi.test");
        Assert.True(PemCertificate.Read(certificate, key).Check(TimeProvider.System.GetUtcNow(), ["vdi.test"]).IsFor("vdi.test"));
    }

    [Fact]
    public void Key_in_the_same_file_is_found()
    {
        var (certificate, key) = TestCertificates.Write(_state.Folder.Root, "vdi.test");
        File.AppendAllText(certificate, "\n" + File.ReadAllText(key));
        Assert.True(PemCertificate.Read(certificate, null).IsFor("vdi.test"));
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("empty")]
    [InlineData("other key")]
    [InlineData("no key")]
    [InlineData("encrypted key")]
    [InlineData("folder")]
    public void Bad_files_are_refused_with_words(string what)
    {
        var (certificate, key) = TestCertificates.Write(_state.Folder.Root, "vdi.test");
        var other = TestCertificates.Write(_state.Folder.Root, "other.test").Key;
        using var secret = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        switch (what)
        {
            case "missing": File.Delete(certificate); break;
            case "empty": File.WriteAllText(certificate, ""); break;
            case "folder": certificate = _state.Folder.Root; break;
            case "encrypted key": File.WriteAllText(key, secret.ExportEncryptedPkcs8PrivateKeyPem("secret", new PbeParameters(PbeEncryptionAlgorithm.Aes128Cbc, HashAlgorithmName.SHA256, 1))); break;
        }

        var refused = Assert.Throws<CertificateException>(() => PemCertificate.Read(certificate, what switch { "other key" => other, "no key" => null, _ => key }));
        Assert.Contains("--key", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-9, -1, "vdi.test", "ended on")]
    [InlineData(1, 9, "vdi.test", "clock")]
    [InlineData(-1, 9, "other.test", "not for other.test")]
    public void Certificate_that_browsers_would_refuse_is_refused(double first, double last, string name, string words)
    {
        var (certificate, key) = TestCertificates.Write(_state.Folder.Root, "vdi.test", first, last);
        var refused = Assert.Throws<CertificateException>(() => PemCertificate.Read(certificate, key).Check(TimeProvider.System.GetUtcNow(), [name]));
        Assert.Contains(words, refused.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _state.Dispose();
}
