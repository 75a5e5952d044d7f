using System.Text.RegularExpressions;
using Vdi.Server.Tls;

namespace Vdi.Server.Web;

/// <summary>What may be had beside the product where there is TLS: the own CA's certificate, and on the plain port the answers to ACME
/// challenges and the way to https.</summary>
internal static partial class PlainHttp
{
    private const string ChallengePath = "/.well-known/acme-challenge";

    public static void UseAuthorityCertificate(this WebApplication app)
    {
        if (app.Services.GetService<ServerCertificates>() is not { } certificates)
        {
            return;
        }

        app.MapWhen(context => context.Request.Path == "/ca.crt", answer => answer.Run(context =>
        {
            context.Response.Headers.CacheControl = "no-store";
            return certificates.AuthorityFile is { } file
                ? Results.File(file, "application/x-x509-ca-cert", "vdi-ca.crt").ExecuteAsync(context)
                : Say(context, StatusCodes.Status404NotFound, "This server's certificate is not from a CA of its own.");
        }));
    }

    /// <summary>Ends every request that did not come over TLS.</summary>
    public static void UseHttpsOnly(this WebApplication app, int port)
    {
        if (app.Services.GetService<ServerCertificates>() is not { } certificates)
        {
            return;
        }

        app.MapWhen(context => !context.Request.IsHttps, plain => plain.Run(context =>
        {
            var request = context.Request;
            if (request.Path.StartsWithSegments(ChallengePath, out var token) && certificates.Challenges is { } folder)
            {
                var file = Path.Combine(folder, token.Value!.TrimStart('/'));
                return Token().IsMatch(token.Value) && File.Exists(file)
                    ? Results.File(file, "text/plain").ExecuteAsync(context)
                    : Say(context, StatusCodes.Status404NotFound, "No such challenge.");
            }

            if (certificates.Current is null)
            {
                return Say(context, StatusCodes.Status503ServiceUnavailable, "The certificate has not arrived yet. Try again in a minute; the server's log says more.");
            }

            if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
            {
                return Say(context, StatusCodes.Status403Forbidden, "Only over https.");
            }

            var host = port == 443 ? new HostString(Bracketed(request.Host.Host)) : new HostString(request.Host.Host, port);
            context.Response.Headers.CacheControl = "no-store";
            context.Response.Redirect($"https://{host}{request.PathBase}{request.Path}{request.QueryString}");
            return Task.CompletedTask;
        }));
    }

    private static string Bracketed(string host) => host.Contains(':', StringComparison.Ordinal) && host[0] != '[' ? $"[{host}]" : host;

    private static Task Say(HttpContext context, int status, string words)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(words + "\n");
    }

    /// <summary>A token of RFC 8555, 8.1: base64url.</summary>
    [GeneratedRegex(@"\A/[A-Za-z0-9_-]{1,200}\z")]
    private static partial Regex Token();
}
