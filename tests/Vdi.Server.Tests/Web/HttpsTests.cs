using System.Net;
using System.Net.Http.Json;
using System.Net.Security;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Authentication;
using System.Text;

namespace Vdi.Server.Tests.Web;

public sealed class HttpsTests(HttpsFixture fixture) : IClassFixture<HttpsFixture>
{
    [Theory]
    [InlineData("vdi.test")]
    [InlineData("localhost")]
    [InlineData("127.0.0.1")]
    public async Task Every_name_is_served_with_a_certificate_that_the_CA_signed(string name)
    {
        using var answer = await fixture.Http.GetAsync(fixture.Secure("/healthz", name));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData("/desktop/of-somebody", HttpStatusCode.OK)]
    [InlineData("/assets/DesktopPage-of-an-older-build.js", HttpStatusCode.NotFound)]
    public async Task Page_stands_in_for_addresses_of_its_own_and_not_for_parts_that_are_gone(string path, HttpStatusCode expected)
    {
        using var answer = await fixture.Http.GetAsync(fixture.Secure(path, "vdi.test"));
        Assert.Equal(expected, answer.StatusCode);
    }

    [Fact]
    public async Task Port_beyond_loopback_never_speaks_plain_http()
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, fixture.Vdi.Port);
        await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes("GET /healthz HTTP/1.1\r\nHost: vdi.test\r\n\r\n"));
        var answer = new byte[512];
        var length = 0;
        try
        {
            length = await socket.GetStream().ReadAsync(answer).AsTask().WaitAsync(TimeSpan.FromSeconds(10));
        }
        catch (IOException)
        {
            // Reset: just as well.
        }

        Assert.DoesNotContain("HTTP/", Encoding.ASCII.GetString(answer, 0, length), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SslProtocols.Tls12, true)]
    [InlineData(SslProtocols.Tls13, true)]
#pragma warning disable SYSLIB0039 // What must not work is tried here.
    [InlineData(SslProtocols.Tls11, false)]
