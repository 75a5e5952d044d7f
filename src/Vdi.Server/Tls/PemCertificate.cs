using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Vdi.Server.Tls;

/// <summary>A certificate with its private key, and with the intermediate ones that browsers want to be sent beside it.</summary>
internal sealed class PemCertificate
{
    private readonly X509Certificate2 _leaf;

    private PemCertificate(X509Certificate2 leaf, X509Certificate2Collection chain) =>
        (_leaf, Context) = (leaf, SslStreamCertificateContext.Create(leaf, chain, offline: true));

    /// <summary>What a handshake shows.</summary>
    public SslStreamCertificateContext Context { get; }

    public string Subject => _leaf.Subject;

    public string Thumbprint => _leaf.Thumbprint;

    public DateTimeOffset NotBefore => _leaf.NotBefore;

    public DateTimeOffset NotAfter => _leaf.NotAfter;

    /// <summary>Whether browsers take it for this host name or address; names with a wildcard count.</summary>
    public bool IsFor(string host) =>
        Uri.CheckHostName(host) is UriHostNameType.Dns or UriHostNameType.IPv4 or UriHostNameType.IPv6 && _leaf.MatchesHostname(host, allowWildcards: true, allowCommonName: false);

    /// <summary>Reads PEM files. Throws <see cref="CertificateException"/> where they cannot be used.</summary>
    /// <param name="key">Null where the key is in the same file.</param>
    public static PemCertificate Read(string certificate, string? key)
    {
        try
        {
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(certificate);
            return new PemCertificate(X509Certificate2.CreateFromPemFile(certificate, key), chain);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            throw new CertificateException($"The certificate {certificate} cannot be used: {e.Message} Give a PEM file with --certificate and its private key, unencrypted, with --key.", e);
        }
    }

    /// <summary>Throws <see cref="CertificateException"/> where it is not good now, or not for all of these names.</summary>
    public PemCertificate Check(DateTimeOffset now, IEnumerable<string> names)
    {
        if (now > NotAfter)
        {
            throw new CertificateException($"The certificate of {Subject} ended on {NotAfter.UtcDateTime:u}: give a renewed one.");
        }

        if (now < NotBefore)
        {
            throw new CertificateException($"The certificate of {Subject} is good only from {NotBefore.UtcDateTime:u}: is this computer's clock right?");
        }

        return names.FirstOrDefault(name => !IsFor(name)) is { } foreign
            ? throw new CertificateException($"The certificate of {Subject} is not for {foreign}: give another certificate or another --name.")
            : this;
    }
}
