using System.Security.Cryptography.X509Certificates;
using Vdi.Server.Tls;

namespace Vdi.Server.Tests.Web;

/// <summary>One server with its own CA, on all addresses, known as vdi.test, with a plain port beside.</summary>
public sealed class HttpsFixture : IAsyncLifetime
{
    internal static readonly int HttpPort = HttpsVdi.FreePort();

    internal static TlsOptions Options => new(null, null, ["vdi.test", "localhost", "127.0.0.1"], null, HttpPort);

    internal HttpsVdi Vdi { get; private set; } = null!;

    internal HttpClient Http { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Vdi = await HttpsVdi.StartAsync(Options, "0.0.0.0");
        Http = HttpsVdi.Client(X509CertificateLoader.LoadCertificateFromFile(Vdi.AuthorityFile));
    }

    public async Task DisposeAsync()
    {
        Http?.Dispose();
        await Vdi.DisposeAsync();
    }

    internal Uri Plain(string path, string host = "vdi.test") => new($"http://{host}:{HttpPort}{path}");

    internal Uri Secure(string path, string host = "vdi.test") => new($"https://{host}:{Vdi.Port}{path}");
}
