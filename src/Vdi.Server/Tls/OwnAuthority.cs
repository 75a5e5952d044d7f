using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Vdi.Server.Tls;

/// <summary>A certificate authority of this installation, made on its first start, and the server certificates that it signs.
/// ECDSA P-256 (FIPS 186-5), X.509 v3 (RFC 5280). Its key is for this user's eyes only and leaves the folder never.</summary>
internal sealed class OwnAuthority(string folder, TimeProvider time)
{
    private const UnixFileMode Mine = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Everyones = Mine | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Browsers take no server certificate that is good for longer than 398 days.</summary>
    private static readonly TimeSpan ServerLife = TimeSpan.FromDays(397);
    private static readonly TimeSpan AuthorityLife = TimeSpan.FromDays(3650);
    private static readonly TimeSpan RenewBefore = TimeSpan.FromDays(30);
    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");

    /// <summary>The authority's certificate, PEM: what people install in their browsers.</summary>
    public string AuthorityFile => Path.Combine(folder, "ca.crt");

    public string ServerFile => Path.Combine(folder, "server.crt");

    /// <summary>Whether the authority has been made.</summary>
    public bool Exists => File.Exists(AuthorityFile) && File.Exists(AuthorityKeyFile);

    /// <summary>SHA-256 of the authority's certificate, as browsers show it.</summary>
    public string Fingerprint
    {
        get
        {
            using var authority = X509CertificateLoader.LoadCertificateFromFile(AuthorityFile);
            return string.Join(':', SHA256.HashData(authority.RawData).Select(part => part.ToString("X2", System.Globalization.CultureInfo.InvariantCulture)));
        }
    }

    private string AuthorityKeyFile => Path.Combine(folder, "ca.key");

    private string ServerKeyFile => Path.Combine(folder, "server.key");

    /// <summary>A certificate for exactly these names, signed by the authority; the one on disk where it still serves.</summary>
    public PemCertificate ServerCertificate(IReadOnlyList<string> names)
    {
        Directory.CreateDirectory(folder, Mine | UnixFileMode.UserExecute);
        using var authority = LoadOrMakeAuthority(names);
        if (!Serves(authority, names))
        {
            MakeServer(authority, names);
        }

        return PemCertificate.Read(ServerFile, ServerKeyFile);
    }

    private void MakeServer(X509Certificate2 authority, IReadOnlyList<string> names)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={names[0]}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([ServerAuthentication], false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        request.CertificateExtensions.Add(AlternativeNames(names));
        var now = time.GetUtcNow();
        DateTimeOffset end = authority.NotAfter;
        using var signed = request.Create(authority, now.AddMinutes(-5), end < now + ServerLife ? end : now + ServerLife, RandomNumberGenerator.GetBytes(16));
        Write(ServerKeyFile, key.ExportPkcs8PrivateKeyPem(), Mine);
        Write(ServerFile, signed.ExportCertificatePem(), Everyones);
    }

    /// <summary>A new one, which everybody has to trust anew, only where the old one ends or may not sign for these names.</summary>
    private X509Certificate2 LoadOrMakeAuthority(IReadOnlyList<string> names)
    {
        if (Exists)
        {
            var there = LoadAuthority();
            if (there.NotAfter - time.GetUtcNow() > RenewBefore && NameConstraints.Allow(there, names))
            {
                return there;
            }

            there.Dispose();
        }

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN=Vdi {Environment.MachineName}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([ServerAuthentication], false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        request.CertificateExtensions.Add(NameConstraints.For([.. names, .. OwnNames.For(IPAddress.Loopback)]));
        var now = time.GetUtcNow();
        using var made = request.CreateSelfSigned(now.AddMinutes(-5), now + AuthorityLife);
        Write(AuthorityKeyFile, key.ExportPkcs8PrivateKeyPem(), Mine);
        Write(AuthorityFile, made.ExportCertificatePem(), Everyones);
        return LoadAuthority();
    }

    private X509Certificate2 LoadAuthority()
    {
        try
        {
            return X509Certificate2.CreateFromPemFile(AuthorityFile, AuthorityKeyFile);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new CertificateException($"The own CA in {folder} is damaged: {e.Message} Bring ca.crt and ca.key back from a backup, or delete both; then a new one is made, which people must trust anew.", e);
        }
    }

    private bool Serves(X509Certificate2 authority, IReadOnlyList<string> names)
    {
        try
        {
            using var certificate = X509Certificate2.CreateFromPemFile(ServerFile, ServerKeyFile);
            var signedBy = certificate.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().Single().KeyIdentifier!.Value;
            var key = authority.Extensions.OfType<X509SubjectKeyIdentifierExtension>().Single().SubjectKeyIdentifierBytes;
            return certificate.NotAfter - time.GetUtcNow() > RenewBefore
                && signedBy.Span.SequenceEqual(key.Span)
                && certificate.Extensions["2.5.29.17"]!.RawData.AsSpan().SequenceEqual(AlternativeNames(names).RawData);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or IOException)
        {
            // Missing, or interrupted between the key and the certificate: another one costs nothing.
            return false;
        }
    }

    /// <summary>SubjectAlternativeName: what browsers compare with the address bar.</summary>
    private static X509Extension AlternativeNames(IReadOnlyList<string> names)
    {
        var builder = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            if (IPAddress.TryParse(name, out var address))
            {
                builder.AddIpAddress(address);
            }
            else
            {
                builder.AddDnsName(name);
            }
        }

        return builder.Build();
    }

    private static void Write(string path, string text, UnixFileMode mode)
    {
        using (var file = new FileStream(path + ".new", new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = mode }))
        {
            file.Write(System.Text.Encoding.ASCII.GetBytes(text));
            file.Flush(flushToDisk: true);
        }

        File.Move(path + ".new", path, overwrite: true);
    }
}
