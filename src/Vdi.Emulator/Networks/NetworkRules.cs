using System.Globalization;
using System.Net;
using System.Text;
using Vdi.Protocol.Fleet;

namespace Vdi.Emulator.Networks;

/// <summary>The rule sets of one pool as text for nft(8), each one transaction that replaces what was there. Text comes only from parsed
/// addresses, numbers and hashed names; what is allowed and denied is written in docs/specs/networks.md.</summary>
internal static class NetworkRules
{
    public const string Bridge = "br0";
    public const string Uplink = "up0";

    /// <summary>Connections that one machine may have under way: the host's table of them is everybody's.</summary>
    public const int MaxConnections = 2048;

    /// <summary>For the pool's namespace: who a machine is (bridge), and what it may reach (inet).</summary>
    public static string ForNamespace(PoolSubnet subnet, NetworkPolicy policy, IEnumerable<PoolMachine> machines)
    {
        var here = machines.OrderBy(machine => machine.Tap, StringComparer.Ordinal).ToList();
        return $$"""
            table inet vdi
            delete table inet vdi
            table inet vdi {
              set connections {
                type ipv4_addr
                size 1024
                flags dynamic
              }
              chain input {
                type filter hook input priority filter; policy drop;
                iifname "lo" accept
                meta nfproto ipv6 drop
                iifname "{{Uplink}}" ct state established,related accept
                iifname "{{Bridge}}" udp sport 68 udp dport 67 accept
            {{(policy.IsOpen ? $"    iifname \"{Bridge}\" ip saddr {subnet} ip daddr {subnet.Gateway} meta l4proto {{ tcp, udp }} th dport 53 accept" : "")}}
                iifname "{{Bridge}}" reject with icmp type admin-prohibited
              }
              chain forward {
                type filter hook forward priority filter; policy drop;
                meta nfproto ipv6 drop
                ct state invalid drop
                iifname "{{Uplink}}" oifname "{{Bridge}}" ct state established,related accept
                iifname "{{Bridge}}" oifname "{{Uplink}}" ip saddr {{subnet}} jump machines
              }
              chain machines {
                ct state new add @connections { ip saddr ct count over {{Text(MaxConnections)}} } drop
                ip daddr {{Set([.. NetworkRanges.Never, NetworkRanges.Pools])}} reject with icmp type admin-prohibited
            {{Lines(policy.Openings.Where(opening => opening.IsOneAddress).Select(opening => $"    {Match(opening)} accept"))}}
            {{(policy.HostAddresses.Count > 0 ? $"    ip daddr {Set(policy.HostAddresses)} reject with icmp type admin-prohibited" : "")}}
            {{Lines(policy.Openings.Where(opening => !opening.IsOneAddress).Select(opening => $"    {Match(opening)} accept"))}}
                ip daddr {{Set(NetworkRanges.Private)}} reject with icmp type admin-prohibited
                {{(policy.IsOpen ? "accept" : "reject with icmp type admin-prohibited")}}
              }
            }
            table bridge vdi
            delete table bridge vdi
            table bridge vdi {
              set ports {
                type ifname . ether_addr
            {{Elements(here.Select(machine => $"\"{machine.Tap}\" . {machine.Mac}"))}}
              }
              set machines {
                type ifname . ether_addr . ipv4_addr
            {{Elements(here.Select(machine => $"\"{machine.Tap}\" . {machine.Mac} . {machine.Address}"))}}
              }
              chain prerouting {
                type filter hook prerouting priority -300; policy drop;
                iifname . ether saddr != @ports drop
                ether type ip iifname . ether saddr . ip saddr @machines accept
                ether type arp arp htype 1 arp ptype ip arp hlen 6 arp plen 4 iifname . arp saddr ether . arp saddr ip @machines accept
                ether type arp arp htype 1 arp ptype ip arp hlen 6 arp plen 4 arp operation request iifname . arp saddr ether @ports arp saddr ip 0.0.0.0 accept
                ether type ip ip saddr 0.0.0.0 ip daddr 255.255.255.255 udp sport 68 udp dport 67 accept
              }
              chain forward {
                type filter hook forward priority filter; policy drop;
              }
            }

            """;
    }

    /// <summary>For the host's own namespace: nothing to the host, only to the outside, under the host's address.</summary>
    public static string ForHost(PoolNames names, PoolSubnet subnet, NetworkPolicy policy) => $$"""
        table inet {{names.Table}}
        delete table inet {{names.Table}}
        table inet {{names.Table}} {
          chain input {
            type filter hook input priority -10; policy accept;
            iifname != "{{names.Veth}}" accept
            meta nfproto ipv6 drop
        {{(policy.Resolvers.Count > 0 ? $"    ip saddr {subnet.Gateway} ip daddr {Set(policy.Resolvers)} meta l4proto {{ tcp, udp }} th dport 53 accept" : "")}}
        {{Lines(policy.Openings.Where(opening => opening.IsOneAddress).Select(opening => $"    ip saddr {subnet} ip saddr != {subnet.Gateway} {Match(opening)} accept"))}}
            drop
          }
          chain forward {
            type filter hook forward priority -10; policy accept;
            iifname "{{names.Veth}}" oifname "{{PoolNames.Prefix}}*" drop
            oifname "{{names.Veth}}" ct state established,related accept
            oifname "{{names.Veth}}" drop
            iifname != "{{names.Veth}}" accept
            meta nfproto ipv6 drop
            ip saddr != {{subnet}} drop
        {{(policy.Resolvers.Count > 0 ? $"    ip saddr {subnet.Gateway} ip daddr {Set(policy.Resolvers)} meta l4proto {{ tcp, udp }} th dport 53 accept" : "")}}
            ip saddr {{subnet.Gateway}} drop
            tcp flags syn tcp option maxseg size set rt mtu
          }
          chain postrouting {
            type nat hook postrouting priority srcnat; policy accept;
            ip saddr {{subnet}} oifname != "{{PoolNames.Prefix}}*" masquerade
          }
        }

        """;

    private static string Match(Opening opening)
    {
        var ports = opening.FirstPort == opening.LastPort ? Text(opening.FirstPort) : $"{Text(opening.FirstPort)}-{Text(opening.LastPort)}";
        var to = opening.IsOneAddress ? opening.To.BaseAddress.ToString() : opening.To.ToString();
        return $"ip daddr {to} {(opening.Udp ? "udp" : "tcp")} dport {ports}";
    }

    private static string Set<T>(IEnumerable<T> items) => $"{{ {string.Join(", ", items)} }}";

    private static string Lines(IEnumerable<string> lines) => string.Join('\n', lines);

    private static string Elements(IEnumerable<string> elements)
    {
        var text = new StringBuilder();
        foreach (var element in elements)
        {
            text.Append(text.Length == 0 ? "    elements = { " : ",\n      ").Append(element);
        }

        return text.Length == 0 ? "" : text.Append(" }").ToString();
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
