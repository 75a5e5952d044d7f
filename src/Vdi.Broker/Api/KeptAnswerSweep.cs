using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Data;

namespace Vdi.Broker.Api;

/// <summary>Forgets answers that are kept for nobody any more. Several brokers may do it at once.</summary>
internal sealed partial class KeptAnswerSweep(IServiceScopeFactory scopes, TimeProvider time, ILogger<KeptAnswerSweep> log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(10);

    internal async Task SweepAsync(CancellationToken stop)
    {
        var old = time.GetUtcNow() - IdempotencyFilter.Kept;
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<VdiDb>();
        using var turn = await WriteTurn.TakeAsync(db, stop);
        await db.KeptAnswers.Where(answer => answer.At < old).ExecuteDeleteAsync(stop);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Pause, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await SweepAsync(stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogFailed(e);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Old answers could not be forgotten; it is tried again")]
    private partial void LogFailed(Exception cause);
}
