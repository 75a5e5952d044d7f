namespace Vdi.Broker.Api;

/// <summary>Forgets, now and then, what is kept for nobody any more. Several brokers may do it at once.</summary>
internal abstract partial class Sweep(IServiceScopeFactory scopes, TimeProvider time, ILogger log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(10);

    internal async Task SweepAsync(CancellationToken stop)
    {
        await using var scope = scopes.CreateAsyncScope();
        await SweepAsync(scope.ServiceProvider, stop);
    }

    protected abstract Task SweepAsync(IServiceProvider services, CancellationToken stop);

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
                LogFailed(e, GetType().Name);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Sweep} could not forget what is old; it is tried again")]
    private partial void LogFailed(Exception cause, string sweep);
}
