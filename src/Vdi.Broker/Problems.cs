using Microsoft.AspNetCore.Http.HttpResults;

namespace Vdi.Broker;

/// <summary>Refusals as problem details with a stable code; see docs/specs/api.md.</summary>
internal static class Problems
{
    public static ProblemHttpResult Problem(int status, string code, string detail, params (string Name, object? Value)[] more)
    {
        var extensions = new Dictionary<string, object?> { ["code"] = code };
        foreach (var (name, value) in more)
        {
            extensions[name] = value;
        }

        return TypedResults.Problem(detail, statusCode: status, extensions: extensions);
    }
}
