using Vdi.Protocol.Fleet;
using Vdi.Protocol.Wire;
using Vdi.TestSupport;

namespace Vdi.Host.Tests.Desktops;

/// <summary>Two monitors of one session, each in a window of its own.</summary>
public sealed class MonitorTests : HubTests
{
    private protected override int Heads => 2;

    [Fact]
    public async Task Each_monitor_has_its_window_and_the_first_one_says_how_the_session_is()
    {
        var admit = RunningHost.AdmitTo(Machine);
        await using var first = await Host.OpenAsync(admit);
        await using (await Host.OpenAsync(admit with { Head = 1 }))
        {
            await PictureAsync(first);
            Assert.False(first.Ended.IsCompleted);
        }

        await using var again = await Host.OpenAsync(admit with { Head = 1 });
        Assert.Equal((1, 0), (Host.Reports(admit.Session, ViewState.Connected), Host.Reports(admit.Session, ViewState.Disconnected)));
        await Eventually.HoldsAsync(() => Task.FromResult(Host.Viewed is [var viewed] && viewed == admit.Session), "the session is listed, once");
    }

    [Fact]
    public async Task Window_takes_over_its_own_monitor_and_that_of_the_first_the_whole_session()
    {
        var admit = RunningHost.AdmitTo(Machine);
        await using var first = await Host.OpenAsync(admit);
        await using var second = await Host.OpenAsync(admit with { Head = 1 });
        await using var third = await Host.OpenAsync(admit with { Head = 1 });
        await second.Ended.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(ByeReason.TakenOver, second.Bye?.Reason);
        Assert.False(first.Ended.IsCompleted);

        // A window that only comes back is the same one.
        await using var fourth = await Host.ComeAsync(CredentialKind.ResumeSecret, first.ResumeSecret);
        await first.Ended.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.False(third.Ended.IsCompleted);
        await using var fifth = await Host.OpenAsync(admit);
        await Task.WhenAll(fourth.Ended, third.Ended).WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal((ByeReason.TakenOver, ByeReason.TakenOver), (fourth.Bye!.Value.Reason, third.Bye!.Value.Reason));
    }

    [Fact]
    public async Task Revoke_ends_both_and_voids_what_they_came_with()
    {
        var admit = RunningHost.AdmitTo(Machine);
        await using var first = await Host.OpenAsync(admit);
        await using var second = await Host.OpenAsync(admit with { Head = 1 });
        await Host.SayAsync(new Revoke(admit.Session, ByeReason.SignedOut, "You signed out"));
        await Task.WhenAll(first.Ended, second.Ended).WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal((ByeReason.SignedOut, ByeReason.SignedOut), (first.Bye!.Value.Reason, second.Bye!.Value.Reason));
        foreach (var secret in new[] { first.ResumeSecret, second.ResumeSecret })
        {
            await Assert.ThrowsAsync<Microsoft.AspNetCore.SignalR.HubException>(() => Host.ComeAsync(CredentialKind.ResumeSecret, secret));
        }

        await Eventually.HoldsAsync(() => Task.FromResult(!Directory.EnumerateFiles(SessionsFolder).Any()), "nothing of it is left on disk");
    }

    [Fact]
    public async Task Second_monitor_ends_with_the_first_window_but_not_while_that_is_loaded_anew()
    {
        Options.FirstWindowReturns = TimeSpan.FromSeconds(2);
        var admit = RunningHost.AdmitTo(Machine);
        DesktopClient second;
        await using (await Host.OpenAsync(admit))
        {
            second = await Host.OpenAsync(admit with { Head = 1 });
        }

        await using var open = second;
        await using (await Host.OpenAsync(admit))
        {
            await Task.Delay(TimeSpan.FromSeconds(3));
            Assert.False(second.Ended.IsCompleted);
        }

        await second.Ended.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(ByeReason.FirstClosed, second.Bye?.Reason);
    }

    [Fact]
    public async Task Second_monitor_comes_back_to_itself_after_a_restart()
    {
        var admit = RunningHost.AdmitTo(Machine);
        await using var first = await Host.OpenAsync(admit);
        await using var second = await Host.OpenAsync(admit with { Head = 1 });
        await RestartHostAsync();
        await using var back = await Host.ComeAsync(CredentialKind.ResumeSecret, second.ResumeSecret);
        await using var other = await Host.ComeAsync(CredentialKind.ResumeSecret, first.ResumeSecret);
        await PictureAsync(other);
        Assert.False(back.Ended.IsCompleted);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(-1)]
    public async Task Nobody_comes_to_a_monitor_that_the_machine_has_not(int head)
    {
        var refused = await Host.AdmitAsync(RunningHost.AdmitTo(Machine) with { TicketHash = "of nothing", Head = head });
        Assert.Contains("no monitor", refused.Refusal, StringComparison.Ordinal);
    }
}
