using Vdi.Broker.Users;

namespace Vdi.Broker.Pools;

/// <summary>Somebody may open machines of the pool.</summary>
/// <param name="Principal">Name of a role, else the id of a group or user.</param>
public sealed record Grant(string PoolId, PrincipalKind Kind, string Principal);

/// <summary>As brokers of the version before read it: everybody in <paramref name="Role"/>.</summary>
public sealed record Entitlement(string PoolId, string Role);
