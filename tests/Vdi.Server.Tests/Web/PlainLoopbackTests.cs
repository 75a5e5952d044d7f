using System.Net;
using Microsoft.AspNetCore.Builder;
using Vdi.TestSupport;

namespace Vdi.Server.Tests.Web;

public sealed class PlainLoopbackTests : IAsyncLifetime, IDisposable
{
    private readonly TemporaryState _state = new();
    private readonly HttpClient _http = new();
    private readonly int _port = HttpsVdi.FreePort();
    private WebApplication _server = null!;

    public async Task InitializeAsync()
    {
        _server = VdiServer.Build(new VdiServerOptions(_state.Folder, $"http://127.0.0.1:{_port}", "fake", 0, FakeMachines: true));
        await VdiServer.PrepareAsync(_server, default);
        await _server.StartAsync();
    }

    [Theory]
    [InlineData("localhost", HttpStatusCode.OK)]
    [InlineData("LOCALHOST:9", HttpStatusCode.OK)]
    [InlineData("127.0.0.1", HttpStatusCode.OK)]
    [InlineData("[::1]:80", HttpStatusCode.OK)]
    [InlineData("evil.example", HttpStatusCode.BadRequest)]
    [InlineData("localhost.evil.example", HttpStatusCode.BadRequest)]
    [InlineData("192.168.1.5", HttpStatusCode.BadRequest)]
    public async Task Only_loopback_names_are_answered(string host, HttpStatusCode expected)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{_port}/healthz");
        request.Headers.Host = host;
        using var answer = await _http.SendAsync(request);
        Assert.Equal(expected, answer.StatusCode);
        Assert.False(answer.Headers.Contains("Strict-Transport-Security"));
    }

    [Theory]
    [InlineData("http://0.0.0.0:8080")]
    [InlineData("http://192.0.2.1:8080")]
    [InlineData("http://[::]:8080")]
    [InlineData("https://127.0.0.1:8080")]
    public void Server_without_a_certificate_cannot_be_built_beyond_loopback(string address) =>
        Assert.Throws<InvalidOperationException>(() => VdiServer.Build(new VdiServerOptions(_state.Folder, address, "fake", 0, FakeMachines: true)));

    public async Task DisposeAsync()
    {
        await _server.StopAsync();
        await _server.DisposeAsync();
    }

    public void Dispose()
    {
        _http.Dispose();
        _state.Dispose();
    }
}
