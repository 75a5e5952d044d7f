using System.Net;
using Vdi.Emulator.Guest;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;
using Xunit.Abstractions;

namespace Vdi.Emulator.Tests.Networks;

/// <summary>What guests of a pool with the internet reach and what not.</summary>
[Collection(NetworkCollection.Name)]
public sealed class ReachTests(NetworkLab lab, ITestOutputHelper output)
{
    private static readonly string Web = NetworkGuest.At(Outside.Internet, NetworkLab.Port);
    private static readonly string Intranet = NetworkGuest.At(Outside.Private, NetworkLab.Port);
    private static readonly string IntranetOther = NetworkGuest.At(Outside.Private, NetworkLab.OtherPort);

    [RootFact]
    public async Task Guest_has_its_own_address_reaches_the_internet_and_resolves_names()
    {
        output.WriteLine($"{lab.One.Times}\n{lab.Two.Times}\n{lab.Other.Times}");
        foreach (var guest in (NetworkGuest[])[lab.One, lab.Two, lab.Other])
        {
            Assert.Contains($" {guest.Address}/23 ", await guest.RunAsync($"ip -4 address show dev {guest.Card}"), StringComparison.Ordinal);
        }

        Assert.NotEqual(lab.One.Address, lab.Two.Address);
        lab.Outside.Seen.Clear();
        Assert.Equal([Web], await lab.One.ReachTcpAsync(Web));
        Assert.Contains("203.0.113.77", await lab.One.RunAsync("resolvectl --cache=no query name.example"), StringComparison.Ordinal);
        await lab.One.SendUdpAsync(Web);

        // The pool's own resolver answered, and everything came under the host's address.
        var came = await lab.Outside.CameAsync(_ => true);
        Assert.Contains($"udp {Outside.Internet}:53 from {Outside.HostsEnd}", came);
        Assert.Contains($"udp {Web} from {Outside.HostsEnd}", came);
        Assert.All(came, line => Assert.EndsWith($" from {Outside.HostsEnd}", line, StringComparison.Ordinal));
    }

    [RootFact]
    public async Task Guest_reaches_the_host_at_none_of_its_addresses()
    {
        lab.Outside.Seen.Clear();
        var gateway = (await lab.One.RunAsync("ip -4 route show default | sed 's/.* via \\([^ ]*\\).*/\\1/'")).Trim();
        var places = NetworkLab.HostAddresses.Append(IPAddress.Parse(gateway)).Distinct().Select(address => NetworkGuest.At(address, NetworkLab.Port)).ToArray();
        Assert.Contains(NetworkGuest.At(Outside.HostsEnd, NetworkLab.Port), places);
        Assert.Contains(places, place => place.StartsWith("10.213.", StringComparison.Ordinal));
        Assert.Empty(await lab.One.ReachTcpAsync(places));
        await lab.One.SendUdpAsync(places);
        Assert.Empty(await lab.Outside.CameAsync(_ => true));

        // The gateway offers nothing but DHCP and DNS, and names no interface by IPv6.
        Assert.NotEqual("0", (await lab.One.RunAsync($"ping -c1 -W1 {gateway} >/dev/null 2>&1; echo $?")).Trim());
        Assert.DoesNotContain("bytes from", await lab.One.RunAsync($"ping -6 -c2 -W1 ff02::1%{lab.One.Card} 2>&1 | grep -v ' fe80.*{lab.One.Nic.Mac[^5..]}' | grep -v \"$(ip -6 -o address show dev {lab.One.Card} | sed 's/.*inet6 \\([^/]*\\).*/\\1/' | head -n1)\""), StringComparison.Ordinal);
    }

