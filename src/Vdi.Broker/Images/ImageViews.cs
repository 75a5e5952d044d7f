using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Data;
using Vdi.Broker.Machines;
using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Images;

/// <summary>One version as people see it.</summary>
/// <param name="Pools">Those whose machines are made of it.</param>
/// <param name="UsedBy">The same with those that it was chosen for, or that can go back to it.</param>
/// <param name="Machines">Machines of it that are alive, those that sleep included.</param>
/// <param name="ParentDeleted">Whether the version that it was made from is there no more.</param>
/// <param name="Offered">Whether pools may have it.</param>
/// <param name="Outdated">Whether its recipe was changed since; null for one of no recipe that the host has.</param>
/// <param name="Changes">Its packages against its parent's, where one image is looked at.</param>
internal sealed record VersionView(
    string Name,
    string Version,
    DateTimeOffset Built,
    IReadOnlyList<string> Hosts,
    IReadOnlyList<string> Pools,
    IReadOnlyList<PoolUse> UsedBy,
    int Machines,
    Guid? Edit,
    int? MemoryMiB,
    ImageHardware? Hardware,
    ImageOrigin? Origin,
    string? Parent,
    bool ParentDeleted,
    string? Author,
    string? Notes,
    long? Bytes,
    long? OwnBytes,
    bool Offered,
    ImageTest? Test,
    string? Recipe,
    bool? Outdated,
    IReadOnlyList<PackageChange>? Changes);

/// <summary>One image with all that belongs to it.</summary>
/// <param name="Edit">The open one.</param>
/// <param name="Jobs">Those that are under way.</param>
internal sealed record ImageTreeView(string Name, IReadOnlyList<VersionView> Versions, RecipeView? Recipe, PolicyDocument Policy, EditView? Edit, IReadOnlyList<JobView> Jobs);

/// <param name="Newest">The newest version that was built from it; null where none is there.</param>
/// <param name="Outdated">Whether it was changed since that; null where none is there.</param>
internal sealed record RecipeView(string Name, string Hash, string? Newest, bool? Outdated);

/// <param name="Cancelling">It shall be given up, and is not over yet.</param>
internal sealed record JobView(
    Guid Id,
    string Kind,
    string Image,
    string? Version,
    Guid? Edit,
    JobState State,
    string Step,
    double? Fraction,
    string? Result,
    bool Cancelling,
    string Who,
    DateTimeOffset Created,
    DateTimeOffset? Started,
    DateTimeOffset? Ended)
{
    public static JobView Of(ImageJobRow job) =>
        new(job.Id, job.Kind, job.Image, job.Version, job.Edit, job.State, job.Step, job.Fraction, job.Result, job.Cancelled && job.Ended is null, job.Who, job.Created, job.Started, job.Ended);
}

/// <param name="Version">What it began from; null for an empty disk.</param>
/// <param name="Hardware">Of a machine with an empty disk.</param>
/// <param name="Job">What is done with it now.</param>
/// <param name="Published">The version that came of it.</param>
internal sealed record EditView(
    Guid Id,
    string Image,
    string? Version,
    ImageHardware? Hardware,
    int? DiskGiB,
    IReadOnlyList<string> Media,
    NetworkMode Network,
    string Author,
    DateTimeOffset Created,
    MachineState State,
    string Reason,
    DateTimeOffset Since,
    IReadOnlyList<EditCheckpoint> Checkpoints,
    Guid? At,
    long Bytes,
    JobView? Job,
    DateTimeOffset? Closed,
    string? Published)
{
    public static EditView Of(ImageEdit edit, ImageJobRow? job) => new(
        edit.Id,
        edit.Image,
        edit.Version,
        edit.Hardware,
        edit.DiskGiB,
        edit.Media,
        edit.Network.Mode,
        edit.Author,
        edit.Created,
        edit.State,
        edit.Reason,
        edit.Since,
        edit.Checkpoints,
        edit.At,
        edit.Bytes,
        job is null ? null : JobView.Of(job),
        edit.Closed,
        edit.Published);
}

