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
            if (e.StatusCode != StatusCodes.Status400BadRequest)
            {
                // Too large, or no JSON: the status says it.
                context.Response.StatusCode = e.StatusCode;
                return;
            }

            var json = e.InnerException as JsonException;
            var place = json is null ? "" : $" at {json.Path}, line {(json.LineNumber ?? 0) + 1}";
            await Problems.Problem(StatusCodes.Status400BadRequest, "bad-request", $"The request cannot be read{place}: {json?.Message.Split(" Path:")[0] ?? e.Message}", ("field", json?.Path?.TrimStart('$', '.'))).ExecuteAsync(context);
        }
    });
}
