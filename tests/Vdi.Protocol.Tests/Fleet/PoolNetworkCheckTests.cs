using Vdi.Protocol.Fleet;

namespace Vdi.Protocol.Tests.Fleet;

public sealed class PoolNetworkCheckTests
{
    [Theory]
    [InlineData("10.0.0.5")]
    [InlineData("10.0.0.0/8")]
    [InlineData("192.168.1.0/24")]
    [InlineData("203.0.113.7/32")]
    public void Address_or_block_is_accepted(string to) => Assert.Empty(PoolNetworkCheck.Check(With(new AllowRule(to, "tcp", 1, 65535))));

    [Theory]
    [InlineData("10.0.0.1/8")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/")]
    [InlineData("10.0.0.0/+8")]
    [InlineData("10.1")]
    [InlineData("010.0.0.1")]
    [InlineData("0x0a000001")]
    [InlineData("167772161")]
    [InlineData("localhost")]
    [InlineData("10.0.0.5; drop")]
    [InlineData("10.0.0.5\n")]
    [InlineData("")]
    [InlineData("::1")]
    [InlineData("::ffff:10.0.0.5")]
    public void Anything_else_is_refused(string to) => Assert.Equal("allow[0]", Assert.Single(PoolNetworkCheck.Check(With(new AllowRule(to, "tcp", 1, 1)))).Field);

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("169.254.169.254")]
    [InlineData("0.0.0.0/0")]
    [InlineData("224.0.0.251")]
    [InlineData("255.255.255.255")]
    [InlineData("240.0.0.0/4")]
    [InlineData("10.213.4.0/24")]
    [InlineData("10.213.0.0/16")]
    public void Ranges_that_no_machine_may_reach_cannot_be_opened(string to) => Assert.Single(PoolNetworkCheck.Check(With(new AllowRule(to, "udp", 53, 53))));

    [Theory]
    [InlineData("tcp:10.0.0.5:443", "10.0.0.5", 443, 443)]
    [InlineData("udp:10.1.0.0/16:5000-5010", "10.1.0.0/16", 5000, 5010)]
    public void Rule_is_read_as_people_write_it_and_written_the_same(string text, string to, int first, int last)
    {
        var rule = PoolNetworkCheck.TryParseRule(text)!;
        Assert.Equal((to, text[..3], first, last), (rule.To, rule.Protocol, rule.FirstPort, rule.LastPort));
        Assert.Equal(text, PoolNetworkCheck.Describe(rule));
    }

    [Theory]
    [InlineData("10.0.0.5:443")]
    [InlineData("tcp:10.0.0.5")]
    [InlineData("tcp:10.0.0.5:443-")]
    [InlineData("tcp:10.0.0.5:99999999999")]
    [InlineData("tcp:host:1")]
    [InlineData(" tcp:10.0.0.5:1")]
    public void What_is_no_rule_is_not_read(string text) => Assert.Null(PoolNetworkCheck.TryParseRule(text));

    [Theory]
    [InlineData("http://10.0.0.9:3128", true)]
    [InlineData("http://proxy.example:3128/", true)]
    [InlineData("https://proxy.example:3128", false)]
    [InlineData("http://proxy.example", false)]
    [InlineData("http://proxy.example:0", false)]
    [InlineData("http://user@proxy.example:80", false)]
    [InlineData("http://[::1]:80", false)]
    [InlineData("http://10.1:80", false)]
    [InlineData("http://127.0.0.1:80", false)]
    [InlineData("http://-x:80", false)]
    [InlineData("http://a\nb:80", false)]
    [InlineData("http://a\":80", false)]
    public void Proxy_is_a_name_or_an_address_with_a_port(string proxy, bool good) =>
        Assert.Equal(good, PoolNetworkCheck.Check(new PoolNetwork("p", NetworkMode.Internet, [], [], proxy)).Count == 0);

    [Fact]
    public void Numbers_are_limited()
    {
        var rules = Enumerable.Repeat(new AllowRule("10.0.0.5", "tcp", 1, 1), PoolNetworkCheck.MaxRules + 1).ToList();
        Assert.Single(PoolNetworkCheck.Check(new PoolNetwork("p", NetworkMode.Internet, rules, [], null)));
        Assert.Single(PoolNetworkCheck.Check(new PoolNetwork("p", NetworkMode.Internet, [], [.. Enumerable.Repeat("9.9.9.9", PoolNetworkCheck.MaxResolvers + 1)], null)));
    }

    private static PoolNetwork With(AllowRule rule) => new("p", NetworkMode.Internet, [rule], [], null);
}
