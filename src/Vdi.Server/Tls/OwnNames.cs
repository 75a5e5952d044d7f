using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Vdi.Server.Tls;

/// <summary>By which names people may reach this computer, where nobody said.</summary>
internal static class OwnNames
{
    /// <summary>This computer's name, loopback, and the address that is listened on, or all IPv4 addresses where that is any. Networks of
    /// our own machines (`vdi*`) do not count.</summary>
    public static IReadOnlyList<string> For(IPAddress bind)
    {
        var any = bind.Equals(IPAddress.Any) || bind.Equals(IPAddress.IPv6Any);
        var addresses = any ? Addresses() : IPAddress.IsLoopback(bind) ? [] : [bind.ToString()];
        var name = Environment.MachineName.ToLowerInvariant();
        return [.. (Uri.CheckHostName(name) == UriHostNameType.Dns ? [name] : Array.Empty<string>()).Concat(["localhost", "127.0.0.1", .. addresses]).Distinct()];
    }

    private static IEnumerable<string> Addresses() => NetworkInterface.GetAllNetworkInterfaces()
        .Where(card => card.OperationalStatus == OperationalStatus.Up && !card.Name.StartsWith("vdi", StringComparison.Ordinal))
        .SelectMany(card => card.GetIPProperties().UnicastAddresses)
        .Select(unicast => unicast.Address)
        .Where(address => address.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(address))
        .Select(address => address.ToString())
        .Order(StringComparer.Ordinal);
}
