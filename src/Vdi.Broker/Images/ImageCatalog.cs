using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Data;
using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Images;

/// <summary>A version and the hosts that have it.</summary>
internal sealed record KnownVersion(HostImage Image, IReadOnlyList<string> Hosts);

/// <summary>The image versions that hosts have, as they reported last.</summary>
internal static class ImageCatalog
{
    /// <summary>By name, the newest of each first.</summary>
    public static async Task<List<KnownVersion>> AllAsync(VdiDb db, CancellationToken stop) =>
        [.. (await db.Hosts.AsNoTracking().ToListAsync(stop))
            .SelectMany(host => host.Images.Select(image => (host.Id, Image: image)))
            .GroupBy(each => (each.Image.Name, each.Image.Version))
            .Select(group => new KnownVersion(group.MinBy(each => each.Image.Built).Image, [.. group.Select(each => each.Id).Order()]))
            .OrderBy(known => known.Image.Name, StringComparer.Ordinal).ThenByDescending(known => known.Image.Built)];

    /// <summary>Versions of one image, the newest first.</summary>
    public static async Task<List<HostImage>> OfAsync(VdiDb db, string name, CancellationToken stop) =>
        [.. (await AllAsync(db, stop)).Where(known => known.Image.Name == name).Select(known => known.Image)];

    /// <summary>Whether the recipe was changed since the version was made from it; null for versions that were made from none that the host has.</summary>
    public static bool? IsOutdated(HostImage image, HostWorkshop? workshop) =>
        image.Details?.Recipe is { } made && workshop?.Recipes.FirstOrDefault(recipe => recipe.Name == image.Name) is { } recipe ? recipe.Hash != made : null;
}
