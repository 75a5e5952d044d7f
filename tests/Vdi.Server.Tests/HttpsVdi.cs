using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Vdi.Broker.Users;
using Vdi.Server.Tls;
using Vdi.Server.Web;
using Vdi.TestSupport;

namespace Vdi.Server.Tests;

/// <summary>The product over https in this process, with machines that do not exist. Names resolve to loopback for its clients.</summary>
internal sealed class HttpsVdi : IAsyncDisposable
{
    private readonly TemporaryState _state = new();
    private WebApplication _server = null!;

    private HttpsVdi() { }

    public int Port { get; } = FreePort();

    public string Address => $"https://localhost:{Port}";

    public string Password { get; private set; } = "";

    public string Folder => VdiServer.TlsFolder(_state.Folder);

    public string AuthorityFile => Path.Combine(Folder, "ca.crt");

    public static async Task<HttpsVdi> StartAsync(TlsOptions tls, string bind = "127.0.0.1", AdminListening? admin = null)
    {
        var vdi = new HttpsVdi();
        try
        {
            await vdi.StartServerAsync(tls, bind, admin);
            return vdi;
        }
        catch
        {
            await vdi.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops the server and starts another on the same state.</summary>
    public async Task RestartAsync(TlsOptions tls, string bind = "127.0.0.1")
    {
        await StopServerAsync();
        await StartServerAsync(tls, bind);
    }

    /// <summary>A client that trusts one root only; null trusts all.</summary>
    public static HttpClient Client(X509Certificate2? root)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            ConnectCallback = async (context, stop) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(IPAddress.Loopback, context.DnsEndPoint.Port, stop);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, chain, errors) => root is null
            || ((errors & SslPolicyErrors.RemoteCertificateNameMismatch) == 0 && IsSignedBy(root, (X509Certificate2)certificate!, chain!.ChainPolicy.ExtraStore));
        return new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(10) };
    }

    /// <summary>Whether the certificate's chain ends at this root, now, for a web server.</summary>
    public static bool IsSignedBy(X509Certificate2 root, X509Certificate2 certificate, X509Certificate2Collection? sent = null)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(root);
        chain.ChainPolicy.ExtraStore.AddRange(sent ?? []);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(new("1.3.6.1.5.5.7.3.1"));
        return chain.Build(certificate);
    }

    /// <summary>The certificate that a handshake for this name shows.</summary>
    public async Task<X509Certificate2> ShownAsync(string name)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, Port);
        await using var tls = new SslStream(socket.GetStream(), false, (_, _, _, _) => true);
        await tls.AuthenticateAsClientAsync(name);
        return X509CertificateLoader.LoadCertificate(tls.RemoteCertificate!.Export(X509ContentType.Cert));
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public async ValueTask DisposeAsync()
    {
        await StopServerAsync();
        _state.Dispose();
    }

    private async Task StartServerAsync(TlsOptions tls, string bind, AdminListening? admin = null)
    {
        Environment.SetEnvironmentVariable("VDI_RECIPES", Path.Combine(Repository.Root, "deploy", "image"));
        Environment.SetEnvironmentVariable("VDI_WWWROOT", Path.Combine(Repository.Root, "client-web", "dist"));
        _server = VdiServer.Build(new VdiServerOptions(_state.Folder, $"https://{bind}:{Port}", "fake", 1, FakeMachines: true, tls, Admin: admin));
        await VdiServer.PrepareAsync(_server, default);
        Password = await _server.Services.MakeFirstAdministratorAsync() ?? Password;
        await _server.StartAsync();
    }

    private async Task StopServerAsync()
    {
        if (_server is not null)
        {
            await _server.StopAsync();
            await _server.DisposeAsync();
        }
    }
}
