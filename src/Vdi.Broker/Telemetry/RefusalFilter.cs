using Microsoft.AspNetCore.Http.HttpResults;

namespace Vdi.Broker.Telemetry;

/// <summary>Counts every refusal of the API by its code, and those that kept somebody from a desktop.</summary>
internal sealed class RefusalFilter(BrokerMetrics metrics) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var answer = await next(context);
        var result = answer;
        while (result is INestedHttpResult nested)
        {
            result = nested.Result;
        }

        if (result is ProblemHttpResult { ProblemDetails.Extensions: var more } && more.TryGetValue("code", out var value) && value is string code)
        {
            metrics.Refused(code);
            if (code is "no-capacity" or "host-refused")
            {
                metrics.ConnectionFailed(more.TryGetValue("reason", out var reason) && reason is string why ? why : code);
            }
        }

        return answer;
    }
}
