using Microsoft.Extensions.FileProviders;

namespace Vdi.Server.Web;

internal static class WebClient
{
    /// <summary>Serves client-web from wwwroot; addresses without a file get the page itself, with this response's nonce.</summary>
    public static void MapWebClient(this WebApplication app)
    {
        var folder = Environment.GetEnvironmentVariable("VDI_WWWROOT") is { Length: > 0 } given ? Path.GetFullPath(given) : Path.Combine(AppContext.BaseDirectory, "wwwroot");
        if (!Directory.Exists(folder))
        {
            app.MapFallback(() => Results.Text("The web client is not built: run deploy/up", statusCode: StatusCodes.Status503ServiceUnavailable));
            return;
        }

        app.UseStaticFiles(new StaticFileOptions
        {
            FileProvider = new PhysicalFileProvider(folder),
            OnPrepareResponse = file => file.Context.Response.Headers.CacheControl =
                file.Context.Request.Path.StartsWithSegments("/assets") ? "public, max-age=31536000, immutable" : "no-cache",
        });
        var page = File.ReadAllText(Path.Combine(folder, "index.html"));
        app.MapFallback(context =>
        {
            if (context.Request.Path.StartsWithSegments("/assets"))
            {
                // A part of an older client, asked for after an upgrade: the page in its place would only confuse the browser.
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
            }

            context.Response.ContentType = "text/html; charset=utf-8";
            context.Response.Headers.CacheControl = "no-store";
            return context.Response.WriteAsync(page.Replace("__CSP_NONCE__", SecureHeaders.Nonce(context), StringComparison.Ordinal));
        });
    }
}
