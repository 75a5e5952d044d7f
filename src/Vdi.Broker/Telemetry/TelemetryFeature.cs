namespace Vdi.Broker.Telemetry;

internal static class TelemetryFeature
{
    /// <summary>What the broker counts. Who collects it is the server's matter.</summary>
    public static IServiceCollection AddTelemetry(this IServiceCollection services) =>
        services.AddMetrics().AddSingleton<BrokerMetrics>().AddHostedService<TelemetrySampler>();
}
