using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Vdi.Server.Tls;

namespace Vdi.Server.Web;

internal static class Listening
{
    /// <summary>Plain http on loopback, https everywhere else; there is no way to ask for less.</summary>
    public static void AddListening(this WebApplicationBuilder builder, VdiServerOptions options)
    {
        var address = BindingAddress.Parse(options.Address);
        var loopback = address.Host == "localhost";
        var ip = loopback ? IPAddress.Loopback : IPAddress.Parse(address.Host.Trim('[', ']'));
        builder.WebHost.ConfigureKestrel(Limit);
        if (options.Tls is not { } tls)
        {
            if (address.Scheme != "http" || !IPAddress.IsLoopback(ip))
            {
                throw new InvalidOperationException($"{options.Address}: without a certificate only http on loopback is served");
            }

            if (options.Admin is not { } plain)
            {
                builder.WebHost.UseUrls(options.Address);
                return;
            }

            // What is listened to by code takes the place of addresses.
            builder.WebHost.ConfigureKestrel(kestrel =>
            {
                if (loopback)
                {
                    kestrel.ListenLocalhost(address.Port);
                }
                else
                {
                    kestrel.Listen(ip, address.Port);
                }

                kestrel.Listen(plain.Address, plain.Port);
            });
            return;
        }

        builder.Services.AddSingleton(services => new ServerCertificates(
            VdiServer.TlsFolder(options.State),
            tls,
            ip,
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<IHostApplicationLifetime>(),
            services.GetRequiredService<ILogger<ServerCertificates>>()));
        builder.Services.AddHostedService(services => services.GetRequiredService<ServerCertificates>());
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            var certificates = kestrel.ApplicationServices.GetRequiredService<ServerCertificates>();
            kestrel.Listen(ip, address.Port, listen => listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => Handshake(certificates) }));
            if (options.Admin is { } admin)
            {
                kestrel.Listen(admin.Address, admin.Port, listen =>
                {
                    if (!admin.IsLoopback)
                    {
                        listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => Handshake(certificates) });
                    }
                });
            }

            if (tls.HttpPort is { } port)
            {
                kestrel.Listen(ip, port, listen => listen.Protocols = HttpProtocols.Http1);
            }
        });
    }

    /// <summary>Requests are small JSON; what is large goes over the hubs, which have limits of their own.</summary>
    private static void Limit(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromMinutes(2);
        kestrel.Limits.MaxRequestBodySize = 64 * 1024;
        kestrel.Limits.MaxConcurrentUpgradedConnections = 4096;
    }

    /// <summary>Asked for each connection, so that a renewed certificate needs no restart.</summary>
    private static ValueTask<SslServerAuthenticationOptions> Handshake(ServerCertificates certificates) => ValueTask.FromResult(new SslServerAuthenticationOptions
    {
        ServerCertificateContext = certificates.Current?.Context ?? throw new AuthenticationException("There is no certificate yet"),
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
    });
}
