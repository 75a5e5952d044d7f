using Microsoft.AspNetCore.Http.HttpResults;
using Vdi.Broker.Audit;
using Vdi.Broker.Data;
using Vdi.Broker.Machines;
using Vdi.Broker.Pools;
using Vdi.Broker.Sessions;
using Vdi.Broker.Telemetry;
using Vdi.Broker.Users;
using Vdi.Protocol.Fleet;

namespace Vdi.Broker;

/// <summary>The broker role.</summary>
public static class BrokerFeature
{
    public static IServiceCollection AddBroker(this IServiceCollection services, IFleetLink host)
    {
        services.AddUsers();
        services.AddTelemetry();
        services.AddScoped<SessionService>().AddScoped<SessionReports>().AddScoped<SessionExpiry>().AddScoped<SessionViews>().AddScoped<LaunchRules>();
        services.AddScoped<MachineFollower>().AddScoped<PoolFiller>();
        services.AddSingleton(new FleetState(host));
        services.AddHostedService(provider => ActivatorUtilities.CreateInstance<PoolReconciler>(provider, host));
        services.ConfigureHttpJsonOptions(json => json.SerializerOptions.UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow);
        return services.AddProblemDetails();
    }

    public static void MapBroker(this IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/api").AddEndpointFilter<RouteGroupBuilder, RefusalFilter>().AddEndpointFilter(PasswordFirstAsync);
        UserEndpoints.Map(api);
        DesktopEndpoints.Map(api);
        NetworkEndpoints.Map(api);
        SessionEndpoints.Map(api);
        AuditEndpoints.Map(api);
        api.MapFallback((HttpContext context) => Problems.Problem(StatusCodes.Status404NotFound, "unknown-address", $"There is nothing at {context.Request.Path}."));
        routes.MapGet("/healthz", Health);
        routes.MapHealth();
    }

    private static JsonHttpResult<object> Health(FleetState fleet) => TypedResults.Json<object>(new
    {
        status = fleet.Newest is null ? "starting" : "ok",
        version = typeof(BrokerFeature).Assembly.GetName().Version?.ToString(3),
        accelerator = fleet.Newest?.Accelerator,
    });

    /// <summary>Whoever signed in with a generated password may only change it.</summary>
    private static async ValueTask<object?> PasswordFirstAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var path = context.HttpContext.Request.Path.Value;
        var must = context.HttpContext.User.HasClaim(claim => claim.Type == UserFeature.MustChangeClaim);
        return must && path is not ("/api/me" or "/api/password" or "/api/sign-out" or "/api/sign-in")
            ? Problems.Problem(StatusCodes.Status403Forbidden, "password-change-required", "Set a password of your own first.")
            : await next(context);
    }
}
