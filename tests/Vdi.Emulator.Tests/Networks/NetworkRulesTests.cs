using System.Net;
using Vdi.Emulator.Machines;
using Vdi.Emulator.Networks;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;

namespace Vdi.Emulator.Tests.Networks;

public sealed class NetworkRulesTests
{
    private static readonly PoolSubnet Subnet = PoolSubnet.Parse("10.213.4.0/23");
    private static readonly NetworkPolicy Open = new(
        true,
        [new(IPNetwork.Parse("10.0.0.5/32"), false, 443, 443), new(IPNetwork.Parse("192.168.7.0/24"), true, 5000, 5010)],
        [IPAddress.Parse("9.9.9.9")],
        [IPAddress.Parse("192.0.2.2")]);

    [Fact]
    public void Order_of_the_rules_is_that_of_the_specification()
    {
        var lines = NetworkRules.ForNamespace(Subnet, Open, []).Split('\n').Select(line => line.Trim()).ToList();
        var chain = lines[(lines.IndexOf("chain machines {") + 1)..];
        Assert.Equal(
            [
                "ct state new add @connections { ip saddr ct count over 2048 } drop",
                "ip daddr { 0.0.0.0/8, 127.0.0.0/8, 169.254.0.0/16, 224.0.0.0/4, 240.0.0.0/4, 10.213.0.0/16 } reject with icmp type admin-prohibited",
                "ip daddr 10.0.0.5 tcp dport 443 accept",
                "ip daddr { 192.0.2.2 } reject with icmp type admin-prohibited",
                "ip daddr 192.168.7.0/24 udp dport 5000-5010 accept",
                "ip daddr { 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10 } reject with icmp type admin-prohibited",
                "accept",
            ],
            chain[..chain.IndexOf("}")]);
        Assert.Equal(4, lines.Count(line => line.EndsWith("policy drop;", StringComparison.Ordinal)));
    }

    [Fact]
    public void Closed_pool_gets_neither_a_way_out_nor_names()
    {
        var text = NetworkRules.ForNamespace(Subnet, new NetworkPolicy(false, [], [], []), []);
        Assert.DoesNotContain("dport 53", text, StringComparison.Ordinal);
        Assert.DoesNotContain("accept\n  }\n}", text.Replace("    ", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("dport", NetworkRules.ForHost(new PoolNames("0123456789"), Subnet, new NetworkPolicy(false, [], [], [])), StringComparison.Ordinal);
    }

    [Fact]
    public void Machine_is_known_by_its_tap_MAC_and_address()
    {
        var machine = new PoolMachine(Guid.Parse("11111111-2222-3333-4444-555555555555"), "52:54:00:aa:bb:cc", Subnet.Machine(0));
        var text = NetworkRules.ForNamespace(Subnet, Open, [machine]);
        Assert.Contains("elements = { \"vt555555555555\" . 52:54:00:aa:bb:cc . 10.213.4.2 }", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Host_opens_only_what_one_address_names()
    {
        var lines = NetworkRules.ForHost(new PoolNames("0123456789"), Subnet, Open).Split('\n').Select(line => line.Trim()).ToList();
        var input = lines[(lines.IndexOf("chain input {") + 1)..lines.IndexOf("drop")];
        Assert.Contains("ip saddr 10.213.4.0/23 ip saddr != 10.213.4.1 ip daddr 10.0.0.5 tcp dport 443 accept", input);
        Assert.DoesNotContain(input, line => line.Contains("192.168.7", StringComparison.Ordinal));
        Assert.Contains("iifname != \"vdi0123456789\" accept", input);
    }

    [Fact]
    public void Names_fit_the_kernel_and_hold_nothing_of_the_pools_id()
    {
        using var state = new TemporaryState();
        var names = PoolNames.Of(state.Folder, "x\"; drop table; $(reboot)");
        foreach (var name in (string[])[names.Veth, names.Namespace, names.Table, PoolNames.Tap(Guid.NewGuid())])
        {
            Assert.Matches("^[a-z0-9_-]{1,15}$", name);
        }

        Assert.NotEqual(names, PoolNames.Of(state.Folder, "x"));
        using var other = new TemporaryState();
        Assert.NotEqual(names, PoolNames.Of(other.Folder, "x\"; drop table; $(reboot)"));
    }

    [Fact]
    public void Subnet_that_is_routed_already_is_passed_over()
    {
        var routed = PoolSubnet.RoutedAlready("""[{"dst":"default"},{"dst":"10.0.0.0/8"},{"dst":"10.213.0.0/23"},{"dst":"10.213.2.7"},{"type":"broadcast","dst":"10.213.4.255"}]""");
        Assert.Equal(3, routed.Count);
        Assert.Equal("10.213.6.0/23", PoolSubnet.Choose(null, routed).ToString());
        Assert.Equal("10.213.8.0/23", PoolSubnet.Choose(PoolSubnet.Parse("10.213.8.0/23"), routed).ToString());
        Assert.Equal("10.213.6.0/23", PoolSubnet.Choose(PoolSubnet.Parse("10.213.2.0/23"), routed).ToString());
        Assert.Throws<MachineException>(() => PoolSubnet.Choose(null, [NetworkRanges.Pools]));
    }

    [Fact]
    public void Subnet_has_its_gateway_first_and_the_hosts_end_last()
    {
        Assert.Equal(("10.213.4.1", "10.213.5.254"), (Subnet.Gateway.ToString(), Subnet.HostEnd.ToString()));
        Assert.Equal(("10.213.4.2", "10.213.5.253"), (Subnet.Machine(0).ToString(), Subnet.Machine(PoolSubnet.Machines - 1).ToString()));
        Assert.Equal(128, PoolSubnet.All().Count());
    }

    [Fact]
    public void Hosts_resolvers_on_loopback_are_of_no_use_in_a_namespace() =>
        Assert.Equal(["9.9.9.9", "10.1.2.3"], NetworkPolicy.ResolversIn(["# a comment", "nameserver 127.0.0.53", "nameserver\t9.9.9.9", "nameserver 10.1.2.3 ", "nameserver ::1", "search example", "nameserver 9.9.9.9"]).Select(address => address.ToString()));

    [Fact]
    public void Settings_with_faults_never_become_rules() =>
        Assert.Throws<MachineException>(() => NetworkPolicy.From(new PoolNetwork("p", NetworkMode.Internet, [new AllowRule("10.0.0.5 accept; #", "tcp", 1, 1)], [], null)));
}
