using System.Buffers.Binary;
using System.Net;
using System.Text.Json;
using Vdi.Emulator.Machines;
using Vdi.Protocol.Fleet;

namespace Vdi.Emulator.Networks;

/// <summary>The /23 of one pool on this host: the first address is the gateway's on the pool's bridge, the last one the host's end of
/// the line to the namespace, all between are machines'.</summary>
internal readonly record struct PoolSubnet(IPNetwork Network)
{
    private const int PrefixLength = 23;
    private const int Size = 1 << (32 - PrefixLength);

    /// <summary>Most machines of one pool on one host.</summary>
    public const int Machines = Size - 4;

    public IPAddress Gateway => At(1);

    public IPAddress HostEnd => At(Size - 2);

    public static PoolSubnet Parse(string text) => new(IPNetwork.Parse(text));

    /// <summary>Where subnets may be cut from, in order.</summary>
    public static IEnumerable<PoolSubnet> All()
    {
        var first = Number(NetworkRanges.Pools.BaseAddress);
        var count = 1 << (PrefixLength - NetworkRanges.Pools.PrefixLength);
        return Enumerable.Range(0, count).Select(index => new PoolSubnet(new IPNetwork(Address(first + (uint)(index * Size)), PrefixLength)));
    }

    /// <summary>The address of machine <paramref name="index"/>, from 0 to <see cref="Machines"/> - 1.</summary>
    public IPAddress Machine(int index) => At(index + 2);

    public override string ToString() => Network.ToString();

    /// <summary>Destinations inside the pools' range that the computer already has routes to; wider routes give way to ours.</summary>
    public static IReadOnlyList<IPNetwork> RoutedAlready(string ipRouteJson)
    {
        using var routes = JsonDocument.Parse(ipRouteJson);
        return [.. routes.RootElement.EnumerateArray()
            .Select(route => route.TryGetProperty("dst", out var to) && NetworkRanges.TryParseBlock(to.GetString(), out var block) ? block : default)
            .Where(block => block.PrefixLength >= NetworkRanges.Pools.PrefixLength && NetworkRanges.Pools.Contains(block.BaseAddress))];
    }

    /// <summary><paramref name="wanted"/> where it is free, else the first that is.</summary>
    public static PoolSubnet Choose(PoolSubnet? wanted, IReadOnlyList<IPNetwork> taken)
    {
        foreach (var subnet in All().Prepend(wanted ?? All().First()))
        {
            if (!taken.Any(other => NetworkRanges.Overlap(subnet.Network, other)))
            {
                return subnet;
            }
        }

        throw new MachineException($"No subnet of {NetworkRanges.Pools} is free for another pool on this host; remove pools that have the internet");
    }

    private IPAddress At(int offset) => Address(Number(Network.BaseAddress) + (uint)offset);

    private static uint Number(IPAddress address) => BinaryPrimitives.ReadUInt32BigEndian(address.GetAddressBytes());

    private static IPAddress Address(uint number)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, number);
        return new IPAddress(bytes);
    }
}
