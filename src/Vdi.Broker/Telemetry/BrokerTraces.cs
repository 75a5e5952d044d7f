using System.Diagnostics;
using Vdi.Broker.Sessions;

namespace Vdi.Broker.Telemetry;

/// <summary>Traces beside those of HTTP requests, which the framework makes.</summary>
public static class BrokerTraces
{
    public const string Source = "Vdi.Broker";

    private static readonly ActivitySource Activities = new(Source);

    /// <summary>A whole launch, from being asked for to its first picture, with its steps.</summary>
    internal static void Launched(SessionRow session, DateTimeOffset now)
    {
        using var launch = Activities.StartActivity("session.launch", ActivityKind.Internal, parentContext: default, startTime: session.Created);
        launch?.SetTag("vdi.session", session.Id).SetTag("vdi.pool", session.PoolId).SetTag("vdi.machine", session.MachineId);
        foreach (var step in session.Steps)
        {
            launch?.SetTag($"vdi.step.{step.Name}_ms", step.Milliseconds);
        }

        launch?.SetEndTime(now.UtcDateTime);
    }
}
