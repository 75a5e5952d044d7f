using System.Net;
using System.Security.Cryptography;
using Vdi.Broker.Api;

namespace Vdi.Server.Web;

internal static class SecureHeaders
{
    /// <summary>What pages may ask of a browser: what a desktop needs, and nothing of what it does not use yet.</summary>
    private const string Permissions = "clipboard-read=(self), clipboard-write=(self), fullscreen=(self), keyboard-map=(self), screen-wake-lock=(self), autoplay=(self), "
        + "accelerometer=(), camera=(), display-capture=(), encrypted-media=(), geolocation=(), gyroscope=(), hid=(), idle-detection=(), "
        + "magnetometer=(), microphone=(), midi=(), payment=(), serial=(), usb=(), xr-spatial-tracking=()";

    private const string NoFrames = "frame-ancestors 'none'; ";

    private static readonly object NonceKey = new();

    /// <summary>The nonce of this response's content security policy.</summary>
    public static string Nonce(HttpContext context) => (string)context.Items[NonceKey]!;

    public static void UseSecureHeaders(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        var nonce = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
        context.Items[NonceKey] = nonce;
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = context.Request.Path.StartsWithSegments(Description.ReferencePath) ? ReferencePolicy(nonce) : Policy(nonce);
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Permissions-Policy"] = Permissions;
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Embedder-Policy"] = "require-corp";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";

        // RFC 6797, 8.1.1: not for addresses; and a browser that kept it for localhost would spoil every other program there.
        var host = context.Request.Host.Host;
        if (context.Request.IsHttps && host != "localhost" && !IPAddress.TryParse(host, out _))
        {
            headers.StrictTransportSecurity = "max-age=31536000";
        }

        return next(context);
    });

    /// <summary>Lets pages of these origins show this response in a frame.</summary>
    /// <param name="origins">They are the publisher's, and were checked.</param>
    /// <param name="policy">What else it may, with {0} where the nonce goes; null for what every page may.</param>
    public static void AllowFrames(HttpContext context, IEnumerable<string> origins, string? policy = null)
    {
        var headers = context.Response.Headers;
        var all = policy is null ? Policy(Nonce(context)) : string.Format(null, policy, Nonce(context)) + NoFrames;
        headers.ContentSecurityPolicy = all.Replace(NoFrames, $"frame-ancestors {string.Join(' ', origins)}; ", StringComparison.Ordinal);
        headers.Remove("X-Frame-Options");
        headers["Cross-Origin-Resource-Policy"] = "cross-origin";
    }

    private static string Policy(string nonce) => "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; "
        + $"style-src 'self' 'nonce-{nonce}'; img-src 'self' data: blob:; font-src 'self'; media-src 'self' blob:; connect-src 'self'; manifest-src 'self'; frame-src 'self'; "
        + $"object-src 'none'; base-uri 'none'; form-action 'self'; {NoFrames}"
        + "require-trusted-types-for 'script'; trusted-types default";

    /// <summary>The page that shows the API's description is a package's: it writes styles into its elements and has its own way with HTML. It may run no
    /// script but its own, and speaks with nobody but this server.</summary>
    private static string ReferencePolicy(string nonce) => $"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
        + "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
}
