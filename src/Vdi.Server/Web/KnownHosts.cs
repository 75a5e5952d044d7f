using System.Net;
using Vdi.Server.Tls;

namespace Vdi.Server.Web;

internal static class KnownHosts
{
    /// <summary>Answers only to names of our own: another site's name that resolves to our address (DNS rebinding) opens nothing, and
    /// <see cref="OwnOrigin"/> compares with a name that was checked here.</summary>
    public static void UseKnownHostsOnly(this WebApplication app)
    {
        var certificates = app.Services.GetService<ServerCertificates>();
        app.Use(async (context, next) =>
        {
            var host = context.Request.Host.Host.Trim('[', ']').ToLowerInvariant();
            if (IsLoopback(host) || (certificates is not null && (certificates.Names.Contains(host) || certificates.Current?.IsFor(host) == true)))
            {
                await next(context);
                return;
            }

            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            await context.Response.WriteAsync("This server does not answer to that name. Its administrator can add it: vdi serve --name NAME\n");
        });
    }

    public static bool IsLoopback(string host) => host == "localhost" || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
}
