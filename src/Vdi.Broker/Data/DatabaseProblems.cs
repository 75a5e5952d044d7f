using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Telemetry;

namespace Vdi.Broker.Data;

public static class DatabaseProblems
{
    private const int RetrySeconds = 5;

    /// <summary>Answers 503 with Retry-After where the database is away, locked or full: nothing was done, and it can be tried again.
    /// Running desktops do not need it.</summary>
    public static void UseDatabaseProblems(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        try
        {
            await next(context);
        }
        catch (Exception e) when (IsOfDatabase(e) && !context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
        {
            context.Response.Clear();
            context.RequestServices.GetRequiredService<BrokerMetrics>().Refused("database-unavailable");
            context.Response.Headers.RetryAfter = RetrySeconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
            await Problems.Problem(StatusCodes.Status503ServiceUnavailable, "database-unavailable", $"The database does not answer just now. Nothing was changed; try again in {RetrySeconds} seconds.", ("retryAfterSeconds", RetrySeconds)).ExecuteAsync(context);
        }
    });

    /// <summary>Also where EF wraps it. A broken constraint is not meant: whoever caused it handles it.</summary>
    private static bool IsOfDatabase(Exception? e) => e switch
    {
        null => false,
        DbException => true,
        DbUpdateException or InvalidOperationException or TimeoutException => IsOfDatabase(e.InnerException),
        _ => false,
    };
}
