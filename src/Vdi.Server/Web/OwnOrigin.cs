namespace Vdi.Server.Web;

internal static class OwnOrigin
{
    /// <summary>Refuses what another site's page could send: any change and any hub connection must name our own origin, where the
    /// browser names one; hubs always demand it.</summary>
    public static void UseOwnOriginOnly(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        var request = context.Request;
        var origin = request.Headers.Origin.ToString();
        var hub = request.Path.StartsWithSegments("/h");
        var changes = !HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method);
        var own = $"{request.Scheme}://{request.Host}";
        if ((hub || changes) && !string.Equals(origin, own, StringComparison.OrdinalIgnoreCase) && (hub || origin.Length > 0))
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }

        if (changes && !hub && request.ContentLength > 0 && !request.HasJsonContentType())
        {
            context.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            return;
        }

        if (hub)
        {
            // The ticket in Hello is the only credential on /h: a host never sees a cookie.
            request.Headers.Remove("Cookie");
            request.Headers.Remove("Authorization");
        }

        await next(context);
    });
}
