using System.Buffers;
using System.Security.Cryptography;
using Microsoft.AspNetCore.SignalR;
using Vdi.Protocol.Fleet;
using Vdi.Protocol.Wire;

namespace Vdi.Host.Tests.Desktops;

/// <summary>Who comes in with what; fault 25.</summary>
public sealed class TicketTests : HubTests
{
    private const int Many = 1000;

    [Fact]
    public async Task Ticket_that_a_thousand_connections_show_at_once_lets_exactly_one_in()
    {
        // To open so many takes a busy computer longer than one may be silent.
        Options.HelloDeadline = TimeSpan.FromMinutes(5);
        await RestartHostAsync();
        var ticket = await Host.TicketAsync(RunningHost.AdmitTo(Machine) with { Expires = TimeProvider.System.GetUtcNow().AddMinutes(5) });
        var lines = new List<HubLine>();
        try
        {
            for (var opened = 0; opened < Many; opened += 50)
            {
                lines.AddRange(await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Host.LineAsync())));
            }

            var uses = await Task.WhenAll(lines.Select(async line =>
            {
                try
                {
                    return (await line.HelloAsync(CredentialKind.Ticket, ticket)).Rights;
                }
                catch (HubException)
                {
                    return Rights.None;
                }
            }));
            Assert.Single(uses, rights => rights != Rights.None);
        }
        finally
        {
            await Task.WhenAll(lines.Select(line => line.DisposeAsync().AsTask()));
        }
    }

    [Fact]
    public async Task Expired_ticket_is_refused_and_the_connection_ended()
    {
        var ticket = await Host.TicketAsync(RunningHost.AdmitTo(Machine) with { Expires = TimeProvider.System.GetUtcNow().AddSeconds(-1) });
        await RefusedAsync(line => line.HelloAsync(CredentialKind.Ticket, ticket), "not valid any more");
    }

    [Fact]
    public async Task Guessed_secret_is_refused_and_the_connection_ended()
    {
        await Host.TicketAsync(RunningHost.AdmitTo(Machine));
        await RefusedAsync(line => line.HelloAsync(CredentialKind.Ticket, RandomNumberGenerator.GetBytes(32)), "not valid any more");
        await RefusedAsync(line => line.HelloAsync(CredentialKind.ResumeSecret, RandomNumberGenerator.GetBytes(32)), "not valid any more");
        await RefusedAsync(line => line.HelloAsync(CredentialKind.ResumeSecret, new byte[32]), "not valid any more");
    }

    [Fact]
    public async Task Ticket_is_no_resume_secret_and_a_resume_secret_no_ticket()
    {
        var ticket = await Host.TicketAsync(RunningHost.AdmitTo(Machine));
        await RefusedAsync(line => line.HelloAsync(CredentialKind.ResumeSecret, ticket), "not valid any more");
        await using var client = await Host.ComeAsync(CredentialKind.Ticket, ticket);
        await RefusedAsync(line => line.HelloAsync(CredentialKind.Ticket, client.ResumeSecret), "not valid any more");
    }

    [Theory]
    [InlineData("nothing", 0)]
    [InlineData("a byte too short", -1)]
    [InlineData("a byte too long", 1)]
    [InlineData("much too long", 8000)]
    public async Task Hello_of_a_wrong_length_is_refused_and_the_ticket_stays_good(string what, int more)
    {
        Assert.NotEmpty(what);
        var ticket = await Host.TicketAsync(RunningHost.AdmitTo(Machine));
        var hello = Bytes(ticket);
        Array.Resize(ref hello, what == "nothing" ? 0 : hello.Length + more);
        await RefusedAsync(line => line.HelloAsync(hello), "wire: ");
        await using var client = await Host.ComeAsync(CredentialKind.Ticket, ticket);
    }

    [Theory]
    [InlineData("another message", 0, 0x81, "must be Hello")]
    [InlineData("version 0", 1, 0, "version 0")]
    [InlineData("version 2", 1, 2, "version 2")]
    [InlineData("no kind of credential", 2, 0, "unknown kind")]
    [InlineData("another kind of credential", 2, 3, "unknown kind")]
    public async Task Hello_that_says_something_else_is_refused_with_a_reason(string what, int at, int value, string reason)
    {
        Assert.NotEmpty(what);
        var hello = Bytes(await Host.TicketAsync(RunningHost.AdmitTo(Machine)));
        hello[at] = (byte)value;
        await RefusedAsync(line => line.HelloAsync(hello), reason);
    }

    [Fact]
    public async Task Garbage_in_the_place_of_Hello_is_refused()
    {
        var random = new Random(25);
        for (var i = 0; i < 20; i++)
        {
            var garbage = new byte[random.Next(200)];
            random.NextBytes(garbage);
            await RefusedAsync(line => line.HelloAsync(garbage), "wire: ", wait: false);
        }
    }

    [Fact]
    public async Task Ticket_in_the_address_or_in_a_header_is_no_credential()
    {
        var ticket = await Host.TicketAsync(RunningHost.AdmitTo(Machine));
        var (text, hex) = (Convert.ToBase64String(ticket), Convert.ToHexStringLower(ticket));
        await using (var line = await Host.LineAsync(
            options =>
            {
                options.Headers["Authorization"] = $"Bearer {text}";
                options.Headers["X-Ticket"] = hex;
                options.Headers["Cookie"] = $"ticket={hex}; __Host-vdi={hex}";
            },
            $"?access_token={Uri.EscapeDataString(text)}&ticket={hex}"))
        {
            var refusal = await Assert.ThrowsAsync<HubException>(line.ScreenAsync);
            Assert.Contains("Hello comes first", refusal.Message, StringComparison.Ordinal);
            await line.EndsAsync();
        }

        await using var client = await Host.ComeAsync(CredentialKind.Ticket, ticket);
    }

    [Fact]
    public async Task Ticket_of_an_older_epoch_is_void_once_the_broker_desires_a_newer_one()
    {
        var admit = RunningHost.AdmitTo(Machine);
        var ticket = await Host.TicketAsync(admit);
        await Host.SayAsync(new DesiredState([new DesiredMachine(Machine, "desktop", 2, Create: false, PoolNetwork.Isolated("pool"))]));
        await Host.EpochIsAsync(Machine, 2);
        await RefusedAsync(line => line.HelloAsync(CredentialKind.Ticket, ticket), "the machine of this session is gone");
    }

    [Fact]
    public async Task Ticket_and_resume_secret_of_an_older_epoch_are_void_once_somebody_is_admitted_under_a_newer_one()
    {
        var (older, newer) = (RunningHost.AdmitTo(Machine), RunningHost.AdmitTo(Machine) with { Epoch = 2 });
        var unspent = await Host.TicketAsync(older with { Session = Guid.NewGuid() });
        byte[] secret;
        await using (var client = await Host.OpenAsync(older))
        {
            secret = client.ResumeSecret;
        }

        var ticket = await Host.TicketAsync(newer);
        await RefusedAsync(line => line.HelloAsync(CredentialKind.Ticket, unspent), "wire: ");
        await RefusedAsync(line => line.HelloAsync(CredentialKind.ResumeSecret, secret), "not valid any more");
        await using var next = await Host.ComeAsync(CredentialKind.Ticket, ticket);
    }

    [Fact]
    public async Task Ticket_without_the_right_to_look_is_refused()
    {
        var ticket = await Host.TicketAsync(RunningHost.AdmitTo(Machine) with { Rights = Rights.Input });
        await RefusedAsync(line => line.HelloAsync(CredentialKind.Ticket, ticket), "right to look");
    }

    [Fact]
    public async Task Ticket_for_a_machine_that_went_meanwhile_is_refused()
    {
        var ticket = await Host.TicketAsync(RunningHost.AdmitTo(Machine));
        await Host.DesireNothingAsync();
        await Host.GoneAsync(Machine);
        await RefusedAsync(line => line.HelloAsync(CredentialKind.Ticket, ticket), "wire: ");
    }

    private static byte[] Bytes(byte[] ticket)
    {
        var hello = new ArrayBufferWriter<byte>();
        new Hello(CredentialKind.Ticket, ticket).Write(hello);
        return hello.WrittenSpan.ToArray();
    }

    private async Task RefusedAsync(Func<HubLine, Task> hello, string reason, bool wait = true)
    {
        await using var line = await Host.LineAsync();
        var refusal = await Assert.ThrowsAsync<HubException>(() => hello(line));
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
        if (wait)
        {
            await line.EndsAsync();
        }
    }
}
