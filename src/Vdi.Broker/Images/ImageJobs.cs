using System.Data;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Audit;
using Vdi.Broker.Data;
using Vdi.Broker.Machines;
using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Images;

/// <summary>Orders work on images, one piece at a time for whatever it is about.</summary>
internal sealed class ImageJobs(VdiDb db, AuditLog audit, FleetState fleet, TimeProvider time)
{
    /// <summary>Who is said to do what the broker does by itself.</summary>
    public const string System = "system";

    public IQueryable<ImageJobRow> Unfinished => db.ImageJobs.Where(job => job.Ended == null);

    /// <summary>Orders it, or says why not. Nothing else changes what it was decided by meanwhile.</summary>
    /// <param name="image">The image, or medium, that it is about.</param>
    /// <param name="action">For the audit: "image.test".</param>
    /// <param name="who">Who wants it.</param>
    /// <param name="also">Checks what must hold, and changes what changes with it; a refusal takes all of it back.</param>
    public async Task<(ImageJobRow? Job, ProblemHttpResult? Refusal)> OrderAsync(ImageWork work, string image, string action, string who, CancellationToken stop, Func<Task<ProblemHttpResult?>>? also = null)
    {
        if (fleet.Newest is not { Workshop: not null })
        {
            return (null, NoWorkshop());
        }

        var (result, ordered) = await db.InTransactionAsync<(ImageJobRow? Job, ProblemHttpResult? Refusal)>(
            async () =>
            {
                var job = ImageJobRow.Of(work, image, who, time.GetUtcNow());
                if ((also is null ? null : await also()) is { } refusal)
                {
                    return ((null, refusal), Keep: false);
                }

                if (await InTheWayAsync(job, stop) is { } other)
                {
                    return ((null, UnderWay(other)), Keep: false);
                }

                db.ImageJobs.Add(job);
                audit.Note(action, TargetOf(job), after: new { job = job.Id, job.Kind, job.Version, job.Edit });
                return ((job, null), Keep: true);
            },
            IsolationLevel.Serializable,
            stop);
        if (ordered)
        {
            fleet.Wake();
        }
        else
        {
            db.ChangeTracker.Clear();
        }

        return result;
    }

    /// <summary>A job that must be over first: about the same, or one that needs what the other one deletes.</summary>
    private Task<ImageJobRow?> InTheWayAsync(ImageJobRow job, CancellationToken stop) => Unfinished.AsNoTracking().FirstOrDefaultAsync(
        other => other.Subject == job.Subject || (job.Version != null && other.Image == job.Image && other.Version == job.Version && (job.Kind == ImageJobRow.Delete || other.Kind == ImageJobRow.Delete)),
        stop);

    public static ProblemHttpResult NoWorkshop() =>
        Problems.Problem(StatusCodes.Status409Conflict, "no-workshop", "No host that makes images is connected: start one, or look at what the host's log says of images.");

    public static ProblemHttpResult UnderWay(ImageJobRow job) =>
        Problems.Problem(StatusCodes.Status409Conflict, "job-under-way", $"The job {job.Id:D} ({job.Kind}, by {job.Who}) is under way: wait until it is over, or cancel it.", ("job", job.Id), ("kind", job.Kind));

    internal static string TargetOf(ImageJobRow job) => job.Edit is { } edit ? $"edit/{edit:D}" : job.Version is { } version ? $"image/{job.Image}/{version}" : $"image/{job.Image}";
}
