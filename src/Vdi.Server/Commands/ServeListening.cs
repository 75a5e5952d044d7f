using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Vdi.Server.Tls;
using Vdi.Server.Web;

namespace Vdi.Server.Commands;

/// <summary>The options of `vdi serve` that say where it listens, and with which certificate.</summary>
internal sealed class ServeListening
{
    private readonly Option<string> _bind = new("--bind") { Description = "Address to listen on; beyond loopback it is https: 0.0.0.0 for all", DefaultValueFactory = _ => "127.0.0.1" };
    private readonly Option<int> _port = new("--port") { Description = "Port to listen on", DefaultValueFactory = _ => 8080 };
    private readonly Option<string?> _certificate = new("--certificate") { Description = "PEM file with the certificate and its chain; it is read again when it changes" };
    private readonly Option<string?> _key = new("--key") { Description = "PEM file with the private key, where it is not in the file of the certificate" };
    private readonly Option<string[]> _names = new("--name") { Description = "Host name or address that people type; may be given more than once (default: this computer's own, or those of the certificate)" };
    private readonly Option<string?> _acme = new("--acme") { Description = "Asks an ACME authority for the certificate: 'letsencrypt' or the https address of its directory" };
    private readonly Option<string?> _email = new("--acme-email") { Description = "Whom the ACME authority warns" };
    private readonly Option<int?> _httpPort = new("--http-port") { Description = "Port for plain http that only leads to https; --acme needs it, and the authority must reach it as port 80" };

    private readonly Option<int?> _adminPort = new("--admin-port") { Description = "Port for /metrics (Prometheus) and /healthz, on loopback unless --admin-bind says otherwise (default: none)" };
    private readonly Option<string> _adminBind = new("--admin-bind") { Description = "Address of --admin-port; beyond loopback it is https, with the server's certificate", DefaultValueFactory = _ => "127.0.0.1" };

    public IEnumerable<Option> Options => [_bind, _port, _certificate, _key, _names, _acme, _email, _httpPort, _adminPort, _adminBind];

