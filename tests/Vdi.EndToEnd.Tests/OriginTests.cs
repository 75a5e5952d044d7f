using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.Http.Connections.Client;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Vdi.Protocol.Wire;
using Vdi.TestSupport;

namespace Vdi.EndToEnd.Tests;

[Collection(TinyCollection.Name)]
public sealed class OriginTests(TinyVdi fixture) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = new Uri(fixture.Vdi.Address) };

    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("null")]
    [InlineData(null)]
    public async Task Hub_takes_no_connection_from_a_foreign_or_missing_origin(string? origin)
    {
        using var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        if (origin is not null)
        {
            socket.Options.SetRequestHeader("Origin", origin);
        }

        await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(HubAddress(), default));
        Assert.Equal(HttpStatusCode.Forbidden, socket.HttpStatusCode);
    }

    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("null")]
    [InlineData(null)]
    public async Task Good_ticket_works_from_the_own_origin_only(string? origin)
    {
        await fixture.Vdi.MachineReadyAsync(600);
        await using var person = await fixture.Vdi.NewPersonAsync();
        await person.OpenDesktopAsync();
        var (hub, ticket) = await person.TicketAsync();
        await Assert.ThrowsAsync<WebSocketException>(async () =>
        {
            await using var foreign = Connection(hub, options => options.Headers["Origin"] = origin ?? "");
            await foreign.StartAsync();
        });

        // It was not spent by the try.
        await using var own = await DesktopClient.ConnectAsync(fixture.Vdi.Address, hub, CredentialKind.Ticket, ticket);
        Assert.True(own.Rights.HasFlag(Rights.View));
    }

    [Fact]
    public async Task Cookie_of_somebody_who_is_signed_in_is_no_credential_on_the_hub()
    {
        await fixture.Vdi.MachineReadyAsync(600);
        await using var person = await fixture.Vdi.NewPersonAsync();
        await person.OpenDesktopAsync();
        var cookies = string.Join("; ", (await person.Context.CookiesAsync()).Select(cookie => $"{cookie.Name}={cookie.Value}"));
        Assert.NotEmpty(cookies);
        var (hub, ticket) = await person.TicketAsync();
        await using var line = Connection(hub, options =>
        {
            options.Headers["Origin"] = fixture.Vdi.Address;
            options.Headers["Cookie"] = cookies;
            options.Headers["Authorization"] = $"Bearer {Convert.ToBase64String(ticket)}";
        });
        await line.StartAsync();
        var refusal = await Assert.ThrowsAsync<HubException>(async () =>
        {
            await foreach (var _ in line.StreamAsync<byte[]>("Screen"))
            {
            }
        });
        Assert.Contains("Hello comes first", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connection_that_never_says_Hello_is_ended()
    {
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Origin", fixture.Vdi.Address);
        await socket.ConnectAsync(HubAddress(), default);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(15));
        var buffer = new byte[1024];
        try
        {
            while ((await socket.ReceiveAsync(buffer, limit.Token)).MessageType != WebSocketMessageType.Close)
            {
            }
        }
        catch (WebSocketException)
        {
            // Cut without a farewell: ended all the same.
        }

        Assert.False(limit.IsCancellationRequested, "the connection was still open after 15 s");
    }

    [Fact]
    public async Task Change_from_a_foreign_origin_is_refused()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/sign-in") { Content = JsonContent.Create(new { userName = "admin", password = fixture.Vdi.Password }) };
        request.Headers.Add("Origin", "https://evil.example");
        using var response = await _http.SendAsync(request);
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.False(response.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task Form_is_not_taken_for_JSON()
    {
        using var form = new FormUrlEncodedContent([new("userName", "admin")]);
        using var response = await _http.PostAsync("/api/sign-in", form);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
    }

    [Fact]
    public async Task Page_has_a_strict_policy_with_a_nonce_of_its_own()
    {
        var (one, two) = (await PolicyAsync(), await PolicyAsync());
        Assert.NotEqual(one, two);
        Assert.DoesNotContain("unsafe-inline", one, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", one, StringComparison.Ordinal);
    }

    public void Dispose() => _http.Dispose();

    private HubConnection Connection(string hub, Action<HttpConnectionOptions> configure) => new HubConnectionBuilder()
        .WithUrl(fixture.Vdi.Address + hub, options =>
        {
            options.SkipNegotiation = true;
            options.Transports = HttpTransportType.WebSockets;
            configure(options);
        })
        .AddMessagePackProtocol()
        .Build();

    private Uri HubAddress() => new(fixture.Vdi.Address.Replace("http", "ws", StringComparison.Ordinal) + "/h/local/hub/desktop");

    private async Task<string> PolicyAsync()
    {
        using var response = await _http.GetAsync(new Uri("/", UriKind.Relative));
        return string.Join(' ', response.Headers.GetValues("Content-Security-Policy"));
    }
}
