using Microsoft.AspNetCore.SignalR;
using Vdi.Protocol.Fleet;
using Vdi.Protocol.Wire;
using Vdi.TestSupport;

namespace Vdi.Host.Tests.Desktops;

/// <summary>Coming back on a new line; faults 5 and 15.</summary>
public sealed class ResumeTests : HubTests
{
    [Fact]
    public async Task Somebody_whose_line_broke_comes_back_to_the_same_picture()
    {
        ulong before;
        byte[] secret;
        await using (var client = await Host.OpenAsync(RunningHost.AdmitTo(Machine)))
        {
            await PictureAsync(client);
            await ChangeAsync(client);
            (before, secret) = (HashOf(client), client.ResumeSecret);
        }

        await using var again = await Host.ComeAsync(CredentialKind.ResumeSecret, secret);
        Assert.Equal(before, await PictureAsync(again));
        Assert.NotEqual(secret, again.ResumeSecret);
    }

    [Fact]
    public async Task Old_secret_is_good_until_something_was_sent_on_the_new_connection_and_void_after()
    {
        var admit = RunningHost.AdmitTo(Machine);
        await using var first = await Host.LineAsync();
        var old = (await first.HelloAsync(CredentialKind.Ticket, await Host.TicketAsync(admit))).ResumeSecret;

        // Welcome is lost twice: the browser shows the old secret again.
        await using var second = await Host.LineAsync();
        var lost = (await second.HelloAsync(CredentialKind.ResumeSecret, old)).ResumeSecret;
        await using var third = await Host.LineAsync();
        var kept = (await third.HelloAsync(CredentialKind.ResumeSecret, old)).ResumeSecret;
        await RefusedAsync(lost);

        await third.SendAndWaitAsync(new ClientMessage(ClientMessageType.Refresh));
        await RefusedAsync(old);
        await using var fourth = await Host.LineAsync();
        await fourth.HelloAsync(CredentialKind.ResumeSecret, kept);
    }

    [Fact]
    public async Task Server_that_was_restarted_gives_the_same_picture_without_a_word_from_the_broker()
    {
        await using var client = await Host.OpenAsync(RunningHost.AdmitTo(Machine));
        await PictureAsync(client);
        await ChangeAsync(client);
        var before = HashOf(client);
        await RestartHostAsync();
        await client.Ended.WaitAsync(TimeSpan.FromSeconds(10));

        await using var again = await Host.ComeAsync(CredentialKind.ResumeSecret, client.ResumeSecret);
        Assert.Equal(before, await PictureAsync(again));
        Assert.DoesNotContain(Host.Heard, message => message is Admitted);
        await ChangeAsync(again);
    }

    [Fact]
    public async Task Somebody_who_comes_back_before_the_machines_are_taken_up_again_waits_for_them()
    {
        await using var client = await Host.OpenAsync(RunningHost.AdmitTo(Machine));
        await PictureAsync(client);
        var adopting = new TaskCompletionSource();
        await RestartHostAsync(adopting.Task);
        var coming = Host.ComeAsync(CredentialKind.ResumeSecret, client.ResumeSecret);
        await Task.WhenAny(coming, Task.Delay(500));
        adopting.SetResult();
        await using var again = await coming;
        await PictureAsync(again);
    }

    [Fact]
    public async Task Ticket_does_not_outlive_the_server()
    {
        var ticket = await Host.TicketAsync(RunningHost.AdmitTo(Machine));
        await RestartHostAsync();
        await using var line = await Host.LineAsync();
        await Assert.ThrowsAsync<HubException>(() => line.HelloAsync(CredentialKind.Ticket, ticket));
    }

    [Fact]
    public async Task Revoked_session_stays_revoked_after_a_restart()
    {
        var admit = RunningHost.AdmitTo(Machine);
        await using var client = await Host.OpenAsync(admit);
        await Host.SayAsync(new Revoke(admit.Session, ByeReason.SignedOut, "You signed out"));
        await client.Ended.WaitAsync(TimeSpan.FromSeconds(10));
        await RestartHostAsync();
        await RefusedAsync(client.ResumeSecret);
    }

    [Fact]
    public async Task Newer_epoch_is_known_after_a_restart()
    {
        await using var client = await Host.OpenAsync(RunningHost.AdmitTo(Machine) with { Epoch = 7 });
        await RestartHostAsync();
        Assert.Contains("older", (await Host.AdmitAsync(RunningHost.AdmitTo(Machine) with { Epoch = 6, TicketHash = "00" })).Refusal, StringComparison.Ordinal);
        await using var again = await Host.ComeAsync(CredentialKind.ResumeSecret, client.ResumeSecret);
    }

    private static async Task ChangeAsync(DesktopClient client)
    {
        var before = HashOf(client);
        await client.SendAsync(ClientMessage.Key(true, 0x1e), ClientMessage.Key(false, 0x1e));
        await Eventually.HoldsAsync(() => Task.FromResult(HashOf(client) != before), "the picture answers a key");
    }

    private async Task RefusedAsync(byte[] secret)
    {
        await using var line = await Host.LineAsync();
        var refusal = await Assert.ThrowsAsync<HubException>(() => line.HelloAsync(CredentialKind.ResumeSecret, secret));
        Assert.Contains("not valid any more", refusal.Message, StringComparison.Ordinal);
    }
}
