namespace Vdi.Broker.Pools;

/// <summary>A person likes to have this at hand.</summary>
public sealed class Favourite
{
    public Guid UserId { get; set; }

    public required string PoolId { get; set; }
}
