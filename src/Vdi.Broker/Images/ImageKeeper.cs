using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Api;
using Vdi.Broker.Data;
using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Images;

/// <summary>What happens to images by itself: new versions are tested, images are updated in their hours, and versions that nothing uses go.</summary>
internal sealed class ImageKeeper(VdiDb db, ImageJobs jobs, TimeProvider time)
{
    /// <summary>A version that could not be deleted is tried again after so long.</summary>
    private static readonly TimeSpan DeletedAgain = TimeSpan.FromDays(1);

    public async Task KeepAsync(ActualState actual, CancellationToken stop)
    {
        if (actual.Workshop is not { } workshop)
        {
            return;
        }

        var versions = (actual.Versions ?? []).Where(version => version.Details is not null).ToList();
        var policies = await db.ImagePolicies.AsNoTracking().ToDictionaryAsync(policy => policy.Image, stop);
        foreach (var version in versions.Where(version => version.Details!.Test is null))
        {
            await TestAsync(version, policies.GetValueOrDefault(version.Name)?.CheckScript, stop);
        }

        foreach (var policy in policies.Values)
        {
            var own = versions.Where(version => version.Name == policy.Image).OrderByDescending(version => version.Built).ToList();
            await UpdateAsync(policy, own, workshop, stop);
            await SweepAsync(policy, own, stop);
        }
    }

    /// <summary>Once: what came of it, or that it was cancelled, is for people to look at.</summary>
    private async Task TestAsync(HostImage version, string? script, CancellationToken stop)
    {
        if (!await db.ImageJobs.AnyAsync(job => job.Kind == ImageJobRow.Test && job.Image == version.Name && job.Version == version.Version, stop))
        {
            await jobs.OrderAsync(new TestImage(version.Name, version.Version, script), version.Name, "image.test", ImageJobs.System, stop);
        }
    }

    private async Task UpdateAsync(ImagePolicy policy, IReadOnlyList<HostImage> versions, HostWorkshop workshop, CancellationToken stop)
    {
        var now = time.GetUtcNow();
        if (policy.Update?.Began(now) is not { } began || policy.Updated >= began || versions.FirstOrDefault(version => version.IsOffered) is not { } newest)
        {
            return;
        }

        const string Notes = "Made by the image's schedule";
        ImageWork? work = ImageUpdates.IsOfRecipe(newest, workshop) ? new BuildImage(policy.Image, ImageJobs.System, Notes)
            : ImageUpdates.WhyNot(newest) is null ? ImageUpdates.Of(newest, ImageJobs.System, Notes)
            : null;
        if (work is not null)
        {
            var action = work is BuildImage ? "image.build" : "image.update";
            await jobs.OrderAsync(work, policy.Image, action, ImageJobs.System, stop, () => BeginAsync(policy, now, stop));
        }
    }

    /// <summary>Only one of several brokers begins an update.</summary>
    private async Task<ProblemHttpResult?> BeginAsync(ImagePolicy policy, DateTimeOffset now, CancellationToken stop) =>
        await db.ImagePolicies.Where(row => row.Image == policy.Image && row.Updated == policy.Updated).ExecuteUpdateAsync(set => set.SetProperty(row => row.Updated, now), stop) == 1 ? null : Edits.Stale(policy);

    /// <summary>Those go that are older than the newest that pools may have, that nothing uses, and that are more than the policy keeps: the oldest ones.</summary>
    private async Task SweepAsync(ImagePolicy policy, IReadOnlyList<HostImage> versions, CancellationToken stop)
    {
        if (policy.Keep is not { } keep || versions.Count <= keep || versions.FirstOrDefault(version => version.IsOffered) is not { } newest)
        {
            return;
        }

        var uses = await ImageUses.OfAsync(db, policy.Image, stop);
        var lately = time.GetUtcNow() - DeletedAgain;
        var busy = await db.ImageJobs.Where(job => job.Image == policy.Image && job.Version != null && (job.Ended == null || (job.Kind == ImageJobRow.Delete && job.Ended > lately))).Select(job => job.Version!).ToListAsync(stop);
        foreach (var version in versions.Where(version => version.Built < newest.Built && !uses.GetValueOrDefault(version.Version, VersionUse.None).IsUsed).Skip(keep).Where(version => !busy.Contains(version.Version)))
        {
            await jobs.OrderAsync(new DeleteImage(policy.Image, version.Version), policy.Image, "image.delete", ImageJobs.System, stop, () => InUseAsync(db, version, everything: true, stop));
        }
    }

    /// <summary>Why the version must stay; null where it may go.</summary>
    /// <param name="everything">Whether a way back counts, too.</param>
    public static async Task<ProblemHttpResult?> InUseAsync(VdiDb db, HostImage version, bool everything, CancellationToken stop)
    {
        var use = (await ImageUses.OfAsync(db, version.Name, stop)).GetValueOrDefault(version.Version, VersionUse.None);
        return everything ? use.IsUsed ? InUse(version, use) : null : use.IsNeeded ? InUse(version, use) : null;
    }

    private static ProblemHttpResult InUse(HostImage version, VersionUse use) => Problems.Problem(
        StatusCodes.Status409Conflict,
        "version-in-use",
        $"Version {version.Version} of '{version.Name}' is used by {use.Describe()}. Give them another version and let their machines end, then delete it.",
        ("pools", use.Pools),
        ("machines", use.Machines),
        ("edit", use.Edit));
}
