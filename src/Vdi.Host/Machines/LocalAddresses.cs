using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Vdi.Host.Machines;

/// <summary>Addresses that nobody may have this host connect to, whoever asks: its own, where its doors for itself are, and those that lead nowhere else.</summary>
internal static class LocalAddresses
{
    private static readonly IPNetwork ThisNetwork = IPNetwork.Parse("0.0.0.0/8");
    private static readonly IPNetwork LinkLocal = IPNetwork.Parse("169.254.0.0/16");
    private static readonly IPNetwork ManyOrReserved = IPNetwork.Parse("224.0.0.0/3");

    /// <summary>Whether the address is this host's, or reaches the link only, or is no single machine's.</summary>
    public static bool Holds(IPAddress address)
    {
        var plain = Plain(address);
        return IPAddress.IsLoopback(plain) || plain.Equals(IPAddress.IPv6Any) || plain.IsIPv6LinkLocal || plain.IsIPv6Multicast || plain.IsIPv6SiteLocal
            || (plain.AddressFamily == AddressFamily.InterNetwork && (ThisNetwork.Contains(plain) || LinkLocal.Contains(plain) || ManyOrReserved.Contains(plain)))
            || NetworkInterface.GetAllNetworkInterfaces().SelectMany(net => net.GetIPProperties().UnicastAddresses).Any(own => Plain(own.Address).Equals(plain));
    }

    /// <summary>IPv4 inside of IPv6 is the IPv4 address: ::ffff:127.0.0.1 mapped (RFC 4291, 2.5.5), 64:ff9b::7f00:1 translated (RFC 6052).</summary>
    private static IPAddress Plain(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        var bytes = address.GetAddressBytes();
        var embedded = bytes.Length == 16 && (bytes.AsSpan(0, 12).SequenceEqual((ReadOnlySpan<byte>)[0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0]) || (bytes.AsSpan(0, 12).IndexOfAnyExcept((byte)0) < 0 && bytes[12] != 0));
        return embedded ? new IPAddress(bytes.AsSpan(12)) : new IPAddress(bytes);
    }
}