    [RootFact]
    public async Task Guest_reaches_the_hosts_loopback_not_even_through_the_gateway()
    {
        var hostile = await lab.ForkAsync(NetworkLab.Pool);
        try
        {
            lab.Outside.Seen.Clear();
            var route = await hostile.RunAsync($"""
                gateway=$(ip -4 route show default | sed 's/.* via \([^ ]*\).*/\1/')
                sysctl -qw net.ipv4.conf.all.route_localnet=1 net.ipv4.conf.{hostile.Card}.route_localnet=1
                ip route flush table local 127.0.0.0/8
                ip route del table local local 127.0.0.0/8 dev lo; ip route del table local local 127.0.0.1 dev lo
                ip route add 127.0.0.0/8 via $gateway dev {hostile.Card} src {hostile.Address}
                ip route get 127.0.0.1
                """);
            Assert.Contains($"dev {hostile.Card}", route, StringComparison.Ordinal);
            Assert.Empty(await hostile.ReachTcpAsync($"127.0.0.1:{NetworkLab.Port}"));
            await hostile.SendUdpAsync($"127.0.0.1:{NetworkLab.Port}", $"127.0.0.2:{NetworkLab.Port}");
            Assert.Empty(await lab.Outside.CameAsync(_ => true));
        }
        finally
        {
            await lab.EndAsync(hostile);
        }
    }

    [RootFact]
    public async Task Guest_reaches_no_other_machine_of_its_pool_or_of_another()
    {
        foreach (var guest in (NetworkGuest[])[lab.Two, lab.Other])
        {
            await guest.RunAsync($"(setsid perl -MIO::Socket::INET -e 'my $l = IO::Socket::INET->new(Listen => 5, LocalPort => {NetworkLab.Port}, ReuseAddr => 1) or die; while (my $c = $l->accept) {{ print $c \"hello\\n\"; close $c }}' </dev/null >/dev/null 2>&1 &)");
            await Eventually.HoldsAsync(async () => (await guest.ReachTcpAsync($"{guest.Address}:{NetworkLab.Port}")).Count == 1, "the guest reaches its own listener");
        }

        Assert.Empty(await lab.One.ReachTcpAsync($"{lab.Two.Address}:{NetworkLab.Port}", $"{lab.Other.Address}:{NetworkLab.Port}"));

        // Nor past the bridge: by way of the gateway, as if the neighbour were far away.
        Assert.Empty(await lab.One.RunAsync($"ip route replace {lab.Two.Address} via $(ip -4 route show default | sed 's/.* via \\([^ ]*\\).*/\\1/') dev {lab.One.Card}; timeout 3 bash -c 'read -r line </dev/tcp/{lab.Two.Address}/{NetworkLab.Port} && echo $line' 2>/dev/null; ip route del {lab.Two.Address}"));
        Assert.Equal([Web], await lab.One.ReachTcpAsync(Web));
    }

    [RootFact]
    public async Task Rule_opens_one_port_of_a_private_address_live_and_closes_it_again()
    {
        lab.Outside.Seen.Clear();
        Assert.Empty(await lab.One.ReachTcpAsync(Intranet, IntranetOther));
        await lab.Networks.ApplyAsync(NetworkLab.Pool with { Allow = [new AllowRule(Outside.Private.ToString(), "tcp", NetworkLab.Port, NetworkLab.Port)] }, default);
        Assert.Equal([Intranet], await lab.One.ReachTcpAsync(Intranet, IntranetOther));
        await lab.One.SendUdpAsync(Intranet);
        Assert.DoesNotContain(await lab.Outside.CameAsync(_ => true), line => line.StartsWith("udp 10.", StringComparison.Ordinal));

        // Another pool has no part in it; a connection that stands falls with its rule.
        Assert.Empty(await lab.Other.ReachTcpAsync(Intranet));
        var held = lab.One.RunAsync($"exec 3<>/dev/tcp/{Outside.Private}/{NetworkLab.Port}; read -r -t 3 line <&3; touch /tmp/held; sleep 3; echo again >&3; read -r -t 3 line <&3 && echo echoed; rm -f /tmp/held");
        await Eventually.HoldsAsync(async () => (await lab.One.RunAsync("ls /tmp/held 2>/dev/null")).Length > 0, "the connection stands");
        await lab.Networks.ApplyAsync(NetworkLab.Pool, default);
        Assert.Empty(await held);
        Assert.Empty(await lab.One.ReachTcpAsync(Intranet));
    }

