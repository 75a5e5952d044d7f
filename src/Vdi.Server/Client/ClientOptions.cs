using System.CommandLine;
using Vdi.Emulator;
using Vdi.Server.Web;

namespace Vdi.Server.Client;

/// <summary>The options of every verb that asks a server: which one, who asks, and whom to believe.</summary>
internal static class ClientOptions
{
    private const string DefaultServer = "http://127.0.0.1:8080";

    public static Option<string?> Server { get; } = new("--server") { Description = $"Address of the server (default: VDI_SERVER, else {DefaultServer})" };

    public static Option<string?> Token { get; } = new("--token") { Description = "API token (default: VDI_TOKEN, else what 'vdi login' kept); others may see it in the list of processes" };

    public static Option<string?> Authority { get; } = new("--ca") { Description = "PEM file of an authority that may have signed the server's certificate (the own CA of this computer's server is trusted anyway)" };

    public static Option<bool> Json { get; } = new("--json") { Description = "What the server answers, as JSON, for scripts" };

    public static IEnumerable<Option> All => [Server, Token, Authority, Json];

    /// <summary>A client with the token that is given or kept.</summary>
    /// <exception cref="ApiException">An option is not good.</exception>
    public static ApiClient Connect(ParseResult given)
    {
        var server = ServerOf(given);
        var token = NonEmpty(given.GetValue(Token)) ?? NonEmpty(Environment.GetEnvironmentVariable("VDI_TOKEN")) ?? TokenFile.OfUser().Find(server);
        return new ApiClient(server, token, TrustOf(given));
    }

    /// <summary>A client that nobody has signed in by.</summary>
    public static ApiClient ConnectAsNobody(ParseResult given) => new(ServerOf(given), null, TrustOf(given));

    /// <summary>A client with the token that 'vdi login' kept, whatever else is given.</summary>
    public static ApiClient ConnectAsKept(ParseResult given) => new(ServerOf(given), TokenFile.OfUser().Find(ServerOf(given)), TrustOf(given));

    public static Uri ServerOf(ParseResult given)
    {
        var text = NonEmpty(given.GetValue(Server)) ?? NonEmpty(Environment.GetEnvironmentVariable("VDI_SERVER")) ?? DefaultServer;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var server) || server is not { Scheme: "http" or "https", AbsolutePath: "/", Query: "" } || server.UserInfo.Length > 0)
        {
            throw new ApiException($"'{JsonText.Printable(text)}' is no address of a server: write https://vdi.example.org or http://127.0.0.1:8080.");
        }

        return server.Scheme == "http" && !KnownHosts.IsLoopback(server.Host.Trim('[', ']'))
            ? throw new ApiException($"{server.GetLeftPart(UriPartial.Authority)} would be told your token in clear text: beyond this computer write https://{server.Authority}.")
            : server;
    }

    private static ServerTrust TrustOf(ParseResult given)
    {
        var own = Path.Combine(StateFolder.PathFromEnvironment(), "tls", "ca.crt");
        return new ServerTrust([.. CanRead(own) ? [own] : Array.Empty<string>(), .. given.GetValue(Authority) is { } file ? [file] : Array.Empty<string>()]);
    }

    private static bool CanRead(string file)
    {
        try
        {
            using var stream = File.OpenRead(file);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static string? NonEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
