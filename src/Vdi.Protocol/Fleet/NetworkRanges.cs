using System.Net;
using System.Net.Sockets;

namespace Vdi.Protocol.Fleet;

/// <summary>IPv4 ranges that a pool's network treats apart (IANA special-purpose registry, RFC 6890). The documentation ranges are
/// not among them: nothing is there, and tests play the internet in them.</summary>
public static class NetworkRanges
{
    /// <summary>Where the pools' own subnets are cut from. No rule opens it: machines of pools never reach each other.</summary>
    public static IPNetwork Pools { get; } = IPNetwork.Parse("10.213.0.0/16");

    /// <summary>Never reachable, whatever rules say: this network, loopback, link-local (with it the clouds' metadata service),
    /// multicast, reserved, broadcast.</summary>
    public static IReadOnlyList<IPNetwork> Never { get; } =
        [.. ((string[])["0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4"]).Select(text => IPNetwork.Parse(text))];

    /// <summary>Reachable only where a rule says so: private (RFC 1918) and carrier-grade NAT (RFC 6598).</summary>
    public static IReadOnlyList<IPNetwork> Private { get; } =
        [.. ((string[])["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"]).Select(text => IPNetwork.Parse(text))];

    public static bool Overlap(IPNetwork one, IPNetwork other) => one.Contains(other.BaseAddress) || other.Contains(one.BaseAddress);

    /// <summary>An IPv4 address written with four decimal numbers, and in no other way (inet_aton(3) knows many).</summary>
    public static bool TryParseAddress(string? text, out IPAddress address)
    {
        if (IPAddress.TryParse(text, out var parsed) && parsed.AddressFamily == AddressFamily.InterNetwork && parsed.ToString() == text)
        {
            address = parsed;
            return true;
        }

        address = IPAddress.None;
        return false;
    }

    /// <summary>An IPv4 address (a block of one) or a CIDR block without bits beyond its prefix.</summary>
    public static bool TryParseBlock(string? text, out IPNetwork block)
    {
        block = default;
        var parts = (text ?? "").Split('/');
        if (parts.Length > 2 || !TryParseAddress(parts[0], out var address))
        {
            return false;
        }

        var length = 32;
        if (parts.Length == 2 && (parts[1].Length is 0 or > 2 || !parts[1].All(char.IsAsciiDigit) || (length = int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture)) > 32))
        {
            return false;
        }

        if (!Base(address, length).Equals(address))
        {
            return false;
        }

        block = new IPNetwork(address, length);
        return true;
    }

    /// <summary>The first address of the block of <paramref name="length"/> bits that <paramref name="address"/> lies in.</summary>
    public static IPAddress Base(IPAddress address, int length)
    {
        var number = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(address.GetAddressBytes());
        return At(length == 0 ? 0 : number & (uint.MaxValue << (32 - length)));
    }

    internal static IPAddress At(uint number) => new([(byte)(number >> 24), (byte)(number >> 16), (byte)(number >> 8), (byte)number]);
}