    /// <summary>The address and the certificate's source, or what is wrong with them, all of it.</summary>
    public (string Address, TlsOptions? Tls, List<string> Faults) Read(ParseResult result)
    {
        List<string> faults = [];
        var (bind, port, httpPort) = (result.GetValue(_bind)!, result.GetValue(_port), result.GetValue(_httpPort));
        var ip = bind == "localhost" ? IPAddress.Loopback : IPAddress.TryParse(bind, out var parsed) ? parsed : null;
        if (ip is null)
        {
            faults.Add($"--bind wants an address, such as 0.0.0.0 or 192.168.1.5, not '{bind}'.");
            ip = IPAddress.Loopback;
        }

        foreach (var (option, number) in new[] { ("--port", port), ("--http-port", httpPort ?? 80) })
        {
            if (number is < 1 or > 65535)
            {
                faults.Add($"{option} wants a number between 1 and 65535, not {number}.");
            }
        }

        var loopback = IPAddress.IsLoopback(ip);
        var names = (result.GetValue(_names) ?? []).Select(text => (text, name: TryName(text))).ToList();
        faults.AddRange(names.Where(one => one.name is null).Select(one => $"--name wants a host name or an address, not '{one.text}'."));
        var (certificate, key, acme, email) = (result.GetValue(_certificate), result.GetValue(_key), result.GetValue(_acme), result.GetValue(_email));
        if (key is not null && certificate is null)
        {
            faults.Add("--key is the key of a certificate: give that, too, with --certificate.");
        }

        if (email is not null && acme is null)
        {
            faults.Add("--acme-email is for --acme.");
        }

        var tls = !loopback || certificate is not null || acme is not null || names.Count > 0;
        if (httpPort is not null && !tls)
        {
            faults.Add("--http-port leads to https, and on loopback there is none without --name or --certificate.");
        }

        if (httpPort == port)
        {
            faults.Add("--http-port and --port are the same port.");
        }

        if (acme is not null)
        {
            faults.AddRange(AcmeFaults(acme, [.. names.Select(one => one.name).OfType<string>()], certificate, httpPort, loopback));
        }

        var host = ip.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{ip}]" : $"{ip}";
        return tls
            ? ($"https://{host}:{port}", new TlsOptions(certificate, key, [.. names.Select(one => one.name).OfType<string>().Distinct()], acme is null ? null : new AcmeOptions(acme == "letsencrypt" ? AcmeOptions.LetsEncrypt : acme, email), httpPort), faults)
            : ($"http://{host}:{port}", null, faults);
    }

    /// <summary>The admin port, or null; adds what is wrong with it.</summary>
    /// <param name="address">Of the server.</param>
    public AdminListening? ReadAdmin(ParseResult result, string address, TlsOptions? tls, List<string> faults)
    {
        if (result.GetValue(_adminPort) is not { } port)
        {
            if (result.GetResult(_adminBind) is { Implicit: false })
            {
                faults.Add("--admin-bind is the address of --admin-port: give that, too.");
            }

            return null;
        }

        var bind = result.GetValue(_adminBind)!;
        var ip = bind == "localhost" ? IPAddress.Loopback : IPAddress.TryParse(bind, out var parsed) ? parsed : null;
        if (ip is null)
        {
            faults.Add($"--admin-bind wants an address, such as 127.0.0.1 or 192.168.1.5, not '{bind}'.");
        }
        else if (!IPAddress.IsLoopback(ip) && tls is null)
        {
            faults.Add("--admin-bind beyond loopback is https, and there is no certificate: give --certificate or --name.");
        }

        if (port is < 1 or > 65535)
        {
            faults.Add($"--admin-port wants a number between 1 and 65535, not {port}.");
        }

        if (port == new Uri(address).Port || port == tls?.HttpPort)
        {
            faults.Add("--admin-port is a port of its own, and another one has that number.");
        }

        return ip is null ? null : new AdminListening(ip, port);
    }

    /// <summary>Why the admin port cannot be had, or null.</summary>
    public static string? WhyNot(AdminListening? admin) => admin is null ? null : WhyNot(admin.Address, admin.Port, "--admin-port");

    /// <summary>Why these ports cannot be had, or null.</summary>
    public static string? WhyNot(string address, int? httpPort)
    {
        var uri = new Uri(address);
        var ip = IPAddress.Parse(uri.Host.Trim('[', ']'));
        return WhyNot(ip, uri.Port, "--port") ?? (httpPort is { } port ? WhyNot(ip, port, "--http-port") : null);
    }

    private static IEnumerable<string> AcmeFaults(string acme, IReadOnlyList<string> names, string? certificate, int? httpPort, bool loopback)
    {
        if (acme != "letsencrypt" && !(Uri.TryCreate(acme, UriKind.Absolute, out var directory) && directory.Scheme == Uri.UriSchemeHttps))
        {
            yield return $"--acme wants 'letsencrypt' or an address that begins with https://, not '{acme}'.";
        }

        if (certificate is not null)
        {
            yield return "--acme and --certificate are two sources of one certificate: give one of them.";
        }

        if (loopback)
        {
            yield return "--acme needs a --bind that the authority can reach: 0.0.0.0, say.";
        }

        if (names.Count == 0 || names.Any(name => IPAddress.TryParse(name, out _) || KnownHosts.IsLoopback(name)))
        {
            yield return "--acme wants the public host name with --name, and no address: authorities certify names.";
        }

        if (httpPort is null)
        {
            yield return "--acme needs --http-port: the authority asks there, and must reach it as port 80.";
        }
    }

    /// <summary>Lower case and ASCII, as browsers send it; null for what is no name.</summary>
    private static string? TryName(string text)
    {
        if (IPAddress.TryParse(text.Trim('[', ']'), out var address))
        {
            return address.ToString();
        }

        try
        {
            var name = new IdnMapping().GetAscii(text.TrimEnd('.')).ToLowerInvariant();
            return Uri.CheckHostName(name) == UriHostNameType.Dns && !name.Contains('_', StringComparison.Ordinal) ? name : null;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static string? WhyNot(IPAddress address, int port, string option)
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        try
        {
            socket.Bind(new IPEndPoint(address, port));
            return null;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode switch
            {
                SocketError.AddressNotAvailable => $"This computer does not have the address {address}; give another one with --bind.",
                SocketError.AccessDenied => $"Port {port} is only for root; give another one with {option}.",
                _ => $"Port {port} is taken by another program; give another one with {option}.",
            };
        }
    }
}
