using Vdi.Broker.Pools;
using Vdi.Protocol.Fleet;
using Vdi.Protocol.Wire;
using Vdi.TestSupport.Brokers;

namespace Vdi.Broker.Tests.Sessions;

/// <summary>Who may send and fetch files, and what is noted of it.</summary>
public sealed class FilesTests
{
    [Theory]
    [InlineData(true, true, Rights.FilesUp | Rights.FilesDown)]
    [InlineData(false, true, Rights.FilesDown)]
    [InlineData(true, false, Rights.FilesUp)]
    [InlineData(false, false, Rights.None)]
    public async Task Policy_says_which_way_and_how_much(bool into, bool outOf, Rights expected)
    {
        await using var broker = await RunningBroker.StartAsync();
        await broker.PolicyAsync(policy => policy with { Files = new FilesPolicy { In = into, Out = outOf, LargestMiB = 64 } });
        using var kim = await broker.PersonAsync("kim");
        var admit = await broker.AdmittedAsync(kim);
        Assert.Equal(expected, admit.Rights & (Rights.FilesUp | Rights.FilesDown));
        Assert.Equal(64, admit.Limits!.FilesMiB);
    }

    [Fact]
    public async Task What_was_moved_is_noted_by_way_name_and_size()
    {
        await using var broker = await RunningBroker.StartAsync();
        using var kim = await broker.PersonAsync("kim");
        var admit = await broker.AdmittedAsync(kim);
        await broker.Host.SayAsync(new FileMoved(Guid.NewGuid(), ToGuest: true, "x", 1));
        await broker.Host.SayAsync(new FileMoved(admit.Session, ToGuest: false, "보고서.pdf", 4321));
        var entry = await broker.NotedOnceAsync("session.file");
        Assert.Equal(("kim", $"session/{admit.Session}"), (entry.GetProperty("who").GetString(), entry.GetProperty("target").GetString()));
        var after = entry.GetProperty("after").ToString();
        Assert.Contains("4321", after, StringComparison.Ordinal);
        Assert.Contains("person", after, StringComparison.Ordinal);
        Assert.Contains("보고서.pdf", after, StringComparison.Ordinal);
    }
}
