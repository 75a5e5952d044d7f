using System.Text.Json;

namespace Vdi.Broker.Api;

public static class RequestProblems
{
    /// <summary>Answers 400 with what is wrong and where, for requests that cannot be read.</summary>
    public static void UseRequestProblems(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        try
        {
            await next(context);
        }
        catch (BadHttpRequestException e) when (!context.Response.HasStarted)
        {
            context.Response.Clear();
            var json = e.InnerException as JsonException;
            var place = json is null ? "" : $" at {json.Path}, line {(json.LineNumber ?? 0) + 1}";
            await Problems.Problem(e.StatusCode, "bad-request", $"The request cannot be read{place}: {json?.Message.Split(" Path:")[0] ?? e.Message}", ("field", json?.Path?.TrimStart('$', '.'))).ExecuteAsync(context);
        }
    });
}
