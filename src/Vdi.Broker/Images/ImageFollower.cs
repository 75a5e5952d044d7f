using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Audit;
using Vdi.Broker.Data;
using Vdi.Broker.Machines;
using Vdi.Protocol.Fleet;
using Vdi.Protocol.Wire;

namespace Vdi.Broker.Images;

/// <summary>Takes over what a host reports of its work on images and of editing machines, and says what shall be.</summary>
internal sealed class ImageFollower(VdiDb db, AuditLog audit, FleetState fleet, TimeProvider time)
{
    /// <summary>A job that is worked on and comes no step further for so long is given up.</summary>
    public static readonly TimeSpan StillFor = TimeSpan.FromHours(2);

    /// <summary>The same of one that only waits: for others before it, or for its host.</summary>
    public static readonly TimeSpan WaitsFor = TimeSpan.FromHours(24);

    /// <summary>From telling a host that a job is given up to taking that for done.</summary>
    public static readonly TimeSpan GivesUpWithin = TimeSpan.FromMinutes(10);

    /// <summary>An editing machine that the host never began with.</summary>
    public static readonly TimeSpan MadeWithin = TimeSpan.FromMinutes(30);

    public async Task FollowAsync(ActualState actual, CancellationToken stop)
    {
        var there = (actual.Workshop?.Jobs ?? []).GroupBy(job => job.Id).ToDictionary(group => group.Key, group => Readable(group.Last()));
        foreach (var job in await db.ImageJobs.AsNoTracking().Where(job => job.Ended == null).ToListAsync(stop))
        {
            await FollowAsync(job, there.GetValueOrDefault(job.Id), stop);
        }

        var edits = (actual.Workshop?.Edits ?? []).GroupBy(edit => edit.Machine).ToDictionary(group => group.Key, group => group.Last());
        var leaving = await db.ImageJobs.Where(job => job.Ended == null && job.Kind == ImageJobRow.Publish && job.Edit != null).Select(job => job.Edit!.Value).ToListAsync(stop);
        foreach (var edit in await db.ImageEdits.Where(edit => edit.Closed == null).ToListAsync(stop))
        {
            Follow(edit, edits.GetValueOrDefault(edit.Id), leaving.Contains(edit.Id), actual);
        }

        await db.SaveChangesAsync(stop);
    }

    private static ImageJob Readable(ImageJob job) => job with
    {
        Step = ImageWords.Cut(job.Step),
        Fraction = job.Fraction is { } fraction ? Math.Clamp(fraction, 0, 1) : null,
        Result = job.Result is { } result ? ImageWords.Cut(result) : null,
    };

    /// <summary>All that the host is told: its machines, the open edits, the unfinished jobs, and the uploads that are wanted.</summary>
    public async Task<DesiredState> DesireAsync(IReadOnlyList<DesiredMachine> machines, ActualState actual, CancellationToken stop)
    {
        if (actual.Workshop is null)
        {
            return new DesiredState(machines);
        }

        var edits = await db.ImageEdits.AsNoTracking().Where(edit => edit.Closed == null).OrderBy(edit => edit.Created).ToListAsync(stop);
        var jobs = await db.ImageJobs.AsNoTracking().Where(job => job.Ended == null).OrderBy(job => job.Created).ToListAsync(stop);
        var uploads = await db.ImageUploads.AsNoTracking().Where(upload => upload.Host == actual.Host).OrderBy(upload => upload.Created).Select(upload => upload.Id).ToListAsync(stop);
        return new DesiredState(machines, edits.ConvertAll(edit => edit.ToDesired()), jobs.ConvertAll(job => job.ToOrder()), uploads);
    }

    private async Task FollowAsync(ImageJobRow job, ImageJob? said, CancellationToken stop)
    {
        if (said is { State: JobState.Done or JobState.Failed or JobState.Cancelled })
        {
            await FinishAsync(job.Id, said.State, said.Step, said.Result, stop);
            return;
        }

        var now = time.GetUtcNow();
        if (said is not null && (said.State, said.Step, said.Fraction) != (job.State, job.Step, job.Fraction))
        {
            // Unless it has just ended otherwise: somebody may have discarded the editing machine that it was about.
            var started = job.Started ?? (said.State == JobState.Running ? now : null);
            await db.ImageJobs.Where(row => row.Id == job.Id && row.Ended == null).ExecuteUpdateAsync(
                set => set.SetProperty(row => row.State, said.State)
                    .SetProperty(row => row.Step, said.Step)
                    .SetProperty(row => row.Fraction, said.Fraction)
                    .SetProperty(row => row.Started, started)
                    .SetProperty(row => row.Moved, now),
                stop);
            return;
        }

        var still = now - job.Moved;
        var patience = job.State == JobState.Running ? StillFor : WaitsFor;
        if (job.Cancelled && still > GivesUpWithin + (job.GivenUp is null ? TimeSpan.Zero : patience))
        {
            await FinishAsync(job.Id, job.GivenUp is null ? JobState.Cancelled : JobState.Failed, job.GivenUp ?? "was cancelled, and the host did not say that it has stopped", null, stop);
        }
        else if (!job.Cancelled && still > patience)
        {
            await GiveUpAsync(job.Id, $"was given up, for nothing moved for {patience.TotalHours:0} hours; last, it said: {job.Step}", stop);
        }
    }

