using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Vdi.Server.Tests;

/// <summary>Certificates in files, as administrators bring them.</summary>
internal static class TestCertificates
{
    /// <summary>Writes NAME.crt and NAME.key into the folder; signs itself.</summary>
    public static (string Certificate, string Key) Write(string folder, string name, double firstDay = -1, double lastDay = 90)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var made = Request(name, key).CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(firstDay), TimeProvider.System.GetUtcNow().AddDays(lastDay));
        return Write(folder, name, made.ExportCertificatePem(), key);
    }

    /// <summary>The same, signed by an intermediate authority, whose certificate follows in the file; the root is returned.</summary>
    public static (string Certificate, string Key, X509Certificate2 Root) WriteChain(string folder, string name)
    {
        var now = TimeProvider.System.GetUtcNow();
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var middleKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var root = Authority("Root", rootKey).CreateSelfSigned(now.AddDays(-1), now.AddDays(900));
        using var middle = Authority("Middle", middleKey).Create(root, now.AddDays(-1), now.AddDays(800), [1]).CopyWithPrivateKey(middleKey);
        using var leaf = Request(name, key).Create(middle, now.AddDays(-1), now.AddDays(90), [2]);
        var (certificate, keyFile) = Write(folder, name, $"{leaf.ExportCertificatePem()}\n{middle.ExportCertificatePem()}\n", key);
        return (certificate, keyFile, X509CertificateLoader.LoadCertificate(root.RawData));
    }

    public static CertificateRequest Request(string name, ECDsa key)
    {
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        return request;
    }

    private static CertificateRequest Authority(string name, ECDsa key)
    {
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request;
    }

    private static (string Certificate, string Key) Write(string folder, string name, string pem, ECDsa key)
    {
        var (certificate, keyFile) = (Path.Combine(folder, $"{name}.crt"), Path.Combine(folder, $"{name}.key"));
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(certificate, pem);
        return (certificate, keyFile);
    }
}
