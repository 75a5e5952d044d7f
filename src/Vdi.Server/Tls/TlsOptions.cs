namespace Vdi.Server.Tls;

/// <summary>Where the server's certificate comes from: files, or an ACME authority, or, where neither is given, an own CA.</summary>
/// <param name="Certificate">PEM file with the certificate and its chain, or null.</param>
/// <param name="Key">PEM file with the private key, or null where it is in the file of the certificate.</param>
/// <param name="Names">Host names (lower case, ASCII) and addresses that people type. Empty: those of a given certificate, or else this
/// computer's own.</param>
/// <param name="Acme">An ACME authority to ask, or null.</param>
/// <param name="HttpPort">Port for plain HTTP, which redirects to https and serves /ca.crt and ACME's challenges and nothing else; or null.</param>
public sealed record TlsOptions(string? Certificate, string? Key, IReadOnlyList<string> Names, AcmeOptions? Acme, int? HttpPort = null);

/// <summary>An ACME authority (RFC 8555), asked by the lego program.</summary>
/// <param name="Directory">Address of the authority's directory.</param>
/// <param name="Email">Whom the authority warns, or null.</param>
public sealed record AcmeOptions(string Directory, string? Email)
{
    public const string LetsEncrypt = "https://acme-v02.api.letsencrypt.org/directory";
}
