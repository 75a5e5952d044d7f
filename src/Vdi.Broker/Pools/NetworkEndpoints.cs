using Microsoft.AspNetCore.Http.HttpResults;
using Vdi.Broker.Audit;
using Vdi.Broker.Data;
using Vdi.Broker.Machines;
using Vdi.Broker.Users;
using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Pools;

internal sealed record NetworkRequest(string? Mode, IReadOnlyList<AllowRule>? Allow, IReadOnlyList<string>? Dns, string? Proxy);

internal sealed record NetworkView(string Mode, IReadOnlyList<AllowRule> Allow, IReadOnlyList<string> Dns, string? Proxy);

/// <summary>What a pool's machines may reach: for administrators.</summary>
internal static class NetworkEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        var network = api.MapGroup("/pools/{id}/network").WithTags("pools").RequireAuthorization(policy => policy.RequireRole(Roles.Administrator));
        network.MapGet("/", GetAsync);
        network.MapPut("/", PutAsync);
    }

    private static async Task<Results<Ok<NetworkView>, ProblemHttpResult>> GetAsync(string id, VdiDb db, CancellationToken stop) =>
        await db.Pools.FindAsync([id], stop) is { } pool ? TypedResults.Ok(Describe(pool.Network)) : Unknown(id);

    private static async Task<Results<Ok<NetworkView>, ProblemHttpResult>> PutAsync(string id, NetworkRequest request, VdiDb db, AuditLog audit, FleetState fleet, CancellationToken stop)
    {
        if (await db.Pools.FindAsync([id], stop) is not { } pool)
        {
            return Unknown(id);
        }

        if (NetworkSettings.TryParseMode(request.Mode) is not { } mode)
        {
            return Bad([new NetworkFault("mode", "The mode is 'isolated' or 'internet'.")]);
        }

        var settings = new NetworkSettings { Mode = mode, Allow = request.Allow ?? [], Dns = request.Dns ?? [], Proxy = request.Proxy is "" ? null : request.Proxy };
        if (settings.Check() is { Count: > 0 } faults)
        {
            return Bad(faults);
        }

        audit.Note("pool.network", $"pool/{id}", Describe(pool.Network), Describe(settings));
        pool.Network = settings;
        await db.SaveChangesAsync(stop);
        fleet.Wake();
        return TypedResults.Ok(Describe(settings));
    }

    private static NetworkView Describe(NetworkSettings network) => new(network.Mode.ToString().ToLowerInvariant(), network.Allow, network.Dns, network.Proxy);

    private static ProblemHttpResult Bad(IReadOnlyList<NetworkFault> faults) =>
        Problems.Problem(StatusCodes.Status400BadRequest, "bad-network", string.Join(" ", faults.Select(fault => fault.Detail)), ("errors", faults));

    private static ProblemHttpResult Unknown(string id) => Problems.Problem(StatusCodes.Status404NotFound, "unknown-pool", $"There is no pool '{id}'.");
}
