using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Api;
using Vdi.Broker.Apps;
using Vdi.Broker.Data;
using Vdi.Broker.Images;
using Vdi.Broker.Machines;
using Vdi.Broker.Users;
using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Pools;

/// <summary>Everything of a pool that people edit: what is sent, kept in site files and compared.</summary>
/// <param name="ImageVersion">Null for the newest, whatever it is.</param>
/// <param name="Access">Who may open its machines.</param>
/// <param name="App">What its machines show; null for desktops.</param>
/// <param name="Screens">Of a manual pool, whose machines are screens that are there already; it has no image.</param>
internal sealed record PoolDocument(
    string? Name,
    string? Description,
    PoolKind Kind,
    string? Image,
    string? ImageVersion,
    MachineSize? Size,
    AcceleratorPolicy Accelerator,
    PoolPolicy? Policy,
    NetworkRequest? Network,
    IReadOnlyList<string>? Tags,
    IReadOnlyList<Access>? Access,
    IReadOnlyList<ScreenDocument>? Screens = null,
    AppDocument? App = null)
{
    public static PoolDocument Of(Pool pool, IEnumerable<Access> access, IEnumerable<ForeignScreen> screens, IReadOnlyDictionary<string, byte[]> icons) => new(
        pool.Name,
        pool.Description,
        pool.Kind,
        pool.Image,
        pool.ImageVersion,
        pool.Size,
        pool.Accelerator,
        pool.Policy,
        new NetworkRequest(pool.Network.Mode.ToString().ToLowerInvariant(), pool.Network.Allow, pool.Network.Dns, pool.Network.Proxy),
        pool.Tags,
        [.. access],
        [.. screens.OrderBy(screen => screen.Name, StringComparer.Ordinal).Select(ScreenDocument.Of)],
        AppDocument.Of(pool.App, icons));

    /// <summary>Everything that is wrong with it.</summary>
    public async Task<Faults> CheckAsync(VdiDb db, CancellationToken stop)
    {
        var faults = new Faults();
        faults.DemandText("name", Name, 100);
        faults.DemandText("description", Description, 1000, empty: true);
        if (Kind != PoolKind.Manual || Image is { Length: > 0 })
        {
            faults.DemandName("image", Image);
        }

        if (ImageVersion is { Length: > 0 } version && await IsNotOfferedAsync(version, db, stop))
        {
            faults.Add("imageVersion", "not-offered", $"Version {version} of '{Image}' has not passed its test: test it, or choose another one.", ("version", version));
        }

        faults.DemandTags("tags", Tags);
        (Size ?? MachineSize.OfImage).Check(faults, "size");
        App?.Check(faults, "app", Kind);
        (Policy ?? PoolPolicy.Default).Check(faults, "policy", Kind);
        _ = ReadNetwork(faults);
        ScreenDocument.Check(Screens ?? [], Kind, faults);
        await People.CheckAsync(db, "access", Access, faults, stop);
        return faults;
    }

    /// <summary>Makes the pool what this says; it must have been checked.</summary>
    public async Task ApplyAsync(Pool pool, VdiDb db, CancellationToken stop)
    {
        (pool.Name, pool.Description, pool.Kind, pool.Image) = (Name!.Trim(), Description?.Trim() ?? "", Kind, Image ?? "");
        (pool.ImageVersion, pool.Size, pool.Accelerator) = (ImageVersion is "" ? null : ImageVersion, Size ?? MachineSize.OfImage, Accelerator);
        (pool.Policy, pool.Network, pool.Tags) = (Policy ?? PoolPolicy.Default, ReadNetwork(new Faults()), [.. (Tags ?? []).Distinct()]);
        var app = App is null ? null : await App.ReadAsync(db, stop);
        if (app?.Machine != pool.App?.Machine)
        {
            // Machines that nobody had show what the pool was for.
            await UnusedMachines.RetireAsync(db, [pool.Id], "its pool shows something else now", stop);
        }

        pool.App = app;
        await ScreenDocument.ApplyAsync(Screens ?? [], pool.Id, db, stop);
        var wanted = await People.GrantsAsync(db, pool.Id, Access ?? [], stop);
        var there = await db.Grants.Where(grant => grant.PoolId == pool.Id).ToListAsync(stop);
        db.Grants.RemoveRange(there.Except(wanted));
        db.Grants.AddRange(wanted.Except(there));
    }

    /// <summary>What a pool has already it keeps, whatever was found out since.</summary>
    private async Task<bool> IsNotOfferedAsync(string version, VdiDb db, CancellationToken stop) =>
        (await ImageCatalog.OfAsync(db, Image ?? "", stop)).Find(image => image.Version == version) is { IsOffered: false }
        && !await db.Pools.AnyAsync(pool => pool.Image == Image && pool.CurrentVersion == version, stop);

    private NetworkSettings ReadNetwork(Faults faults)
    {
        if (Network is not { } network)
        {
            return NetworkSettings.Isolated;
        }

        if (NetworkSettings.TryParseMode(network.Mode) is not { } mode)
        {
            faults.Add("network.mode", "unknown-value", "The mode is 'isolated' or 'internet'.", ("value", network.Mode));
            return NetworkSettings.Isolated;
        }

        var settings = new NetworkSettings { Mode = mode, Allow = network.Allow ?? [], Dns = network.Dns ?? [], Proxy = network.Proxy is "" ? null : network.Proxy };
        faults.AddRange(settings.Check().Select(fault => new Fault($"network.{fault.Field}", "bad-network", fault.Detail)));
        return settings;
    }
}

/// <summary>Somebody who may open a pool's machines, by name.</summary>
/// <param name="Name">Of a role, group or user.</param>
internal sealed record Access(PrincipalKind Kind, string Name);

/// <summary>A pool as administrators see it.</summary>
internal sealed record PoolView(
    string Id,
    PoolDocument Settings,
    RollOutView RollOut,
    ReserveView? Reserve,
    IReadOnlyDictionary<string, int> Machines,
    int Sessions,
    int Queued,
    string? Closed,
    DateTimeOffset? Deleted,
    long Version);

/// <summary>How many machines stand ready by the pool's target, and why, in both languages.</summary>
internal sealed record ReserveView(int Ready, string Code, string English, string Korean);

/// <param name="Stopped">Why it stopped, for people; null where it goes on or is done.</param>
/// <param name="Done">Machines that have the current version, of all that are alive.</param>
internal sealed record RollOutView(string? Current, string? Previous, string? Stopped, int Done, int All);
