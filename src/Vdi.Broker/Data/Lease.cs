namespace Vdi.Broker.Data;

/// <summary>Who does a thing that only one of several brokers should do at a time. That two do it at once must be harmless all the same.</summary>
public sealed class Lease
{
    /// <summary>What is done: "pool/desktops".</summary>
    public required string Name { get; set; }

    public required string Holder { get; set; }

    public DateTimeOffset Until { get; set; }
}
