using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Vdi.Server.Client;

/// <summary>Which servers are believed: those that this computer trusts anyway, and those that one of these authorities signed.</summary>
internal sealed class ServerTrust
{
    private const string WebServer = "1.3.6.1.5.5.7.3.1";
    private readonly X509Certificate2Collection _authorities = [];

    /// <param name="files">PEM files, which must be readable.</param>
    /// <exception cref="ApiException">One is not.</exception>
    public ServerTrust(params IEnumerable<string> files)
    {
        foreach (var file in files)
        {
            try
            {
                _authorities.ImportFromPemFile(file);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
            {
                throw new ApiException($"{file} cannot be read as a certificate in PEM: {JsonText.Printable(e.Message)}", inner: e);
            }
        }
    }

    public void Apply(SslClientAuthenticationOptions tls) => tls.RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
        errors == SslPolicyErrors.None
        || (errors == SslPolicyErrors.RemoteCertificateChainErrors && _authorities.Count > 0 && certificate is X509Certificate2 leaf && IsSigned(leaf, chain));

    private bool IsSigned(X509Certificate2 leaf, X509Chain? sent)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(_authorities);
        chain.ChainPolicy.ExtraStore.AddRange(sent?.ChainPolicy.ExtraStore ?? []);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(new(WebServer));
        return chain.Build(leaf);
    }
}
