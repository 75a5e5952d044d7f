using System.Data;
using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Audit;
using Vdi.Broker.Data;
using Vdi.Broker.Machines;
using Vdi.Broker.Pools;
using Vdi.Broker.Sessions;
using Vdi.Broker.Users;
using Vdi.Protocol.Fleet;
using Vdi.Protocol.Wire;

namespace Vdi.Broker.Images;

/// <summary>Editing machines: begun, opened and given up, each in one transaction, so that two people never have two of one image.</summary>
internal sealed class ImageEditing(VdiDb db, AuditLog audit, FleetState fleet, ImageFollower follower, TimeProvider time)
{
    private const Rights All = Rights.View | Rights.Input | Rights.ClipboardIn | Rights.ClipboardOut | Rights.FilesUp | Rights.FilesDown | Rights.Sound | Rights.Microphone;

    /// <summary>Begins with an edit, or says who was first.</summary>
    /// <param name="request">It must have been checked.</param>
    /// <param name="version">That it begins from; null for an empty disk.</param>
    public async Task<(ImageEdit? Edit, ProblemHttpResult? Refusal)> OpenAsync(EditRequest request, string? version, ClaimsPrincipal principal, CancellationToken stop)
    {
        var (result, _) = await db.InTransactionAsync<(ImageEdit? Edit, ProblemHttpResult? Refusal)>(
            async () =>
            {
                var image = request.Image!;
                if (await db.ImageEdits.AsNoTracking().FirstOrDefaultAsync(edit => edit.Image == image && edit.Closed == null, stop) is { } other)
                {
                    return ((null, BeingEdited(other)), Keep: false);
                }

                if (version is not null && await db.ImageJobs.AsNoTracking().FirstOrDefaultAsync(job => job.Ended == null && job.Kind == ImageJobRow.Delete && job.Image == image && job.Version == version, stop) is { } delete)
                {
                    return ((null, ImageJobs.UnderWay(delete)), Keep: false);
                }

                var now = time.GetUtcNow();
                var edit = new ImageEdit
                {
                    Id = Guid.NewGuid(),
                    Image = image,
                    Version = version,
                    Hardware = version is null ? (request.New?.Hardware ?? new HardwareRequest()).Complete(null) : null,
                    DiskGiB = version is null ? request.DiskGiB : null,
                    Media = [.. request.Media ?? []],
                    Network = new NetworkSettings { Mode = request.Isolated ? NetworkMode.Isolated : NetworkMode.Internet },
                    UserId = Person.IdOf(principal),
                    Author = Person.NameOf(principal),
                    Created = now,
                    Since = now,
                };
                db.ImageEdits.Add(edit);
                audit.Note("edit.open", Target(edit.Id), after: new { edit.Image, edit.Version, edit.Hardware, edit.DiskGiB, edit.Media, network = edit.Network.Mode });
                return ((edit, null), Keep: true);
            },
            IsolationLevel.Serializable,
            stop);
        fleet.Wake();
        return result;
    }

    /// <summary>Lets somebody come to its screen, as to a desktop's.</summary>
    public async Task<(TicketView? Ticket, ProblemHttpResult? Refusal)> AdmitAsync(Guid id, string user, CancellationToken stop)
    {
        var session = Guid.NewGuid();
        var expires = time.GetUtcNow() + Tickets.Life;
        var (found, admitted) = await db.InTransactionAsync<(ImageEdit? Edit, ProblemHttpResult? Refusal)>(
            async () =>
            {
                if (await FindAsync(id, stop) is not { } edit)
                {
                    return ((null, Unknown(id)), Keep: false);
                }

                if (await BusyAsync(edit, ImageJobRow.Publish, stop) is { } busy)
                {
                    return ((null, busy), Keep: false);
                }

                if (edit.State != MachineState.Ready)
                {
                    return ((null, WrongState(edit, edit.State == MachineState.Stopped ? "Start it first." : "Wait until it is ready.")), Keep: false);
                }

                edit.NoteOpening(session);
                audit.Note("edit.ticket", Target(id), after: new { edit.Image, session, until = expires });
                return ((edit, null), Keep: true);
            },
            IsolationLevel.Unspecified,
            stop);
        if (!admitted)
        {
            return (null, found.Refusal);
        }

        var (ticket, hash) = Tickets.New();
        var admit = new Admit(hash, session, id, found.Edit!.Epoch, user, $"{found.Edit.Image} (editing)", All, expires);
        return await fleet.AdmitAsync(admit, stop) is { } refusal
            ? (null, Problems.Problem(StatusCodes.Status503ServiceUnavailable, "host-refused", refusal))
            : (new TicketView(ticket, $"/h/{fleet.Host}/hub/desktop", expires), null);
    }

