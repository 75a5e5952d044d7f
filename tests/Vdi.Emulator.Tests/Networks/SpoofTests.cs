namespace Vdi.Emulator.Tests.Networks;

/// <summary>Guests that say they are somebody else.</summary>
[Collection(NetworkCollection.Name)]
public sealed class SpoofTests(NetworkLab lab)
{
    [RootFact]
    public async Task Other_source_address_gets_nowhere()
    {
        lab.Outside.Seen.Clear();
        string[] sources = [lab.Two.Address, "192.0.2.77", lab.Other.Address];
        try
        {
            foreach (var source in sources)
            {
                Assert.Equal("sent", await lab.One.RunAsync($"ip address add {source}/32 dev {lab.One.Card}") + await lab.One.SendUdpFromAsync(source, Outside.Internet.ToString(), NetworkLab.Port));
            }

            Assert.Empty(await lab.Outside.CameAsync(line => line.StartsWith($"udp {Outside.Internet}:{NetworkLab.Port}", StringComparison.Ordinal)));

            // The gateway still knows the neighbour under its own MAC, and the neighbour still has its network.
            Assert.Single(await lab.Two.ReachTcpAsync(NetworkGuest.At(Outside.Internet, NetworkLab.Port)));
            Assert.Contains(lab.Two.Nic.Mac, await Outside.RunAsync("ip", "-n", lab.Namespace(NetworkLab.Pool), "neighbour", "show", lab.Two.Address), StringComparison.Ordinal);
        }
        finally
        {
            await lab.One.RunAsync(string.Join('\n', sources.Select(source => $"ip address del {source}/32 dev {lab.One.Card}")));
        }

        await lab.One.SendUdpFromAsync(lab.One.Address, Outside.Internet.ToString(), NetworkLab.Port);
        Assert.Single(await lab.Outside.CameAsync(line => line.StartsWith($"udp {Outside.Internet}:{NetworkLab.Port}", StringComparison.Ordinal)));
    }

    [RootFact]
    public async Task Other_MAC_gets_nowhere_with_any_address()
    {
        var hostile = await lab.ForkAsync(NetworkLab.Pool);
        try
        {
            foreach (var (mac, address) in ((string, string)[])[("52:54:00:aa:bb:cc", hostile.Address), (lab.Two.Nic.Mac, lab.Two.Address)])
            {
                var mine = await hostile.RunAsync($"""
                    gateway=$(ip -4 route show | sed -n 's/.* via \([^ ]*\).*/\1/p' | head -n 1); [ -n "$gateway" ] || gateway=$(cat /run/gateway); echo $gateway >/run/gateway
                    systemctl stop systemd-networkd.socket systemd-networkd 2>/dev/null
                    ip link set dev {hostile.Card} down && ip link set dev {hostile.Card} address {mac} && ip link set dev {hostile.Card} up
                    ip address flush dev {hostile.Card}; ip address add {address}/23 dev {hostile.Card}
                    ip route replace default via $gateway dev {hostile.Card}
                    ip route get {Outside.Internet}; ip link show dev {hostile.Card}
                    """);
                Assert.Contains($"src {address}", mine, StringComparison.Ordinal);
                Assert.Contains(mac, mine, StringComparison.Ordinal);
                Assert.Empty(await hostile.ReachTcpAsync(NetworkGuest.At(Outside.Internet, NetworkLab.Port)));
            }

            Assert.Single(await lab.Two.ReachTcpAsync(NetworkGuest.At(Outside.Internet, NetworkLab.Port)));
        }
        finally
        {
            await lab.EndAsync(hostile);
        }
    }
}
