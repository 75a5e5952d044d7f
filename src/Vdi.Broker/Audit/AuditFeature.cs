using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Vdi.Broker.Audit;

public static class AuditFeature
{
    /// <summary>The audit: <see cref="AuditLog"/> for whoever has something to note, and the chain that it goes into.</summary>
    public static IServiceCollection AddAudit(this IServiceCollection services)
    {
        services.AddHttpContextAccessor();
        services.TryAddSingleton(TimeProvider.System);
        services.AddOptions<AuditOptions>();
        services.AddScoped<AuditLog>().AddSingleton<AuditWake>().AddSingleton<AuditCheckpoints>().AddSingleton<AuditChain>();
        return services.AddHostedService(provider => provider.GetRequiredService<AuditChain>());
    }
}
