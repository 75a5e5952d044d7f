using Vdi.Protocol.Fleet;
using Vdi.TestSupport;
using Vdi.TestSupport.Brokers;

namespace Vdi.Broker.Tests.Pools;

public sealed class NetworkTests
{
    private const string Path = "/api/pools/desktops/network";

    [Fact]
    public async Task Pool_is_isolated_until_an_administrator_says_otherwise_and_hosts_hear_of_it()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 1);
        using var admin = await broker.AdministratorAsync("boss");
        Assert.Equal("isolated", (await admin.GetAsync(Path)).Text("mode"));
        await HeardAsync(broker, network => network is { Mode: NetworkMode.Isolated, Pool: "desktops" });

        var set = await admin.PutAsync(Path, new { mode = "internet", allow = new[] { new { to = "10.0.0.0/24", protocol = "tcp", firstPort = 443, lastPort = 444 } }, dns = new[] { "9.9.9.9" }, proxy = "http://proxy.example:3128" });
        Assert.Equal(200, set.Status);
        var shown = await admin.GetAsync(Path);
        Assert.Equal(("internet", "http://proxy.example:3128"), (shown.Text("mode"), shown.Text("proxy")));
        Assert.Equal("10.0.0.0/24", shown.Body.GetProperty("allow")[0].GetProperty("to").GetString());
        await HeardAsync(broker, network => network is { Mode: NetworkMode.Internet, Allow: [{ To: "10.0.0.0/24", Protocol: "tcp", FirstPort: 443, LastPort: 444 }], Dns: ["9.9.9.9"], Proxy: "http://proxy.example:3128" });

        Assert.Equal(200, (await admin.PutAsync(Path, new { mode = "isolated" })).Status);
        await HeardAsync(broker, network => network is { Mode: NetworkMode.Isolated, Allow: [], Dns: [], Proxy: null });
    }

    [Theory]
    [InlineData("""{"mode":"open"}""", "mode")]
    [InlineData("""{}""", "mode")]
    [InlineData("""{"mode":"isolated","dns":["9.9.9.9"]}""", "mode")]
    [InlineData("""{"mode":"internet","allow":[{"to":"10.0.0.5/24","protocol":"tcp","firstPort":1,"lastPort":2}]}""", "allow[0]", "write 10.0.0.0/24")]
    [InlineData("""{"mode":"internet","allow":[{"to":"10.0.0.5","protocol":"tcp","firstPort":0,"lastPort":2}]}""", "allow[0]", "1 and 65535")]
    [InlineData("""{"mode":"internet","allow":[{"to":"10.0.0.5","protocol":"icmp","firstPort":1,"lastPort":2}]}""", "allow[0]", "'tcp' or 'udp'")]
    [InlineData("""{"mode":"internet","allow":[{"to":"fd00::1","protocol":"tcp","firstPort":1,"lastPort":2}]}""", "allow[0]", "IPv6")]
    [InlineData("""{"mode":"internet","allow":[null]}""", "allow[0]")]
    [InlineData("""{"mode":"internet","dns":["2620:fe::9"]}""", "dns[0]", "IPv6")]
    [InlineData("""{"mode":"internet","proxy":"http://a b:1"}""", "proxy", "http://host:port")]
    public async Task Bad_settings_are_refused_with_what_to_do(string body, string field, string says = "")
    {
        await using var broker = await RunningBroker.StartAsync(warm: 0);
        using var admin = await broker.AdministratorAsync("boss");
        var refused = await admin.PutAsync(Path, System.Text.Json.JsonSerializer.Deserialize<System.Text.Json.JsonElement>(body));
        Assert.Equal((400, "bad-network"), (refused.Status, refused.Text("code")));
        Assert.Equal(field, refused.Body.GetProperty("errors")[0].GetProperty("field").GetString());
        Assert.Contains(says, refused.Text("detail"), StringComparison.Ordinal);
        Assert.Equal("isolated", (await admin.GetAsync(Path)).Text("mode"));
    }

    [Fact]
    public async Task Only_administrators_see_and_change_it()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 0);
        using var kim = await broker.PersonAsync("kim");
        Assert.Equal(403, (await kim.GetAsync(Path)).Status);
        Assert.Equal(403, (await kim.PutAsync(Path, new { mode = "internet" })).Status);
        using var nobody = new Client(broker.Address);
        Assert.Equal(401, (await nobody.PutAsync(Path, new { mode = "internet" })).Status);
        using var admin = await broker.AdministratorAsync("boss");
        Assert.Equal("isolated", (await admin.GetAsync(Path)).Text("mode"));
        var unknown = await admin.PutAsync("/api/pools/nonsense/network", new { mode = "internet" });
        Assert.Equal((404, "unknown-pool"), (unknown.Status, unknown.Text("code")));
    }

    private static Task HeardAsync(RunningBroker broker, Func<PoolNetwork, bool> fits) =>
        Eventually.HoldsAsync(() => Task.FromResult(!broker.Host.Networks.IsEmpty && broker.Host.Networks.Values.All(fits)), "the host hears of the network");
}
