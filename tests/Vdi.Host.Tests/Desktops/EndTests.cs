using Microsoft.AspNetCore.SignalR;
using Vdi.Protocol.Fleet;
using Vdi.Protocol.Wire;
using Vdi.TestSupport;

namespace Vdi.Host.Tests.Desktops;

/// <summary>How a view of a desktop is ended by somebody else: revoked, or taken over; fault 26.</summary>
public sealed class EndTests : HubTests
{
    [Fact]
    public async Task Revoke_ends_the_stream_with_Bye_and_voids_ticket_and_secret()
    {
        var admit = RunningHost.AdmitTo(Machine);
        var unspent = await Host.TicketAsync(admit);
        await using var client = await Host.OpenAsync(admit);
        await PictureAsync(client);
        await Host.SayAsync(new Revoke(admit.Session, ByeReason.SignedOut, "You signed out"));
        await client.Ended.WaitAsync(TimeSpan.FromSeconds(2));
        Assert.Equal(new Bye(ByeReason.SignedOut, "You signed out"), client.Bye);
        await RefusedAsync(CredentialKind.Ticket, unspent);
        await RefusedAsync(CredentialKind.ResumeSecret, client.ResumeSecret);
        await Eventually.HoldsAsync(() => Task.FromResult(!Directory.EnumerateFiles(SessionsFolder).Any()), "nothing of it is left on disk");
    }

    [Fact]
    public async Task Revoked_connection_is_ended_and_reported_though_it_stays()
    {
        var admit = RunningHost.AdmitTo(Machine);
        await using var line = await ViewAsync(admit);
        await Host.SayAsync(new Revoke(admit.Session, ByeReason.SignedOut, "You signed out"));
        await line.EndsAsync();
        await Host.ReportedAsync(admit.Session, ViewState.Disconnected);
        await Eventually.HoldsAsync(() => Task.FromResult(!Directory.EnumerateFiles(SessionsFolder).Any()), "nothing of it is left on disk");
    }

    [Fact]
    public async Task Revoked_connection_that_does_not_even_read_cannot_type_any_more()
    {
        var admit = RunningHost.AdmitTo(Machine);
        await using var line = await Host.LineAsync();
        await line.HelloAsync(CredentialKind.Ticket, await Host.TicketAsync(admit));
        await line.SendAndWaitAsync(ClientMessage.Key(true, 0x1e));
        await Eventually.HoldsAsync(() => Task.FromResult(Hypervisor.Keys.Contains((true, 0x1e))), "the key goes down");
        await Host.SayAsync(new Revoke(admit.Session, ByeReason.SignedOut, "You signed out"));
        await VoidAsync(line, 0x30);
        await Eventually.HoldsAsync(() => Task.FromResult(Hypervisor.Keys.Contains((false, 0x1e))), "what it held is let go");
        Assert.DoesNotContain((true, 0x30), Hypervisor.Keys);
    }

    [Fact]
    public async Task Second_window_takes_over_and_the_first_may_neither_look_nor_type_nor_come_back()
    {
        var admit = RunningHost.AdmitTo(Machine);
        await using var first = await Host.OpenAsync(admit);
        await PictureAsync(first);
        await using var second = await Host.OpenAsync(admit);
        await first.Ended.WaitAsync(TimeSpan.FromSeconds(2));
        Assert.Equal(ByeReason.TakenOver, first.Bye?.Reason);
        await RefusedAsync(CredentialKind.ResumeSecret, first.ResumeSecret);
        await PictureAsync(second);
        Assert.Equal(2, Host.Reports(admit.Session, ViewState.Connected));
        Assert.Equal(0, Host.Reports(admit.Session, ViewState.Disconnected));
    }

    [Fact]
    public async Task Connection_that_was_taken_over_cannot_type_any_more()
    {
        var admit = RunningHost.AdmitTo(Machine);
        await using var first = await Host.LineAsync();
        await first.HelloAsync(CredentialKind.Ticket, await Host.TicketAsync(admit));
        await using var second = await Host.OpenAsync(admit);
        await VoidAsync(first, 0x30);
        Assert.DoesNotContain((true, 0x30), Hypervisor.Keys);
        await second.SendAsync(ClientMessage.Key(true, 0x1e), ClientMessage.Key(false, 0x1e));
        await Eventually.HoldsAsync(() => Task.FromResult(Hypervisor.Keys.Contains((false, 0x1e))), "the second types");
    }

