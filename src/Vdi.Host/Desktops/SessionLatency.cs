using System.Diagnostics.Metrics;

namespace Vdi.Host.Desktops;

/// <summary>How long pictures take to people, as this host sees it: of every desktop that somebody looks at, each few seconds, the shortest time of late from
/// sending a frame to hearing that it was shown. A screen that stands still tells nothing.</summary>
public sealed class SessionLatency : BackgroundService
{
    public const string Meter = "Vdi.Host";

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);
    private static readonly InstrumentAdvice<double> Milliseconds = new() { HistogramBucketBoundaries = [1, 2, 5, 10, 20, 50, 100, 150, 200, 300, 500, 1000, 2000] };
    private readonly HostAgent _host;
    private readonly TimeProvider _time;
    private readonly Histogram<double> _latency;

    public SessionLatency(HostAgent host, IMeterFactory meters, TimeProvider time)
    {
        (_host, _time) = (host, time);
        _latency = meters.Create(Meter).CreateHistogram("InSessionLatency", "ms", "From sending a frame to its being shown, of each desktop that somebody looks at", tags: null, Milliseconds);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Pause, _time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            foreach (var milliseconds in _host.RoundTrips.Where(milliseconds => milliseconds > 0))
            {
                _latency.Record(milliseconds);
            }
        }
    }
}
