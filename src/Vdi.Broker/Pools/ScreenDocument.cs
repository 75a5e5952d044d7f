using System.Text.Json.Serialization;
using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Api;
using Vdi.Broker.Data;

namespace Vdi.Broker.Pools;

/// <summary>One foreign screen of a manual pool as people edit it; its name tells it from the pool's others.</summary>
/// <param name="Address">An IP address, or a host name that the host knows.</param>
/// <param name="Password">What its server wants, of which it looks at eight characters; null keeps what there is, empty takes it away. It is never answered.</param>
internal sealed record ScreenDocument(
    string? Name,
    string? Address,
    int Port = 5900,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Password = null)
{
    private const int Most = 1000;

    public static ScreenDocument Of(ForeignScreen screen) => new(screen.Name, screen.Address, screen.Port);

    /// <summary>Everything that is wrong with the screens of a pool.</summary>
    public static void Check(IReadOnlyList<ScreenDocument> screens, PoolKind kind, Faults faults)
    {
        if (kind != PoolKind.Manual && screens.Count > 0)
        {
            faults.Add("screens", "screens-not-manual", "Only a pool of the kind 'manual' has screens of its own: choose that kind, or name none.");
        }

        if (screens.Count > Most)
        {
            faults.Add("screens", "too-many", $"'screens' has {screens.Count} screens; {Most} are the most.", ("count", screens.Count), ("most", Most));
        }

        var (names, places) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<(string, int)>());
        foreach (var (screen, i) in screens.Select((screen, i) => (screen, i)))
        {
            var field = $"screens[{i}]";
            faults.DemandText($"{field}.name", screen.Name, 64);
            if (screen.Name is not null && !names.Add(screen.Name.Trim()))
            {
                faults.Add($"{field}.name", "given-twice", $"There are two screens '{screen.Name}': give each a name of its own.", ("name", screen.Name));
            }

            faults.DemandRange($"{field}.port", screen.Port, 1, 65535);
            if (screen.Address is not { Length: > 0 and <= 253 } address || Uri.CheckHostName(address) is UriHostNameType.Unknown or UriHostNameType.Basic)
            {
                faults.Add($"{field}.address", "bad-address", $"'{field}.address' is an IP address such as 10.0.0.7, or a host name.", ("value", screen.Address));
            }
            else if (!places.Add((address.ToLowerInvariant(), screen.Port)))
            {
                faults.Add($"{field}.address", "given-twice", $"There are two screens at {address} with port {screen.Port}: two people would share one.", ("name", $"{address}:{screen.Port}"));
            }

            if (screen.Password is { Length: > 0 })
            {
                faults.DemandText($"{field}.password", screen.Password, 256);
            }
        }
    }

    /// <summary>Makes the pool's screens what these say; they must have been checked.</summary>
    public static async Task ApplyAsync(IReadOnlyList<ScreenDocument> screens, string pool, VdiDb db, CancellationToken stop)
    {
        var there = await db.Screens.Where(screen => screen.PoolId == pool).ToDictionaryAsync(screen => screen.Name, stop);
        foreach (var wanted in screens)
        {
            var name = wanted.Name!.Trim();
            if (!there.Remove(name, out var screen))
            {
                db.Screens.Add(screen = new ForeignScreen { Id = Guid.NewGuid(), PoolId = pool, Name = name, Address = wanted.Address! });
            }

            (screen.Address, screen.Port) = (wanted.Address!, wanted.Port);
            screen.Password = wanted.Password switch { null => screen.Password, "" => null, var password => ScreenSecret.Protect(db, password) };
        }

        db.Screens.RemoveRange(there.Values);
    }
}
