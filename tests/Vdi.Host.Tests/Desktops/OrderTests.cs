using Microsoft.AspNetCore.SignalR;
using Vdi.Protocol.Fleet;
using Vdi.Protocol.Wire;
using Vdi.TestSupport;

namespace Vdi.Host.Tests.Desktops;

/// <summary>What must come in its order, and how much of it.</summary>
public sealed class OrderTests : HubTests
{
    public OrderTests()
    {
        Options.HelloDeadline = TimeSpan.FromSeconds(1.5);
        Options.MaxSilentConnections = 5;
        Options.MaxScreensPerUser = 2;
    }

    [Fact]
    public async Task Screen_before_Hello_is_refused()
    {
        await using var line = await Host.LineAsync();
        var refusal = await Assert.ThrowsAsync<HubException>(line.ScreenAsync);
        Assert.Contains("Hello comes first", refusal.Message, StringComparison.Ordinal);
        await line.EndsAsync();
    }

    [Fact]
    public async Task Send_before_Hello_ends_the_connection()
    {
        await using var line = await Host.LineAsync();
        await line.SendAsync(ClientMessage.Key(true, 0x1e));
        await line.EndsAsync();
        Assert.Empty(Hypervisor.Keys);
    }

    [Fact]
    public async Task Hello_twice_is_refused_and_the_second_ticket_stays_good()
    {
        var (one, two) = (RunningHost.AdmitTo(Machine), RunningHost.AdmitTo(Machine));
        await using var line = await OpenLineAsync(one);
        var unspent = await Host.TicketAsync(two);
        var refusal = await Assert.ThrowsAsync<HubException>(() => line.HelloAsync(CredentialKind.Ticket, unspent));
        Assert.Contains("said before", refusal.Message, StringComparison.Ordinal);
        await line.EndsAsync();
        await Host.ReportedAsync(one.Session, ViewState.Disconnected);
        await using var client = await Host.ComeAsync(CredentialKind.Ticket, unspent);
    }

    [Fact]
    public async Task Screen_twice_is_refused()
    {
        await using var line = await OpenLineAsync(RunningHost.AdmitTo(Machine));
        var streaming = line.ScreenAsync();
        await Eventually.HoldsAsync(() => Task.FromResult(!line.Received.IsEmpty), "the stream begins");
        var refusal = await Assert.ThrowsAsync<HubException>(line.ScreenAsync);
        Assert.Contains("already", refusal.Message, StringComparison.Ordinal);
        await line.EndsAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => streaming);
    }

    [Fact]
    public async Task Connection_that_never_says_Hello_is_ended()
    {
        await using var line = await Host.LineAsync();
        await line.EndsAsync();
    }

    [Fact]
    public async Task Connection_that_said_Hello_in_time_is_not_ended_at_the_deadline()
    {
        await using var line = await OpenLineAsync(RunningHost.AdmitTo(Machine));
        await Task.Delay(Options.HelloDeadline + TimeSpan.FromSeconds(1));
        Assert.False(line.Closed.IsCompleted);
    }

    [Fact]
    public async Task One_silent_connection_too_many_ends_the_oldest()
    {
        Options.HelloDeadline = TimeSpan.FromMinutes(5);
        await using var welcome = await OpenLineAsync(RunningHost.AdmitTo(Machine));
        var silent = new List<HubLine> { await Host.LineAsync() };

        // A line is open before the host has noted it: the others must not overtake the first.
        await Task.Delay(1000);
        for (var i = 1; i <= Options.MaxSilentConnections; i++)
        {
            silent.Add(await Host.LineAsync());
        }

        await silent[0].EndsAsync();
        Assert.All(silent.Skip(1), line => Assert.False(line.Closed.IsCompleted));
        Assert.False(welcome.Closed.IsCompleted);
        foreach (var line in silent)
        {
            await line.DisposeAsync();
        }
    }

    [Fact]
    public async Task One_screen_too_many_of_a_user_is_refused_with_words_and_another_users_is_not()
    {
        var user = RunningHost.AdmitTo(Machine);
        await using var one = await OpenLineAsync(user);
        await using var two = await OpenLineAsync(user with { Session = Guid.NewGuid() });
        await using (var three = await Host.LineAsync())
        {
            var ticket = await Host.TicketAsync(user with { Session = Guid.NewGuid() });
            var refusal = await Assert.ThrowsAsync<HubException>(() => three.HelloAsync(CredentialKind.Ticket, ticket));
            Assert.Contains("2 desktops are open already, close one of them first", refusal.Message, StringComparison.Ordinal);
            await three.EndsAsync();
        }

        await using var same = await OpenLineAsync(user);
        await using var other = await OpenLineAsync(RunningHost.AdmitTo(Machine));

        // One was closed: there is room again.
        await two.DisposeAsync();
        await Eventually.HoldsAsync(() => Task.FromResult(Host.Heard.OfType<SessionReport>().Any(report => report.State == ViewState.Disconnected)), "the host noticed");
        await using var again = await OpenLineAsync(user with { Session = Guid.NewGuid() });
    }

    [Fact]
    public async Task One_person_too_many_at_a_machine_is_refused_with_words_and_another_machine_is_not()
    {
        Options.MaxScreensPerMachine = 2;
        await using var one = await OpenLineAsync(RunningHost.AdmitTo(Machine));
        await using var two = await OpenLineAsync(RunningHost.AdmitTo(Machine));
        await using (var three = await Host.LineAsync())
        {
            var ticket = await Host.TicketAsync(RunningHost.AdmitTo(Machine));
            var refusal = await Assert.ThrowsAsync<HubException>(() => three.HelloAsync(CredentialKind.Ticket, ticket));
            Assert.Contains("2 people look at this desktop already", refusal.Message, StringComparison.Ordinal);
        }

        await using var elsewhere = await OpenLineAsync(RunningHost.AdmitTo(await Host.MachineAsync()));
    }

    private async Task<HubLine> OpenLineAsync(Admit admit)
    {
        var line = await Host.LineAsync();
        await line.HelloAsync(CredentialKind.Ticket, await Host.TicketAsync(admit));
        return line;
    }
}
