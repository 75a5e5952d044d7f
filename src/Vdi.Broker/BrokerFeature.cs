using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using Vdi.Broker.Api;
using Vdi.Broker.Apps;
using Vdi.Broker.Audit;
using Vdi.Broker.Data;
using Vdi.Broker.Homes;
using Vdi.Broker.Hosts;
using Vdi.Broker.Images;
using Vdi.Broker.Machines;
using Vdi.Broker.Notices;
using Vdi.Broker.Pools;
using Vdi.Broker.Pools.Warm;
using Vdi.Broker.Sessions;
using Vdi.Broker.Site;
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
        services.AddScoped<SessionService>().AddScoped<SessionReports>().AddScoped<SessionExpiry>().AddScoped<SessionViews>().AddScoped<LaunchRules>().AddScoped<PoolViews>().AddScoped<PersonViews>().AddScoped<SiteState>().AddScoped<SiteService>();
        services.AddRights().AddDescription();
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        services.AddSingleton<WarmReserve>();
        services.AddScoped<HomeService>();
        services.AddScoped<MachineFollower>().AddScoped<UnusedDesktops>().AddScoped<PoolFiller>().AddScoped<ScreenKeeper>();
        services.AddScoped<ImageFollower>().AddScoped<ImageKeeper>().AddScoped<ImageJobs>().AddScoped<ImageEditing>().AddScoped<ImageViews>();
        services.AddSingleton(new FleetState(host));
        services.AddHostedService<KeptAnswerSweep>().AddHostedService<ImageSweep>();
        services.AddHostedService(provider => ActivatorUtilities.CreateInstance<PoolReconciler>(provider, host));
        services.ConfigureHttpJsonOptions(json =>
        {
            // What may not be null is refused as such, with its place.
            json.SerializerOptions.RespectNullableAnnotations = true;
            json.SerializerOptions.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
            json.SerializerOptions.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase));
        });
        return services.AddProblemDetails();
    }

    public static void MapBroker(this IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/api").AddEndpointFilter<RouteGroupBuilder, RefusalFilter>().AddEndpointFilter(PasswordFirstAsync).AddEndpointFilter(TokenEndpoints.ScopeAsync).AddEndpointFilter<RouteGroupBuilder, IdempotencyFilter>();
        UserEndpoints.Map(api);
        PersonEndpoints.Map(api);
        GroupEndpoints.Map(api);
        TokenEndpoints.Map(api);
        HostEndpoints.Map(api);
        HomeEndpoints.Map(api);
        ImageEndpoints.Map(api);
        MachineEndpoints.Map(api);
        NoticeEndpoints.Map(api);
        PoolEndpoints.Map(api);
        SiteEndpoints.Map(api);
        DesktopEndpoints.Map(api);
        AppEndpoints.Map(api);
        LinkEndpoints.Map(api);
        VisitEndpoints.Map(api);
        NetworkEndpoints.Map(api);
        SessionEndpoints.Map(api);
        HelpEndpoints.Map(api);
        AuditEndpoints.Map(api);
        api.MapFallback((HttpContext context) => Problems.Problem(StatusCodes.Status404NotFound, "unknown-address", $"There is nothing at {context.Request.Path}."));
        routes.MapDescription();
        routes.MapGet("/healthz", Health).WithTags("health");
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