    /// <summary>The host is told to stop it.</summary>
    private Task<bool> GiveUpAsync(Guid id, string why, CancellationToken stop) => db.InTransactionAsync(
        async () =>
        {
            if (await db.ImageJobs.FirstOrDefaultAsync(job => job.Id == id && job.Ended == null && !job.Cancelled, stop) is not { } job)
            {
                return false;
            }

            (job.Cancelled, job.GivenUp) = (true, why);
            audit.NoteAs(ImageJobs.System, "image.give-up", ImageJobs.TargetOf(job), after: new { job = id, job.Kind, reason = why });
            return true;
        },
        stop);

    /// <summary>The job is over, with all that follows of it, once.</summary>
    private Task<bool> FinishAsync(Guid id, JobState state, string step, string? result, CancellationToken stop) => db.InTransactionAsync(
        async () =>
        {
            if (await db.ImageJobs.FirstOrDefaultAsync(job => job.Id == id && job.Ended == null, stop) is not { } job)
            {
                return false;
            }

            var now = time.GetUtcNow();
            (job.State, job.Step, job.Result, job.Ended, job.Fraction) = job.GivenUp is { } why && state == JobState.Cancelled ? (JobState.Failed, why, result, now, null) : (state, step, result, now, (double?)null);
            job.Started ??= now;
            audit.NoteAs(ImageJobs.System, $"image.job.{state.ToString().ToLowerInvariant()}", ImageJobs.TargetOf(job), after: new { job = id, job.Kind, job.Who, job.Step, job.Result });
            if (state == JobState.Done)
            {
                await CloseAsync(job, now, stop);
            }

            return true;
        },
        stop);

    private async Task CloseAsync(ImageJobRow job, DateTimeOffset now, CancellationToken stop)
    {
        switch (job.ReadWork())
        {
            case PublishEdit publish when await db.ImageEdits.FirstOrDefaultAsync(edit => edit.Id == publish.Machine && edit.Closed == null, stop) is { } edit:
                (edit.Closed, edit.Published) = (now, job.Result);
                await EndOpeningsAsync(edit, "The image was published", stop);
                break;
            case ImportImage import when await db.ImageUploads.FirstOrDefaultAsync(upload => upload.Id == import.Upload, stop) is { } upload:
                // The host has made of it what it should be.
                db.ImageUploads.Remove(upload);
                break;
        }
    }

    /// <summary>Whoever looks at the editing machine does so no longer.</summary>
    public async Task EndOpeningsAsync(ImageEdit edit, string text, CancellationToken stop)
    {
        foreach (var session in edit.Openings)
        {
            await fleet.SendAsync(new Revoke(session, ByeReason.SessionEnded, text), stop);
        }

        edit.Openings = [];
    }

    private void Follow(ImageEdit edit, ActualEdit? there, bool leaving, ActualState actual)
    {
        var now = time.GetUtcNow();
        if (there is not null)
        {
            (edit.Epoch, edit.Made) = (Math.Max(edit.Epoch, there.Epoch), edit.Made || there.State != MachineState.Requested);
            Move(edit, there.State, ImageWords.Cut(there.Reason), now);
            (edit.At, edit.Bytes) = (there.At, there.Bytes);
            if (!edit.Checkpoints.SequenceEqual(there.Checkpoints))
            {
                edit.Checkpoints = [.. there.Checkpoints];
            }
        }
        else if (actual.Workshop is null || leaving)
        {
            // Its host comes back with it, or says in a moment what became of it.
        }
        else if (edit.Made)
        {
            Move(edit, MachineState.Failed, "The host does not have it any more: discard it, and begin another one", now);
        }
        else if (edit.State == MachineState.Requested && now - edit.Since > MadeWithin && actual.Problem is null)
        {
            Move(edit, MachineState.Failed, $"The host did not begin with it for {MadeWithin.TotalMinutes:0} minutes: discard it, and look at the host's log", now);
        }
    }

    private static void Move(ImageEdit edit, MachineState state, string reason, DateTimeOffset now)
    {
        edit.Since = edit.State == state ? edit.Since : now;
        (edit.State, edit.Reason) = (state, reason);
    }
}