#pragma warning restore SYSLIB0039
    public async Task Only_TLS_1_2_and_1_3_are_spoken(SslProtocols protocol, bool works)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, fixture.Vdi.Port);
        await using var tls = new SslStream(socket.GetStream(), false, (_, _, _, _) => true);
        var failed = await Record.ExceptionAsync(() => tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "vdi.test", EnabledSslProtocols = protocol }));
        Assert.Equal(works, failed is null);
    }

    [Fact]
    public async Task HTTP_2_is_spoken()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, fixture.Secure("/healthz")) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var answer = await fixture.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task CA_can_be_downloaded_over_both_ports(bool secure)
    {
        using var answer = await fixture.Http.GetAsync(secure ? fixture.Secure("/ca.crt") : fixture.Plain("/ca.crt"));
        Assert.Equal("application/x-x509-ca-cert", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal(await File.ReadAllTextAsync(fixture.Vdi.AuthorityFile), await answer.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("/desktop/7?x=1")]
    [InlineData("//evil.example/x")]
    [InlineData("/.well-known/acme-challenge/token")]
    public async Task Plain_port_only_leads_to_https(string path)
    {
        using var answer = await fixture.Http.GetAsync(fixture.Plain(path));
        Assert.Equal(HttpStatusCode.Found, answer.StatusCode);
        Assert.Equal(fixture.Secure(path), answer.Headers.Location);
        Assert.False(answer.Headers.Contains("Strict-Transport-Security"));
    }

    [Fact]
    public async Task Plain_port_takes_no_password()
    {
        using var answer = await fixture.Http.PostAsJsonAsync(fixture.Plain("/api/sign-in"), new { userName = "admin", password = fixture.Vdi.Password });
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.False(answer.Headers.Contains("Set-Cookie"));
    }

    [Theory]
    [InlineData("/", 200)]
    [InlineData("/logo.svg", 200)]
    [InlineData("/api/me", 401)]
    [InlineData("/api/nothing", 404)]
    [InlineData("/ca.crt", 200)]
    public async Task Every_answer_has_the_secure_headers(string path, int status)
    {
        using var answer = await fixture.Http.GetAsync(fixture.Secure(path));
        if (path != "/api/nothing")
        {
            Assert.Equal(status, (int)answer.StatusCode);
        }

        AssertSecure(answer);
        Assert.Equal("max-age=31536000", Header(answer, "Strict-Transport-Security"));
    }

    [Fact]
    public async Task Address_gets_no_HSTS()
    {
        using var answer = await fixture.Http.GetAsync(fixture.Secure("/", "127.0.0.1"));
        Assert.False(answer.Headers.Contains("Strict-Transport-Security"));
    }

    [Theory]
    [InlineData("evil.example")]
    [InlineData("vdi.test.evil.example")]
    [InlineData("10.9.8.7")]
    [InlineData("sub.vdi.test")]
    public async Task Foreign_name_is_refused(string host)
    {
        // The handshake asks for the name, too; here only what comes after it counts.
        using var http = HttpsVdi.Client(null);
        foreach (var address in new[] { fixture.Secure("/api/me", "localhost"), fixture.Plain("/", "localhost"), fixture.Plain("/ca.crt", "localhost") })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            request.Headers.Host = host;
            using var answer = await http.SendAsync(request);
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
            AssertSecure(answer);
        }
    }

    [Theory]
    [InlineData("https://vdi.test", false)]
    [InlineData("https://evil.example", false)]
    [InlineData("http://localhost:{0}", false)]
    [InlineData("https://localhost:{0}", true)]
    public async Task Hub_takes_connections_of_its_own_origin_only(string origin, bool taken)
    {
        using var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        socket.Options.RemoteCertificateValidationCallback = (_, _, _, _) => true;
        socket.Options.SetRequestHeader("Origin", string.Format(System.Globalization.CultureInfo.InvariantCulture, origin, fixture.Vdi.Port));
        var failed = await Record.ExceptionAsync(() => socket.ConnectAsync(new Uri($"wss://localhost:{fixture.Vdi.Port}/h/local/hub/desktop"), default));
        Assert.Equal(taken ? HttpStatusCode.SwitchingProtocols : HttpStatusCode.Forbidden, socket.HttpStatusCode);
        Assert.Equal(taken, failed is null);
    }

    [Fact]
    public async Task Cookie_is_for_this_host_over_TLS_only()
    {
        using var answer = await fixture.Http.PostAsJsonAsync(fixture.Secure("/api/sign-in"), new { userName = "admin", password = fixture.Vdi.Password });
        var cookie = Header(answer, "Set-Cookie");
        Assert.StartsWith("__Host-vdi=", cookie, StringComparison.Ordinal);
        Assert.All(["; secure", "; httponly", "; samesite=strict", "; path=/"], part => Assert.Contains(part, cookie, StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain("domain", cookie, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Large_request_is_refused()
    {
        using var answer = await fixture.Http.PostAsJsonAsync(fixture.Secure("/api/sign-in"), new { userName = "admin", password = new string('x', 70_000) });
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
    }

    private static string Header(HttpResponseMessage answer, string name) => string.Join(' ', answer.Headers.GetValues(name));

    private static void AssertSecure(HttpResponseMessage answer)
    {
        var policy = Header(answer, "Content-Security-Policy");
        Assert.All(["default-src 'none'", "require-trusted-types-for 'script'", "frame-ancestors 'none'", "base-uri 'none'"], part => Assert.Contains(part, policy, StringComparison.Ordinal));
        Assert.All(["unsafe-inline", "unsafe-eval' ", "http:", "https:", "*"], part => Assert.DoesNotContain(part, policy.Replace("'wasm-unsafe-eval'", "", StringComparison.Ordinal), StringComparison.Ordinal));
        Assert.Equal("nosniff", Header(answer, "X-Content-Type-Options"));
        Assert.Contains("camera=()", Header(answer, "Permissions-Policy"), StringComparison.Ordinal);
        Assert.Equal("same-origin", Header(answer, "Cross-Origin-Opener-Policy"));
        Assert.False(answer.Headers.Contains("Server"));
    }
}