/// <summary>Images with all that is known of them.</summary>
internal sealed class ImageViews(VdiDb db, FleetState fleet)
{
    public async Task<List<VersionView>> AllAsync(CancellationToken stop)
    {
        var views = new List<VersionView>();
        foreach (var image in (await ImageCatalog.AllAsync(db, stop)).GroupBy(known => known.Image.Name))
        {
            views.AddRange((await DescribeAsync(image.Key, [.. image], stop)).Select(view => view with { Changes = null }));
        }

        return views;
    }

    /// <summary>Null where there is no such image, nor anything of it.</summary>
    public async Task<ImageTreeView?> TreeAsync(string name, CancellationToken stop)
    {
        var versions = await DescribeAsync(name, [.. (await ImageCatalog.AllAsync(db, stop)).Where(known => known.Image.Name == name)], stop);
        var recipe = (await RecipesAsync(stop)).Find(recipe => recipe.Name == name);
        var policy = await db.ImagePolicies.AsNoTracking().FirstOrDefaultAsync(policy => policy.Image == name, stop);
        var edit = await db.ImageEdits.AsNoTracking().FirstOrDefaultAsync(edit => edit.Image == name && edit.Closed == null, stop);
        var jobs = await db.ImageJobs.AsNoTracking().Where(job => job.Image == name && job.Ended == null).OrderByDescending(job => job.Created).ToListAsync(stop);
        return versions.Count == 0 && recipe is null && policy is null && edit is null && jobs.Count == 0
            ? null
            : new ImageTreeView(name, versions, recipe, PolicyDocument.Of(policy), edit is null ? null : await DescribeAsync(edit, stop), jobs.ConvertAll(JobView.Of));
    }

    public async Task<List<RecipeView>> RecipesAsync(CancellationToken stop)
    {
        var workshop = fleet.Newest?.Workshop;
        var known = await ImageCatalog.AllAsync(db, stop);
        return [.. (workshop?.Recipes ?? []).OrderBy(recipe => recipe.Name, StringComparer.Ordinal).Select(recipe =>
        {
            var newest = known.Find(version => version.Image.Name == recipe.Name && version.Image.Details?.Recipe is not null)?.Image;
            return new RecipeView(recipe.Name, recipe.Hash, newest?.Version, newest is null ? null : ImageCatalog.IsOutdated(newest, workshop));
        })];
    }

    public async Task<EditView> DescribeAsync(ImageEdit edit, CancellationToken stop) =>
        EditView.Of(edit, await db.ImageJobs.AsNoTracking().FirstOrDefaultAsync(job => job.Edit == edit.Id && job.Ended == null, stop));

    private async Task<List<VersionView>> DescribeAsync(string name, IReadOnlyList<KnownVersion> versions, CancellationToken stop)
    {
        var uses = await ImageUses.OfAsync(db, name, stop);
        var there = versions.Select(known => known.Image.Version).ToHashSet();
        return [.. versions.Select(known =>
        {
            var (image, details, use) = (known.Image, known.Image.Details, uses.GetValueOrDefault(known.Image.Version, VersionUse.None));
            return new VersionView(
                image.Name,
                image.Version,
                image.Built,
                known.Hosts,
                [.. use.Pools.Where(pool => pool.As == PoolUseKind.Current).Select(pool => pool.Pool)],
                use.Pools,
                use.Machines,
                use.Edit,
                image.MemoryMiB,
                details?.Hardware,
                details?.Origin,
                details?.Parent,
                details?.Parent is { } parent && !there.Contains(parent),
                details?.Author,
                details?.Notes,
                details?.Bytes,
                details?.OwnBytes,
                image.IsOffered,
                details?.Test,
                details?.Recipe,
                ImageCatalog.IsOutdated(image, fleet.Newest?.Workshop),
                details?.Changes);
        })];
    }
}