    [RootFact]
    public async Task Block_never_opens_the_host_and_an_address_of_it_opens_one_port()
    {
        var (place, other) = (NetworkGuest.At(Outside.HostsEnd, NetworkLab.Port), NetworkGuest.At(Outside.HostsEnd, 22));
        try
        {
            await lab.Networks.ApplyAsync(NetworkLab.Pool with { Allow = [new AllowRule("203.0.113.0/24", "tcp", 1, 65535), new AllowRule("10.0.0.0/8", "tcp", 1, 65535)] }, default);
            Assert.Equal([Intranet], await lab.One.ReachTcpAsync(place, Intranet, $"{lab.Two.Address}:{NetworkLab.Port}"));
            await lab.Networks.ApplyAsync(NetworkLab.Pool with { Allow = [new AllowRule(Outside.HostsEnd.ToString(), "tcp", NetworkLab.Port, NetworkLab.Port)] }, default);
            Assert.Equal([place], await lab.One.ReachTcpAsync(place, other));
        }
        finally
        {
            await lab.Networks.ApplyAsync(NetworkLab.Pool, default);
        }

        Assert.Empty(await lab.One.ReachTcpAsync(place));
    }

    [RootFact]
    public async Task Private_proxy_implies_the_rule_for_its_port()
    {
        await lab.Networks.ApplyAsync(NetworkLab.Pool with { Proxy = $"http://{Intranet}" }, default);
        var reached = await lab.One.ReachTcpAsync(Intranet, IntranetOther);
        await lab.Networks.ApplyAsync(NetworkLab.Pool, default);
        Assert.Equal([Intranet], reached);
    }

    [RootFact]
    public async Task Guest_is_told_of_its_proxy_and_told_again_that_there_is_none()
    {
        var before = await lab.Two.RunAsync("cat /etc/environment");
        await GuestProxy.SetAsync(lab.Two.Machine.Agent!, "http://10.0.0.9:3128", default);
        await GuestProxy.SetAsync(lab.Two.Machine.Agent!, "http://10.0.0.8:3128", default);
        Assert.Equal(before + GuestProxy.Environment("http://10.0.0.8:3128"), await lab.Two.RunAsync("cat /etc/environment"));
        await GuestProxy.SetAsync(lab.Two.Machine.Agent!, null, default);
        Assert.Equal(before, await lab.Two.RunAsync("cat /etc/environment"));
    }

    [RootFact]
    public async Task Pool_that_becomes_isolated_is_cut_at_once()
    {
        await lab.Networks.ApplyAsync(PoolNetwork.Isolated(NetworkLab.Pool.Pool), default);
        try
        {
            Assert.Empty(await lab.One.ReachTcpAsync(Web));
            Assert.DoesNotContain("203.0.113.77", await lab.One.RunAsync("timeout 3 resolvectl --cache=no query cut.example 2>&1"), StringComparison.Ordinal);
        }
        finally
        {
            await lab.Networks.ApplyAsync(NetworkLab.Pool, default);
        }

        Assert.Equal([Web], await lab.One.ReachTcpAsync(Web));
    }

    [RootFact]
    public async Task Isolated_guest_reaches_nothing_at_all()
    {
        var guest = await lab.ForkAsync(PoolNetwork.Isolated("alone"));
        try
        {
            Assert.Null(guest.Nic.Address);
            output.WriteLine(guest.Times);

            // It is told of no way out; it tries the one that QEMU's user network would have.
            await guest.RunAsync($"ip route replace default via 10.0.2.2 dev {guest.Card}");
            lab.Outside.Seen.Clear();
            var places = NetworkLab.HostAddresses.Concat(((string[])["10.0.2.2", "10.0.2.3", Outside.Internet.ToString(), Outside.Private.ToString(), lab.One.Address]).Select(IPAddress.Parse))
                .Select(address => NetworkGuest.At(address, NetworkLab.Port)).Distinct().ToArray();
            Assert.Empty(await guest.ReachTcpAsync(places));
            await guest.SendUdpAsync(places);
            Assert.Empty(await lab.Outside.CameAsync(_ => true));
        }
        finally
        {
            await lab.EndAsync(guest);
        }
    }
}
