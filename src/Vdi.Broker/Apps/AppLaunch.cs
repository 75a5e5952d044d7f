using Microsoft.AspNetCore.Http.HttpResults;
using Vdi.Broker.Api;
using Vdi.Broker.Pools;
using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Apps;

/// <summary>What an application is started with: only what it declares, and files by their names.</summary>
internal static class AppLaunch
{
    private const int LongestFileName = 255;

    /// <summary>What is wrong with what is said for a pool's application; null where nothing is.</summary>
    public static ProblemHttpResult? WhyNot(Pool pool, IReadOnlyDictionary<string, string>? arguments)
    {
        if (arguments is not { Count: > 0 })
        {
            return null;
        }

        var faults = pool.App?.CheckValues(arguments);
        return faults is null ? Problems.Problem(StatusCodes.Status400BadRequest, "bad-arguments", $"'{pool.Name}' is a desktop, to which nothing can be said.")
            : faults.Any ? Problems.Problem(StatusCodes.Status400BadRequest, "bad-arguments", string.Join(' ', faults.All.Select(fault => fault.Detail)), ("faults", faults.All))
            : null;
    }

    /// <summary>The pool's application with what was said, which has been checked; null where nothing was, and what is open already will do.</summary>
    public static MachineApp? Of(Pool pool, IReadOnlyDictionary<string, string>? arguments) => arguments is { Count: > 0 } ? pool.App?.With(arguments) : null;

    /// <summary>The application with a file that was sent into its machine; null where it opens none, or the name is none.</summary>
    public static MachineApp? File(Pool pool, string? name) =>
        pool.App is { FileTypes.Count: > 0 } app && name is { Length: > 0 and <= LongestFileName } && name is not ("." or "..") && !name.Any(letter => letter == '/' || char.IsControl(letter))
            ? app.Machine with { Arguments = [.. app.Arguments, $"~/Downloads/{name}"] }
            : null;
}
