using Vdi.Broker.Api;
using Vdi.Broker.Pools;
using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Homes;

/// <summary>That people's own files are in whatever machine of a pool they get.</summary>
public sealed record HomePolicy
{
    public HomeMode Mode { get; init; } = HomeMode.Folders;

    /// <summary>How much each person may keep.</summary>
    public int GiB { get; init; } = 20;

    internal void Check(Faults faults, string field, PoolKind kind)
    {
        faults.DemandRange($"{field}.giB", GiB, 1, HomeService.MostGiB);
        if (kind != PoolKind.Floating)
        {
            faults.Add(field, "home-needs-floating", "Only floating pools bring people's files into their machines: a dedicated machine keeps what is in it, and a foreign one is not ours to change.");
        }
    }
}
