using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using Vdi.Server.Commands;
using Vdi.Server.Tls;
using Vdi.Server.Web;

namespace Vdi.Server.Tests.Commands;

public sealed class ServeListeningTests
{
    [Theory]
    [InlineData("", "http://127.0.0.1:8080")]
    [InlineData("--port 81 --bind ::1", "http://[::1]:81")]
    [InlineData("--bind localhost", "http://127.0.0.1:8080")]
    public void Loopback_is_plain(string arguments, string expected)
    {
        var (address, tls, faults) = Read(arguments);
        Assert.Empty(faults);
        Assert.Equal(expected, address);
        Assert.Null(tls);
    }

    [Theory]
    [InlineData("--bind 0.0.0.0")]
    [InlineData("--bind ::")]
    [InlineData("--bind 192.0.2.1")]
    [InlineData("--name vdi.test")]
    [InlineData("--certificate a.pem")]
    public void Everything_else_is_https(string arguments)
    {
        var (address, tls, faults) = Read(arguments);
        Assert.Empty(faults);
        Assert.StartsWith("https://", address, StringComparison.Ordinal);
        Assert.NotNull(tls);
    }

    [Fact]
    public void Names_become_what_browsers_send()
    {
        var (_, tls, faults) = Read("--bind 0.0.0.0 --name VDI.Test. --name 데스크.한국 --name [2001:DB8::1] --name vdi.test");
        Assert.Empty(faults);
        Assert.Equal(["vdi.test", "xn--2n1b910aomk.xn--3e0b707e", "2001:db8::1"], tls!.Names);
    }

    [Fact]
    public void ACME_knows_a_nickname()
    {
        var (_, tls, faults) = Read("--bind 0.0.0.0 --name vdi.example.org --acme letsencrypt --http-port 80");
        Assert.Empty(faults);
        Assert.Equal(AcmeOptions.LetsEncrypt, tls!.Acme!.Directory);
    }

    [Theory]
    [InlineData("--bind everywhere", "--bind wants an address")]
    [InlineData("--port 0", "between 1 and 65535")]
    [InlineData("--bind 0.0.0.0 --http-port 70000", "between 1 and 65535")]
    [InlineData("--bind 0.0.0.0 --http-port 8080", "the same port")]
    [InlineData("--http-port 80", "on loopback there is none")]
    [InlineData("--key a.pem", "--certificate")]
    [InlineData("--name *.vdi.test", "--name wants")]
    [InlineData("--name a_b", "--name wants")]
    [InlineData("--acme-email a@b.test", "for --acme")]
    [InlineData("--bind 0.0.0.0 --acme letsencrypt --http-port 80", "--name")]
    [InlineData("--bind 0.0.0.0 --acme letsencrypt --http-port 80 --name 192.0.2.1", "certify names")]
    [InlineData("--bind 0.0.0.0 --acme letsencrypt --name vdi.test", "--http-port")]
    [InlineData("--acme letsencrypt --name vdi.test --http-port 80", "--bind")]
    [InlineData("--bind 0.0.0.0 --acme http://authority.test --name vdi.test --http-port 80", "https://")]
    [InlineData("--bind 0.0.0.0 --acme letsencrypt --name vdi.test --http-port 80 --certificate a.pem", "give one of them")]
    public void Options_that_do_not_fit_are_refused_with_words(string arguments, string words) =>
        Assert.Contains(Read(arguments).Faults, fault => fault.Contains(words, StringComparison.Ordinal));

    [Theory]
    [InlineData("", null)]
    [InlineData("--admin-port 9464", "127.0.0.1:9464")]
    [InlineData("--admin-port 9464 --admin-bind ::1", "::1:9464")]
    [InlineData("--admin-port 9464 --admin-bind 0.0.0.0 --bind 0.0.0.0", "0.0.0.0:9464")]
    public void Admin_port_is_loopback_unless_said_otherwise(string arguments, string? expected)
    {
        var (admin, faults) = ReadAdmin(arguments);
        Assert.Empty(faults);
        Assert.Equal(expected, admin is null ? null : $"{admin.Address}:{admin.Port}");
    }

    [Theory]
    [InlineData("--admin-bind 127.0.0.1", "give that, too")]
    [InlineData("--admin-port 9464 --admin-bind everywhere", "--admin-bind wants an address")]
    [InlineData("--admin-port 9464 --admin-bind 0.0.0.0", "there is no certificate")]
    [InlineData("--admin-port 0", "between 1 and 65535")]
    [InlineData("--admin-port 8080", "a port of its own")]
    [InlineData("--admin-port 80 --bind 0.0.0.0 --http-port 80", "a port of its own")]
    public void Admin_port_that_does_not_fit_is_refused_with_words(string arguments, string words) =>
        Assert.Contains(ReadAdmin(arguments).Faults, fault => fault.Contains(words, StringComparison.Ordinal));

    [Fact]
    public void Port_that_is_taken_and_an_address_of_somebody_else_are_named()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        Assert.Contains("taken", ServeListening.WhyNot($"https://127.0.0.1:{port}", null), StringComparison.Ordinal);
        Assert.Contains("--http-port", ServeListening.WhyNot($"https://127.0.0.1:{HttpsVdi.FreePort()}", port), StringComparison.Ordinal);
        Assert.Contains("does not have", ServeListening.WhyNot("https://192.0.2.1:8443", null), StringComparison.Ordinal);
        Assert.Null(ServeListening.WhyNot($"https://127.0.0.1:{HttpsVdi.FreePort()}", null));
    }

    private static (AdminListening? Admin, List<string> Faults) ReadAdmin(string arguments)
    {
        var (listening, result) = Parse(arguments);
        var (address, tls, faults) = listening.Read(result);
        return (listening.ReadAdmin(result, address, tls, faults), faults);
    }

    private static (string Address, TlsOptions? Tls, List<string> Faults) Read(string arguments)
    {
        var (listening, result) = Parse(arguments);
        return listening.Read(result);
    }

    private static (ServeListening Listening, ParseResult Result) Parse(string arguments)
    {
        var listening = new ServeListening();
        var command = new RootCommand();
        foreach (var option in listening.Options)
        {
            command.Options.Add(option);
        }

        return (listening, command.Parse(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
    }
}
