using Vdi.Broker.Users;

namespace Vdi.Broker.Api;

/// <summary>Who may call what: names of authorization policies, each a set of roles.</summary>
internal static class Can
{
    /// <summary>Reads everything.</summary>
    public const string Read = "can-read";

    /// <summary>Helps people: their sessions, words to them.</summary>
    public const string Help = "can-help";

    /// <summary>Steers pools, machines and hosts.</summary>
    public const string Operate = "can-operate";

    /// <summary>Changes people and policies.</summary>
    public const string Administer = "can-administer";

    public static IServiceCollection AddRights(this IServiceCollection services) => services.AddAuthorizationBuilder()
        .AddPolicy(Read, policy => policy.RequireRole(Roles.Administrator, Roles.Operator, Roles.Helper, Roles.Auditor))
        .AddPolicy(Help, policy => policy.RequireRole(Roles.Administrator, Roles.Operator, Roles.Helper))
        .AddPolicy(Operate, policy => policy.RequireRole(Roles.Administrator, Roles.Operator))
        .AddPolicy(Administer, policy => policy.RequireRole(Roles.Administrator))
        .Services;
}
