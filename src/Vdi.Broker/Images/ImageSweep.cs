using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Api;
using Vdi.Broker.Data;

namespace Vdi.Broker.Images;

/// <summary>Forgets work on images and edits that are long over, and uploads that nobody went on with.</summary>
internal sealed class ImageSweep(IServiceScopeFactory scopes, TimeProvider time, ILogger<ImageSweep> log) : Sweep(scopes, time, log)
{
    /// <summary>Jobs and edits that are over are shown for so long.</summary>
    public static readonly TimeSpan Remembered = TimeSpan.FromDays(30);

    /// <summary>An upload that nobody goes on with.</summary>
    public static readonly TimeSpan UploadKept = TimeSpan.FromDays(7);
    private readonly TimeProvider _time = time;

    protected override async Task SweepAsync(IServiceProvider services, CancellationToken stop)
    {
        var db = services.GetRequiredService<VdiDb>();
        var (old, left) = (_time.GetUtcNow() - Remembered, _time.GetUtcNow() - UploadKept);
        using var turn = await WriteTurn.TakeAsync(db, stop);
        await db.ImageJobs.Where(job => job.Ended < old).ExecuteDeleteAsync(stop);
        await db.ImageEdits.Where(edit => edit.Closed < old).ExecuteDeleteAsync(stop);
        var stale = await db.ImageUploads.Where(upload => upload.Touched < left).ToListAsync(stop);
        if (stale.Count > 0)
        {
            var used = await db.ImageJobs.Where(job => job.Ended == null && job.Kind == ImageJobRow.Import).Select(job => job.Subject).ToListAsync(stop);
            var gone = stale.Where(upload => !used.Contains(ImageJobRow.OfUpload(upload.Id))).Select(upload => upload.Id).ToList();
            await db.ImageUploads.Where(upload => gone.Contains(upload.Id)).ExecuteDeleteAsync(stop);
        }
    }
}
