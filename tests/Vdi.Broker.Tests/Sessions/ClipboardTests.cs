using Vdi.Broker.Pools;
using Vdi.Protocol.Fleet;
using Vdi.Protocol.Wire;
using Vdi.TestSupport.Brokers;

namespace Vdi.Broker.Tests.Sessions;

/// <summary>Who may copy which way, and what is noted of it.</summary>
public sealed class ClipboardTests
{
    [Theory]
    [InlineData(true, true, Rights.ClipboardIn | Rights.ClipboardOut)]
    [InlineData(false, true, Rights.ClipboardOut)]
    [InlineData(true, false, Rights.ClipboardIn)]
    [InlineData(false, false, Rights.None)]
    public async Task Policy_says_which_way_and_how_much(bool into, bool outOf, Rights expected)
    {
        await using var broker = await RunningBroker.StartAsync();
        await broker.PolicyAsync(policy => policy with { Clipboard = new ClipboardPolicy { In = into, Out = outOf, LargestKiB = 64 } });
        using var kim = await broker.PersonAsync("kim");
        var admit = await broker.AdmittedAsync(kim);
        Assert.Equal(expected, admit.Rights & (Rights.ClipboardIn | Rights.ClipboardOut));
        Assert.Equal(64, admit.Limits!.ClipboardKiB);
    }

    [Fact]
    public async Task What_was_copied_is_noted_by_way_kind_and_size()
    {
        await using var broker = await RunningBroker.StartAsync();
        using var kim = await broker.PersonAsync("kim");
        var admit = await broker.AdmittedAsync(kim);
        await broker.Host.SayAsync(new ClipboardUsed(Guid.NewGuid(), ToGuest: true, ClipboardKind.Text, 1));
        await broker.Host.SayAsync(new ClipboardUsed(admit.Session, ToGuest: false, ClipboardKind.Png, 4321));
        var entry = await broker.NotedOnceAsync("session.clipboard");
        Assert.Equal(("kim", $"session/{admit.Session}"), (entry.GetProperty("who").GetString(), entry.GetProperty("target").GetString()));
        var after = entry.GetProperty("after").ToString();
        Assert.Contains("4321", after, StringComparison.Ordinal);
        Assert.Contains("person", after, StringComparison.Ordinal);
        Assert.Contains("png", after, StringComparison.OrdinalIgnoreCase);
    }
}
