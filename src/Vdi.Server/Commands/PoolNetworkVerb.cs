using System.CommandLine;
using Vdi.Broker.Audit;
using Vdi.Broker.Data;
using Vdi.Broker.Pools;
using Vdi.Emulator;
using Vdi.Protocol.Fleet;

namespace Vdi.Server.Commands;

/// <summary>vdi pool network: written into the database, while a server runs or not; a running one follows within a second.</summary>
internal static class PoolNetworkVerb
{
    public static Command Create()
    {
        var id = new Argument<string>("id") { Description = "The pool's short name" };
        var mode = new Option<string?>("--mode") { Description = "isolated (reaches nothing) or internet" };
        var allow = new Option<string[]?>("--allow") { Description = "Rule such as tcp:10.0.0.5:443 or udp:10.1.0.0/16:5000-5010; replaces all rules, '' takes them away", AllowMultipleArgumentsPerToken = true };
        var dns = new Option<string[]?>("--dns") { Description = "Resolver (IPv4); replaces all, '' takes the host's own", AllowMultipleArgumentsPerToken = true };
        var proxy = new Option<string?>("--proxy") { Description = "http://host:port that programs in the machines shall use; '' for none" };
        var network = new Command("network", "Shows what the pool's machines may reach, or changes what is given") { id, mode, allow, dns, proxy };
        network.SetAction((result, stop) => NetworkAsync(
            result.GetValue(id)!,
            result.GetValue(mode),
            Given(result, allow),
            Given(result, dns),
            result.GetValue(proxy),
            stop));
        return network;
    }

    private static string[]? Given(ParseResult result, Option<string[]?> option) => result.GetResult(option) is null ? null : result.GetValue(option);

    private static async Task<int> NetworkAsync(string id, string? mode, string[]? allow, string[]? dns, string? proxy, CancellationToken stop)
    {
        await using var server = await CommandServer.OpenAsync(stop);
        await using var scope = server.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<VdiDb>();
        if (await db.Pools.FindAsync([id], stop) is not { } pool)
        {
            var there = db.Pools.Select(other => other.Id).Order().ToList();
            return await RefuseAsync([$"There is no pool '{id}'; {(there.Count == 0 ? "the first one is made when the server starts" : $"there is: {string.Join(", ", there)}")}"]);
        }

        if (mode is not null || allow is not null || dns is not null || proxy is not null)
        {
            var (settings, faults) = Change(pool.Network, mode, allow, dns, proxy);
            if (faults.Count > 0)
            {
                return await RefuseAsync(faults);
            }

            scope.ServiceProvider.GetRequiredService<AuditLog>().Note("pool.network", $"pool/{id}", pool.Network, settings);
            pool.Network = settings;
            await db.SaveChangesAsync(stop);
        }

        Show(pool.Network);
        return 0;
    }

    private static (NetworkSettings Settings, List<string> Faults) Change(NetworkSettings old, string? mode, string[]? allow, string[]? dns, string? proxy)
    {
        List<string> faults = [];
        var newMode = mode is null ? old.Mode : NetworkSettings.TryParseMode(mode);
        if (newMode is null)
        {
            faults.Add($"'{mode}' is no mode: it is 'isolated' or 'internet'.");
        }

        // Who closes the network takes away what belonged to the open one.
        var kept = newMode == NetworkMode.Isolated ? NetworkSettings.Isolated : old;
        var rules = kept.Allow;
        if (allow is not null)
        {
            var parsed = allow.Where(text => text.Length > 0).Select(text => (text, rule: PoolNetworkCheck.TryParseRule(text))).ToList();
            faults.AddRange(parsed.Where(one => one.rule is null).Select(one => $"'{one.text}' is no rule: write tcp:10.0.0.5:443 or udp:10.1.0.0/16:5000-5010."));
            rules = [.. parsed.Select(one => one.rule).OfType<AllowRule>()];
        }

        var settings = new NetworkSettings
        {
            Mode = newMode ?? old.Mode,
            Allow = rules,
            Dns = dns is null ? kept.Dns : [.. dns.Where(text => text.Length > 0)],
            Proxy = proxy is null ? kept.Proxy : proxy.Length == 0 ? null : proxy,
        };
        if (faults.Count == 0)
        {
            faults.AddRange(settings.Check().Select(fault => fault.Detail));
        }

        return (settings, faults);
    }

    private static void Show(NetworkSettings network)
    {
        Console.WriteLine($"mode\t{network.Mode.ToString().ToLowerInvariant()}");
        if (network.Mode == NetworkMode.Internet)
        {
            Console.WriteLine($"allow\t{(network.Allow.Count == 0 ? "nothing private" : string.Join(" ", network.Allow.Select(PoolNetworkCheck.Describe)))}");
            Console.WriteLine($"dns\t{(network.Dns.Count == 0 ? "the host's own resolvers" : string.Join(" ", network.Dns))}");
            Console.WriteLine($"proxy\t{network.Proxy ?? "none"}");
        }
    }

    private static async Task<int> RefuseAsync(IEnumerable<string> faults)
    {
        foreach (var fault in faults)
        {
            await Console.Error.WriteLineAsync(fault);
        }

        return 1;
    }
}
