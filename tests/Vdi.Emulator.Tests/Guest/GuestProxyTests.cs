using System.Text.Json;
using Vdi.Emulator.Guest;
using Vdi.Emulator.Machines;

namespace Vdi.Emulator.Tests.Guest;

public sealed class GuestProxyTests
{
    [Fact]
    public void Policies_keep_what_the_image_says_and_name_the_proxy()
    {
        using var policies = JsonDocument.Parse(GuestProxy.Policies("""{"policies":{"DisableTelemetry":true,"Proxy":{"Mode":"none"}}}""", "http://10.0.0.9:3128"));
        var inner = policies.RootElement.GetProperty("policies");
        Assert.True(inner.GetProperty("DisableTelemetry").GetBoolean());
        Assert.Equal("10.0.0.9:3128", inner.GetProperty("Proxy").GetProperty("HTTPProxy").GetString());
        Assert.DoesNotContain("Proxy", GuestProxy.Policies(policies.RootElement.GetRawText(), null), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("not json")]
    [InlineData("""{"policies":7}""")]
    public void Broken_policies_are_replaced(string present) => Assert.Contains("10.0.0.9:3128", GuestProxy.Policies(present, "http://10.0.0.9:3128"), StringComparison.Ordinal);

    [Fact]
    public void Environment_has_both_spellings()
    {
        var lines = GuestProxy.Environment("http://10.0.0.9:3128").Split('\n');
        Assert.Contains("http_proxy=http://10.0.0.9:3128", lines);
        Assert.Contains("HTTPS_PROXY=http://10.0.0.9:3128", lines);
        Assert.Equal("", GuestProxy.Environment(null));
    }

    [Theory]
    [InlineData("http://x:1\nLD_PRELOAD=/evil")]
    [InlineData("http://x:1/$(reboot)")]
    [InlineData("http://x\";:1")]
    public void Nothing_but_a_host_and_a_port_gets_in(string proxy)
    {
        Assert.Throws<MachineException>(() => GuestProxy.Environment(proxy));
        Assert.Throws<MachineException>(() => GuestProxy.Policies("{}", proxy));
    }
}
