using Microsoft.OpenApi;
using Scalar.AspNetCore;

namespace Vdi.Broker.Api;

/// <summary>The API's own description (OpenAPI), a page to read it, and its version in addresses.</summary>
public static class Description
{
    /// <summary>Where the description can be read.</summary>
    public const string ReferencePath = "/api/reference";

    private const string Document = "v1";
    private const string Versioned = "/api/v1";

    internal static IServiceCollection AddDescription(this IServiceCollection services) => services.AddOpenApi(Document, options => options.AddDocumentTransformer((document, _, _) =>
    {
        document.Info = new OpenApiInfo
        {
            Title = "Vdi",
            Version = "1",
            Description = "Everything that the web pages and the command line do. Sign in with the cookie, or with a personal token as Bearer. Within a version only things are added; "
                + "/api is the newest version, /api/v1 this one. Errors are problem details with a stable 'code'; edits bear the ETag that was read as If-Match; a change with an "
                + "Idempotency-Key is done once.",
        };
        document.Servers = [];
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme> { ["token"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "A personal token: vdi_…" } };
        return Task.CompletedTask;
    }));

    internal static void MapDescription(this IEndpointRouteBuilder routes) => routes.MapOpenApi("/api/openapi/{documentName}.json");

    /// <summary>The page to read the description, and to try what it describes; all of it comes from this server.</summary>
    /// <param name="nonce">Of the response's content security policy.</param>
    public static void MapReference(this IEndpointRouteBuilder routes, Func<HttpContext, string> nonce) => routes.MapScalarApiReference(
        ReferencePath,
        (reference, context) => reference.WithOpenApiRoutePattern("/api/openapi/{documentName}.json").WithTitle("Vdi API").WithNonce(nonce(context)).DisableDefaultFonts().HideDeveloperTools().DisableTelemetry().DisableAgent().DisableMcp()).AllowAnonymous();

    /// <summary>/api/v1/… is /api/… as long as there is one version.</summary>
    public static void UseApiVersions(this IApplicationBuilder app)
    {
        app.Use((context, next) =>
        {
            if (context.Request.Path.StartsWithSegments(Versioned, out var rest))
            {
                context.Request.Path = new PathString("/api").Add(rest);
            }

            return next(context);
        });
        app.UseRouting();
    }
}
