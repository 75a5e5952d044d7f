using Vdi.Protocol.Fleet;
using Vdi.Protocol.Wire;
using Vdi.TestSupport;

namespace Vdi.Host.Tests.Desktops;

/// <summary>What the broker hears of who looks.</summary>
public sealed class ReportTests : HubTests
{
    [Fact]
    public async Task Coming_painting_and_leaving_are_reported_once_each()
    {
        var admit = RunningHost.AdmitTo(Machine);
        await using (var client = await Host.OpenAsync(admit))
        {
            await Host.ReportedAsync(admit.Session, ViewState.Connected);
            await Host.ReportedAsync(admit.Session, ViewState.FirstFrame);
            var frames = client.Frames;
            await client.SendAsync(ClientMessage.Key(true, 0x1e), ClientMessage.Key(false, 0x1e));
            await Eventually.HoldsAsync(() => Task.FromResult(client.Frames > frames), "another frame comes");
        }

        await Host.ReportedAsync(admit.Session, ViewState.Disconnected);
        var said = Host.Heard.OfType<SessionReport>().Where(report => report.Session == admit.Session).ToList();
        Assert.Equal([ViewState.Connected, ViewState.FirstFrame, ViewState.Disconnected], said.Select(report => report.State));
        Assert.All(said, report => Assert.Equal((Machine, 1), (report.Machine, report.Epoch)));
    }

    [Fact]
    public async Task Frame_that_is_not_acknowledged_is_not_reported()
    {
        var admit = RunningHost.AdmitTo(Machine);
        await using var line = await Host.LineAsync();
        await line.HelloAsync(CredentialKind.Ticket, await Host.TicketAsync(admit));
        _ = line.ScreenAsync().ContinueWith(_ => { }, TaskScheduler.Default);
        await Eventually.HoldsAsync(() => Task.FromResult(!line.Received.IsEmpty), "the stream begins");
        await Host.ReportedAsync(admit.Session, ViewState.Connected);
        Assert.Equal(0, Host.Reports(admit.Session, ViewState.FirstFrame));
    }

    [Fact]
    public async Task Sessions_that_somebody_looks_at_are_in_every_report()
    {
        var (one, two) = (RunningHost.AdmitTo(Machine), RunningHost.AdmitTo(Machine));
        await using var first = await Host.OpenAsync(one);
        await using (var second = await Host.OpenAsync(two))
        {
            await Eventually.HoldsAsync(() => Task.FromResult(Host.Viewed.ToHashSet().SetEquals([one.Session, two.Session])), "both are listed");
        }

        await Eventually.HoldsAsync(() => Task.FromResult(Host.Viewed.SequenceEqual([one.Session])), "one is listed");
    }
}
