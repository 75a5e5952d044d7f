using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Api;
using Vdi.Broker.Audit;
using Vdi.Broker.Data;
using Vdi.Broker.Machines;
using Vdi.Broker.Sessions;
using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Images;

/// <summary>Where to send a file, or fetch it, and what lets one.</summary>
/// <param name="Address">On the same origin.</param>
/// <param name="Ticket">For the header Vdi-Ticket.</param>
internal sealed record FileTicketView(Guid Id, string Address, string Ticket, string FileName, DateTimeOffset ExpiresAt);

/// <summary>Work on images: what is under way, and what was.</summary>
internal static class JobEndpoints
{
    public static void Map(RouteGroupBuilder images)
    {
        var jobs = images.MapGroup("/jobs");
        jobs.MapGet("/", ListAsync).RequireAuthorization(Can.Read).WithSummary("Work on images, newest first; what is over for 30 days");
        jobs.MapGet("/{id:guid}", GetAsync).RequireAuthorization(Can.Read).WithSummary("One piece of work");
        jobs.MapPost("/{id:guid}/cancel", CancelAsync).RequireAuthorization(Can.Operate).WithSummary("Gives it up; what was made of it is taken back");
        jobs.MapPost("/{id:guid}/download", DownloadAsync).RequireAuthorization(Can.Administer).WithSummary("Where to fetch what an export made");
    }

    private static async Task<Ok<Page<JobView>>> ListAsync(Paging paging, VdiDb db, CancellationToken stop, string? image = null, bool unfinished = false)
    {
        var all = db.ImageJobs.AsNoTracking().Where(job => !unfinished || job.Ended == null);
        all = image is null ? all : all.Where(job => job.Image == image);
        return TypedResults.Ok(await paging.OfAsync(all.OrderByDescending(job => job.Created).ThenBy(job => job.Id), JobView.Of, stop));
    }

    private static async Task<Results<Ok<JobView>, ProblemHttpResult>> GetAsync(Guid id, VdiDb db, CancellationToken stop) =>
        await db.ImageJobs.AsNoTracking().FirstOrDefaultAsync(job => job.Id == id, stop) is { } job ? TypedResults.Ok(JobView.Of(job)) : Unknown(id);

    private static async Task<Results<Ok<JobView>, ProblemHttpResult>> CancelAsync(Guid id, VdiDb db, AuditLog audit, FleetState fleet, TimeProvider time, CancellationToken stop)
    {
        var (job, changed) = await db.InTransactionAsync<ImageJobRow?>(
            async () =>
            {
                var job = await db.ImageJobs.FirstOrDefaultAsync(job => job.Id == id, stop);
                if (job is not { Ended: null, Cancelled: false })
                {
                    return (job, Keep: false);
                }

                (job.Cancelled, job.Moved) = (true, time.GetUtcNow());
                audit.Note("image.cancel", ImageJobs.TargetOf(job), after: new { job = id, job.Kind });
                return (job, Keep: true);
            },
            System.Data.IsolationLevel.Unspecified,
            stop);
        if (job is null)
        {
            return Unknown(id);
        }

        if (changed)
        {
            fleet.Wake();
        }

        return changed || job.Ended is null ? TypedResults.Ok(JobView.Of(job)) : WrongState(job, "It is over, and cannot be cancelled any more.");
    }

    private static async Task<Results<Ok<FileTicketView>, ProblemHttpResult>> DownloadAsync(Guid id, VdiDb db, AuditLog audit, FleetState fleet, TimeProvider time, CancellationToken stop)
    {
        if (await db.ImageJobs.AsNoTracking().FirstOrDefaultAsync(job => job.Id == id, stop) is not { } job)
        {
            return Unknown(id);
        }

        if (job.ReadWork() is not ExportImage export)
        {
            return WrongState(job, $"This is the job '{job.Kind}': only an export has a file to fetch.");
        }

        if (job.State != JobState.Done)
        {
            return WrongState(job, job.Ended is null ? "The export is not done yet: wait until it is." : "The export did not come to a file: order it again.");
        }

        var (ticket, hash) = Tickets.New();
        var file = $"{export.Image}-{export.Version}.{(export.Format == MediumFormat.Raw ? "img" : "qcow2")}";
        var expires = time.GetUtcNow() + UploadEndpoints.TicketLife;
        if (await fleet.AdmitAsync(new AdmitDownload(hash, id, file, expires), stop) is { } refusal)
        {
            return Problems.Problem(StatusCodes.Status503ServiceUnavailable, "host-refused", refusal);
        }

        audit.Note("image.download", ImageJobs.TargetOf(job), after: new { job = id, until = expires });
        await db.SaveChangesAsync(stop);
        return TypedResults.Ok(new FileTicketView(id, $"/h/{fleet.Host}/exports/{id:D}", ticket, file, expires));
    }

    private static ProblemHttpResult WrongState(ImageJobRow job, string detail) =>
        Problems.Problem(StatusCodes.Status409Conflict, "wrong-state", detail, ("state", job.State.ToString().ToLowerInvariant()));

    private static ProblemHttpResult Unknown(Guid id) => Problems.Problem(StatusCodes.Status404NotFound, "unknown-job", $"There is no job '{id}', or not any more.");
}
