using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace Vdi.Server.Tls;

/// <summary>The names that a CA may sign for (RFC 5280, 4.2.1.10): a stolen key of ours shall not open the world's sites. Addresses that
/// are private anyway are always among them, so that a computer that moves keeps its CA.</summary>
internal static class NameConstraints
{
    private const string Identifier = "2.5.29.30";
    private static readonly IPNetwork[] Private =
    [
        IPNetwork.Parse("127.0.0.0/8"), IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("172.16.0.0/12"), IPNetwork.Parse("192.168.0.0/16"),
        IPNetwork.Parse("169.254.0.0/16"), IPNetwork.Parse("100.64.0.0/10"), IPNetwork.Parse("::1/128"), IPNetwork.Parse("fc00::/7"), IPNetwork.Parse("fe80::/10"),
    ];

    public static X509Extension For(IReadOnlyList<string> names)
    {
        var addresses = names.Select(name => IPAddress.TryParse(name, out var address) ? address : null).OfType<IPAddress>();
        var networks = Private.Concat(addresses.Where(address => !Private.Any(network => network.Contains(address))).Select(address => new IPNetwork(address, address.GetAddressBytes().Length * 8)));
        var hosts = names.Where(name => !IPAddress.TryParse(name, out _)).Append("localhost").Distinct();
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSequence(Context(0)))
        {
            foreach (var host in hosts)
            {
                using (writer.PushSequence())
                {
                    writer.WriteCharacterString(UniversalTagNumber.IA5String, host, Context(2));
                }
            }

            foreach (var network in networks)
            {
                using (writer.PushSequence())
                {
                    writer.WriteOctetString(Bytes(network), Context(7));
                }
            }
        }

        return new X509Extension(Identifier, writer.Encode(), critical: true);
    }

    /// <summary>Whether the CA may sign for all of these; one without constraints may.</summary>
    public static bool Allow(X509Certificate2 authority, IReadOnlyList<string> names)
    {
        if (authority.Extensions[Identifier] is not { } extension)
        {
            return true;
        }

        List<string> hosts = [];
        List<IPNetwork> networks = [];
        var permitted = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence().ReadSequence(Context(0));
        while (permitted.HasData)
        {
            var one = permitted.ReadSequence();
            if (one.PeekTag().HasSameClassAndValue(Context(2)))
            {
                hosts.Add(one.ReadCharacterString(UniversalTagNumber.IA5String, Context(2)));
            }
            else
            {
                var bytes = one.ReadOctetString(Context(7));
                var (address, mask) = (bytes[..(bytes.Length / 2)], bytes[(bytes.Length / 2)..]);
                networks.Add(new IPNetwork(new IPAddress(address), mask.Sum(part => System.Numerics.BitOperations.PopCount(part))));
            }
        }

        return names.All(name => IPAddress.TryParse(name, out var address)
            ? networks.Exists(network => network.Contains(address))
            : hosts.Exists(host => name == host || name.EndsWith($".{host}", StringComparison.Ordinal)));
    }

    /// <summary>Address and mask, one after the other.</summary>
    private static byte[] Bytes(IPNetwork network)
    {
        var address = network.BaseAddress.GetAddressBytes();
        var mask = Enumerable.Range(0, address.Length).Select(index => (byte)(0xff00 >> Math.Clamp(network.PrefixLength - (index * 8), 0, 8)));
        return [.. address, .. mask];
    }

    private static Asn1Tag Context(int value) => new(TagClass.ContextSpecific, value);
}
