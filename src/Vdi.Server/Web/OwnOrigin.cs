namespace Vdi.Server.Web;

internal static class OwnOrigin
{
    /// <summary>What lets one send a file to a host, or fetch one.</summary>
    private const string Ticket = "Vdi-Ticket";

    /// <summary>Refuses what another site's page could send: any change and any hub connection must name our own origin, where the
    /// browser names one; hubs always demand it. Files are asked for with a ticket in a header, which no other site's page can send unasked (fetch.spec.whatwg.org, CORS
    /// preflight), and browsers name no origin to whom they only ask.</summary>
    public static void UseOwnOriginOnly(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        var request = context.Request;
        var origin = request.Headers.Origin.ToString();
        var host = request.Path.StartsWithSegments("/h");
        var changes = !HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method);
        var own = $"{request.Scheme}://{request.Host}";

        // A form that fetches a file: under our own Referrer-Policy a browser says "null" for its origin (Fetch, 3.2), and whose page it is beside that.
        if (host && origin == "null" && request.Headers["Sec-Fetch-Site"] == "same-origin" && IsFetched(request.Path.Value!))
        {
            origin = own;
        }

        var always = host && !request.Headers.ContainsKey(Ticket);
        if ((host || changes) && !string.Equals(origin, own, StringComparison.OrdinalIgnoreCase) && (always || origin.Length > 0))
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }

        if (changes && !host && request.ContentLength > 0 && !request.HasJsonContentType())
        {
            context.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            return;
        }

        if (host)
        {
            // The ticket in Hello, or beside a file, is the only credential on /h: a host never sees a cookie.
            request.Headers.Remove("Cookie");
            request.Headers.Remove("Authorization");
        }

        await next(context);
    });

    /// <summary>Whether forms fetch files there.</summary>
    private static bool IsFetched(string path) => path.Contains("/exports/", StringComparison.OrdinalIgnoreCase) || path.EndsWith("/files/shared", StringComparison.OrdinalIgnoreCase);
}
