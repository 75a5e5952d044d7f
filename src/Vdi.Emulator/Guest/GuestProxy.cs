using System.Text.Json;
using System.Text.Json.Nodes;
using Vdi.Emulator.Machines;
using Vdi.Protocol.Fleet;

namespace Vdi.Emulator.Guest;

/// <summary>Hands a pool's proxy to the programs in a guest: /etc/environment for everything that is started by a sign-in or a service, and
/// Firefox's policies (https://mozilla.github.io/policy-templates/#proxy). Programs that run already are not told.</summary>
public static class GuestProxy
{
    private const string PoliciesFile = "/etc/firefox/policies/policies.json";
    private const int MaxPolicies = 64 * 1024;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    /// <summary>Takes the lines of an earlier call away and adds "$1", one rename at the end; "$2" is written where Firefox is there.</summary>
    private const string Script = """
        set -eu
        umask 022
        { grep -v -i '^\(http\|https\|ftp\|all\|no\)_proxy=' /etc/environment 2>/dev/null || true; printf %s "$1"; } >/etc/environment.new
        mv -f /etc/environment.new /etc/environment
        if [ -n "$2" ]; then
          printf %s "$2" >"$3.new"
          mv -f "$3.new" "$3"
        fi
        """;

    /// <summary>Sets the proxy http://host:port, or takes it away (null).</summary>
    public static async Task SetAsync(GuestAgentClient agent, string? proxy, CancellationToken stop)
    {
        var policies = await agent.RunAsync("/bin/cat", [PoliciesFile], Deadline, stop);
        var merged = policies.ExitCode == 0 ? Policies(policies.Output, proxy) : "";
        var set = await agent.RunAsync("/bin/sh", ["-c", Script, "sh", Environment(proxy), merged, PoliciesFile], Deadline, stop);
        if (set.ExitCode != 0)
        {
            throw new MachineException($"The guest's proxy could not be set: {PeerText.Head(set.Errors)}");
        }
    }

    /// <summary>Lines for /etc/environment (pam_env(8)), in both spellings that programs look for.</summary>
    internal static string Environment(string? proxy)
    {
        if (proxy is null)
        {
            return "";
        }

        var (host, port, _) = Parse(proxy);
        return string.Concat(((string[])["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"]).Select(name => $"{name}=http://{host}:{port}\n"))
            + "no_proxy=localhost,127.0.0.1,::1\nNO_PROXY=localhost,127.0.0.1,::1\n";
    }

    /// <summary>The image's own policies with the proxy set or taken away; a file that is no policies is replaced.</summary>
    internal static string Policies(string present, string? proxy)
    {
        JsonObject? root = null;
        try
        {
            root = present.Length <= MaxPolicies ? JsonNode.Parse(present) as JsonObject : null;
        }
        catch (JsonException)
        {
            // The image's file is broken; Firefox passes over it too.
        }

        root ??= [];
        if (root["policies"] is not JsonObject policies)
        {
            root["policies"] = policies = [];
        }

        policies.Remove("Proxy");
        if (proxy is not null)
        {
            var (host, port, _) = Parse(proxy);
            policies["Proxy"] = new JsonObject
            {
                ["Mode"] = "manual",
                ["Locked"] = true,
                ["HTTPProxy"] = $"{host}:{port}",
                ["UseHTTPProxyForAllProtocols"] = true,
                ["Passthrough"] = "localhost, 127.0.0.1",
            };
        }

        return root.ToJsonString(new JsonSerializerOptions { WriteIndented = true });
    }

    private static (string Host, int Port, System.Net.IPAddress? Address) Parse(string proxy) =>
        PoolNetworkCheck.TryParseProxy(proxy) ?? throw new MachineException("The proxy is not of the form http://host:port");
}