    [Fact]
    public async Task Window_that_comes_back_with_its_secret_takes_over_its_own_dead_line()
    {
        var admit = RunningHost.AdmitTo(Machine);
        await using var dead = await Host.OpenAsync(admit);
        await using var alive = await Host.ComeAsync(CredentialKind.ResumeSecret, dead.ResumeSecret);
        await PictureAsync(alive);
        await dead.Ended.WaitAsync(TimeSpan.FromSeconds(2));
        Assert.Equal(ByeReason.TakenOver, dead.Bye?.Reason);
        await Eventually.HoldsAsync(() => Task.FromResult(Host.Viewed.Contains(admit.Session)), "the session is listed");
    }

    [Fact]
    public async Task Revoking_one_session_leaves_another_of_the_same_user_alone()
    {
        var one = RunningHost.AdmitTo(Machine);
        var two = RunningHost.AdmitTo(await Host.MachineAsync()) with { User = one.User };
        await using var first = await Host.OpenAsync(one);
        await using var second = await Host.OpenAsync(two);
        await Host.SayAsync(new Revoke(one.Session, ByeReason.SessionEnded, "The session was ended"));
        await first.Ended.WaitAsync(TimeSpan.FromSeconds(10));
        await PictureAsync(second);
        await second.SendAsync(ClientMessage.Key(true, 0x1e), ClientMessage.Key(false, 0x1e));
        await Eventually.HoldsAsync(() => Task.FromResult(Hypervisor.Keys.Contains((true, 0x1e))), "the second types");
        Assert.False(second.Ended.IsCompleted);
    }

    [Fact]
    public async Task Signing_out_ends_every_stream_of_the_user_and_voids_their_tickets_and_secrets_and_nobody_elses()
    {
        var one = RunningHost.AdmitTo(Machine);
        var two = RunningHost.AdmitTo(await Host.MachineAsync()) with { User = one.User };
        var unspent = await Host.TicketAsync(RunningHost.AdmitTo(Machine) with { User = one.User });
        var other = RunningHost.AdmitTo(Machine);
        await using var first = await Host.OpenAsync(one);
        await using var second = await Host.OpenAsync(two);
        await using var stays = await Host.OpenAsync(other);
        await Host.SayAsync(new RevokeUser(one.User, ByeReason.SignedOut, "You signed out"));
        await first.Ended.WaitAsync(TimeSpan.FromSeconds(10));
        await second.Ended.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal((ByeReason.SignedOut, ByeReason.SignedOut), (first.Bye?.Reason, second.Bye?.Reason));
        await RefusedAsync(CredentialKind.ResumeSecret, first.ResumeSecret);
        await RefusedAsync(CredentialKind.Ticket, unspent);
        await PictureAsync(stays);
        Assert.False(stays.Ended.IsCompleted);

        // Signed in again, they come to the same desktop with a new ticket.
        await using var again = await Host.OpenAsync(one);
        await PictureAsync(again);
    }

    private async Task<HubLine> ViewAsync(Admit admit)
    {
        var line = await Host.LineAsync();
        await line.HelloAsync(CredentialKind.Ticket, await Host.TicketAsync(admit));
        var streaming = line.ScreenAsync();
        _ = streaming.ContinueWith(_ => { }, TaskScheduler.Default);
        return line;
    }

    /// <summary>Goes on typing until the connection is ended.</summary>
    private static async Task VoidAsync(HubLine line, int qnum)
    {
        await Task.Delay(200);
        try
        {
            for (var tries = 0; tries < 100 && !line.Closed.IsCompleted; tries++)
            {
                await line.SendAsync(ClientMessage.Key(true, qnum), ClientMessage.Key(false, qnum));
                await Task.WhenAny(line.Closed, Task.Delay(100));
            }
        }
        catch (Exception e) when (e is InvalidOperationException or IOException or OperationCanceledException)
        {
            // Ended between the look and the word.
        }

        await line.EndsAsync();
    }

    private async Task RefusedAsync(CredentialKind kind, byte[] secret)
    {
        await using var line = await Host.LineAsync();
        var refusal = await Assert.ThrowsAsync<HubException>(() => line.HelloAsync(kind, secret));
        Assert.Contains("not valid any more", refusal.Message, StringComparison.Ordinal);
    }
}
