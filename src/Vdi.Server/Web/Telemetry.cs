using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Vdi.Broker.Telemetry;
using Vdi.Host.Desktops;

namespace Vdi.Server.Web;

/// <summary>Collects what the roles count: for Prometheus at /metrics of the admin port, and by OTLP where OTEL_EXPORTER_OTLP_ENDPOINT says where to.</summary>
internal static class Telemetry
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    public static void AddTelemetry(this WebApplicationBuilder builder, VdiServerOptions options)
    {
        var sends = builder.Configuration[Endpoint] is { Length: > 0 };
        if (options.Admin is null && !sends)
        {
            return;
        }

        builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("vdi", serviceVersion: VdiServer.Version, serviceInstanceId: Environment.MachineName))
            .WithMetrics(metrics =>
            {
                metrics.AddMeter(BrokerMetrics.Meter, SessionLatency.Meter, "System.Runtime", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "Microsoft.AspNetCore.Http.Connections");
                if (options.Admin is not null)
                {
                    metrics.AddPrometheusExporter();
                }

                if (sends)
                {
                    metrics.AddOtlpExporter();
                }
            })
            .WithTracing(traces =>
            {
                traces.AddSource(BrokerTraces.Source);

                // A desktop's hub is one request that lasts as long as somebody looks.
                traces.AddAspNetCoreInstrumentation(http => http.Filter = context => !context.Request.Path.StartsWithSegments("/h") && context.Request.Path.StartsWithSegments("/api"));
                if (sends)
                {
                    traces.AddOtlpExporter();
                }
            });
    }

    /// <summary>Answers what comes to the admin port: /metrics and /healthz, and nothing that is for people. Comes before all else.</summary>
    public static void UseAdminPort(this WebApplication app, AdminListening? admin)
    {
        if (admin is null)
        {
            return;
        }

        app.MapWhen(context => context.Connection.LocalPort == admin.Port, branch =>
        {
            // A page of another site, whose name resolves to loopback, reads nothing here.
            branch.Use((context, next) =>
            {
                if (!admin.IsLoopback || KnownHosts.IsLoopback(context.Request.Host.Host.Trim('[', ']')))
                {
                    return next(context);
                }

                context.Response.StatusCode = StatusCodes.Status400BadRequest;
                return Task.CompletedTask;
            });
            branch.UseOpenTelemetryPrometheusScrapingEndpoint("/metrics");
            branch.Run(context =>
            {
                // Routing comes before everything else, so it is known already whom this is for.
                if (HealthEndpoints.Paths.Contains(context.Request.Path.Value!) && context.GetEndpoint()?.RequestDelegate is { } health)
                {
                    return health(context);
                }

                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
            });
        });
    }
}