    /// <summary>Gives it up, with all that was done in it.</summary>
    /// <returns>Why not, or null.</returns>
    public async Task<ProblemHttpResult?> DiscardAsync(Guid id, CancellationToken stop)
    {
        var ((edit, openings, refusal), discarded) = await db.InTransactionAsync<(ImageEdit? Edit, List<Guid> Openings, ProblemHttpResult? Refusal)>(
            async () =>
            {
                if (await FindAsync(id, stop) is not { } edit)
                {
                    return ((null, [], Unknown(id)), Keep: false);
                }

                if (await BusyAsync(edit, ImageJobRow.Publish, stop) is { } busy)
                {
                    return ((null, [], busy), Keep: false);
                }

                var now = time.GetUtcNow();
                foreach (var job in await db.ImageJobs.Where(job => job.Edit == id && job.Ended == null).ToListAsync(stop))
                {
                    (job.State, job.Step, job.Ended) = (JobState.Cancelled, "its editing machine was discarded", now);
                }

                var openings = edit.Openings;
                (edit.Closed, edit.Openings) = (now, []);
                audit.Note("edit.discard", Target(id), before: new { edit.Image, edit.Version, edit.Author, checkpoints = edit.Checkpoints.Count });
                return ((edit, openings, null), Keep: true);
            },
            IsolationLevel.Serializable,
            stop);
        if (!discarded)
        {
            return refusal;
        }

        foreach (var session in openings)
        {
            await fleet.SendAsync(new Revoke(session, ByeReason.SessionEnded, $"The editing machine of '{edit!.Image}' was discarded"), stop);
        }

        fleet.Wake();
        return null;
    }

    /// <summary>Nobody looks at a machine that is being published.</summary>
    public async Task EndOpeningsAsync(Guid id, CancellationToken stop)
    {
        if (await FindAsync(id, stop) is { } edit)
        {
            await follower.EndOpeningsAsync(edit, "The image is being published", stop);
            await db.SaveChangesAsync(stop);
        }
    }

    public Task<ImageEdit?> FindAsync(Guid id, CancellationToken stop) => db.ImageEdits.FirstOrDefaultAsync(edit => edit.Id == id && edit.Closed == null, stop);

    /// <summary>Why nothing can be done with it while it is published; null where it is not.</summary>
    private async Task<ProblemHttpResult?> BusyAsync(ImageEdit edit, string kind, CancellationToken stop) =>
        await db.ImageJobs.AsNoTracking().FirstOrDefaultAsync(job => job.Edit == edit.Id && job.Ended == null && job.Kind == kind, stop) is { } job ? ImageJobs.UnderWay(job) : null;

    public static ProblemHttpResult WrongState(ImageEdit edit, string todo) => Problems.Problem(
        StatusCodes.Status409Conflict,
        "wrong-state",
        $"The editing machine is {edit.State.ToString().ToLowerInvariant()}: {edit.Reason}. {todo}",
        ("state", edit.State.ToString().ToLowerInvariant()));

    public static ProblemHttpResult Unknown(Guid id) => Problems.Problem(StatusCodes.Status404NotFound, "unknown-edit", $"There is no open edit '{id}'.");

    private static ProblemHttpResult BeingEdited(ImageEdit edit) => Problems.Problem(
        StatusCodes.Status409Conflict,
        "being-edited",
        $"'{edit.Image}' is being edited by {edit.Author} since {edit.Created:u}. Go on with that edit, or let it be published or discarded first.",
        ("edit", edit.Id),
        ("author", edit.Author),
        ("since", edit.Created));

    private static string Target(Guid id) => $"edit/{id:D}";
}
