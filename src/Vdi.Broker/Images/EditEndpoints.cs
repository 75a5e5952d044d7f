using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Api;
using Vdi.Broker.Data;
using Vdi.Broker.Machines;
using Vdi.Broker.Sessions;
using Vdi.Broker.Users;
using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Images;

internal sealed record CheckpointRequest(string? Name);

/// <param name="Generalise">Takes away what machines must not share.</param>
internal sealed record PublishRequest(string? Notes = null, bool Generalise = true);

/// <summary>Editing machines, in which administrators work on an image.</summary>
internal static class EditEndpoints
{
    /// <summary>Each takes disk, and a list of more helps nobody.</summary>
    private const int MostCheckpoints = 50;

    public static void Map(RouteGroupBuilder images)
    {
        var edits = images.MapGroup("/edits");
        edits.MapGet("/", ListAsync).RequireAuthorization(Can.Read).WithSummary("Open edits; with ?closed=true those that are over, for 30 days");
        edits.MapGet("/{id:guid}", GetAsync).RequireAuthorization(Can.Read).WithSummary("One edit, open or over");
        edits.MapPost("/", OpenAsync).RequireAuthorization(Can.Administer).WithSummary("Makes a machine to work on an image in; one at a time for each image");
        edits.MapPost("/{id:guid}/ticket", TicketAsync).RequireAuthorization(Can.Administer).WithSummary("Opens the editing machine's screen");
        edits.MapPost("/{id:guid}/start", StartAsync).RequireAuthorization(Can.Administer).WithSummary("Switches the editing machine on");
        edits.MapPost("/{id:guid}/checkpoints", SaveAsync).RequireAuthorization(Can.Administer).WithSummary("Keeps memory and disk as they are; the machine goes on");
        edits.MapPost("/{id:guid}/checkpoints/{checkpoint:guid}/back", BackAsync).RequireAuthorization(Can.Administer).WithSummary("Goes on from a checkpoint; what was done since is gone");
        edits.MapDelete("/{id:guid}/checkpoints/{checkpoint:guid}", DropAsync).RequireAuthorization(Can.Administer).WithSummary("Forgets a checkpoint");
        edits.MapPost("/{id:guid}/publish", PublishAsync).RequireAuthorization(Can.Administer).WithSummary("Makes a version of it; the editing machine is gone then");
        edits.MapDelete("/{id:guid}", DiscardAsync).RequireAuthorization(Can.Administer).WithSummary("Discards the editing machine with all that was done in it");
    }

    private static async Task<Ok<Page<EditView>>> ListAsync(Paging paging, VdiDb db, CancellationToken stop, string? image = null, bool closed = false)
    {
        var all = db.ImageEdits.AsNoTracking().Where(edit => closed ? edit.Closed != null : edit.Closed == null);
        all = image is null ? all : all.Where(edit => edit.Image == image);
        var page = await paging.OfAsync(all.OrderByDescending(edit => edit.Created).ThenBy(edit => edit.Id), edit => edit, stop);
        var jobs = await db.ImageJobs.AsNoTracking().Where(job => job.Ended == null && job.Edit != null).ToDictionaryAsync(job => job.Edit!.Value, stop);
        return TypedResults.Ok(new Page<EditView>([.. page.Items.Select(edit => EditView.Of(edit, jobs.GetValueOrDefault(edit.Id)))], page.Total, page.Number, page.Size));
    }

    private static async Task<Results<Ok<EditView>, ProblemHttpResult>> GetAsync(Guid id, VdiDb db, ImageViews views, CancellationToken stop) =>
        await db.ImageEdits.AsNoTracking().FirstOrDefaultAsync(edit => edit.Id == id, stop) is { } edit ? TypedResults.Ok(await views.DescribeAsync(edit, stop)) : ImageEditing.Unknown(id);

    private static async Task<Results<Created<EditView>, ProblemHttpResult>> OpenAsync(EditRequest request, ClaimsPrincipal principal, VdiDb db, ImageEditing editing, FleetState fleet, CancellationToken stop)
    {
        if (fleet.Newest?.Workshop is not { } workshop)
        {
            return ImageJobs.NoWorkshop();
        }

        if (request.Check(workshop) is { Any: true } faults)
        {
            return Edits.Bad(faults);
        }

        string? version = null;
        if (request.New is null)
        {
            var versions = await ImageCatalog.OfAsync(db, request.Image!, stop);
            if (versions.Count == 0)
            {
                return ImageEndpoints.UnknownImage(request.Image!);
            }

            version = request.Version ?? versions[0].Version;
            if (!versions.Exists(known => known.Version == version))
            {
                return ImageEndpoints.UnknownVersion(request.Image!, version);
            }
        }

        var (edit, refusal) = await editing.OpenAsync(request, version, principal, stop);
        return edit is null ? refusal! : TypedResults.Created($"/api/images/edits/{edit.Id:D}", EditView.Of(edit, null));
    }

    private static async Task<Results<Ok<TicketView>, ProblemHttpResult>> TicketAsync(Guid id, ClaimsPrincipal principal, ImageEditing editing, CancellationToken stop) =>
        await editing.AdmitAsync(id, Person.NameOf(principal), stop) switch
        {
            ({ } ticket, _) => TypedResults.Ok(ticket),
            var (_, refusal) => refusal!,
        };

    private static Task<Results<Accepted<JobView>, ProblemHttpResult>> StartAsync(Guid id, ClaimsPrincipal principal, ImageEditing editing, ImageJobs jobs, CancellationToken stop) => OrderAsync(
        id,
        new StartEdit(id),
        "edit.start",
        edit => edit.State == MachineState.Stopped ? null : ImageEditing.WrongState(edit, "Only one that is off can be switched on."),
        principal,
        editing,
        jobs,
        stop);

    private static Task<Results<Accepted<JobView>, ProblemHttpResult>> SaveAsync(Guid id, CheckpointRequest request, ClaimsPrincipal principal, ImageEditing editing, ImageJobs jobs, CancellationToken stop)
    {
        var faults = new Faults();
        faults.DemandText("name", request.Name, 100);
        return OrderAsync(
            id,
            new SaveCheckpoint(id, Guid.NewGuid(), request.Name?.Trim() ?? ""),
            "edit.checkpoint",
            edit =>
            {
                if (edit.Checkpoints.Count >= MostCheckpoints)
                {
                    faults.Add("name", "too-many", $"There are {MostCheckpoints} checkpoints, which is the most: drop one first.", ("most", MostCheckpoints));
                }

                return faults.Any ? Edits.Bad(faults) : Works(edit);
            },
            principal,
            editing,
            jobs,
            stop);
    }

    private static Task<Results<Accepted<JobView>, ProblemHttpResult>> BackAsync(Guid id, Guid checkpoint, ClaimsPrincipal principal, ImageEditing editing, ImageJobs jobs, CancellationToken stop) =>
        OrderAsync(id, new GoBack(id, checkpoint), "edit.back", edit => UnknownCheckpoint(edit, checkpoint) ?? Works(edit), principal, editing, jobs, stop);

    private static Task<Results<Accepted<JobView>, ProblemHttpResult>> DropAsync(Guid id, Guid checkpoint, ClaimsPrincipal principal, ImageEditing editing, ImageJobs jobs, CancellationToken stop) =>
        OrderAsync(id, new DropCheckpoint(id, checkpoint), "edit.checkpoint.drop", edit => UnknownCheckpoint(edit, checkpoint), principal, editing, jobs, stop);

    private static async Task<Results<Accepted<JobView>, ProblemHttpResult>> PublishAsync(Guid id, PublishRequest request, ClaimsPrincipal principal, ImageEditing editing, ImageJobs jobs, CancellationToken stop)
    {
        var faults = new Faults();
        faults.DemandText("notes", request.Notes, UploadEndpoints.MaxNotes, empty: true, lines: true);
        var answer = await OrderAsync(
            id,
            new PublishEdit(id, Person.NameOf(principal), request.Notes?.Trim() ?? "", request.Generalise),
            "edit.publish",
            edit => faults.Any ? Edits.Bad(faults) : Works(edit),
            principal,
            editing,
            jobs,
            stop);
        if (answer.Result is Accepted<JobView>)
        {
            await editing.EndOpeningsAsync(id, stop);
        }

        return answer;
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DiscardAsync(Guid id, ImageEditing editing, CancellationToken stop) =>
        await editing.DiscardAsync(id, stop) is { } refusal ? refusal : TypedResults.NoContent();

    private static async Task<Results<Accepted<JobView>, ProblemHttpResult>> OrderAsync(Guid id, ImageWork work, string action, Func<ImageEdit, ProblemHttpResult?> check, ClaimsPrincipal principal, ImageEditing editing, ImageJobs jobs, CancellationToken stop)
    {
        if (await editing.FindAsync(id, stop) is not { } seen)
        {
            return ImageEditing.Unknown(id);
        }

        return ImageEndpoints.Answer(await jobs.OrderAsync(
            work,
            seen.Image,
            action,
            Person.NameOf(principal),
            stop,
            async () => await editing.FindAsync(id, stop) is { } edit ? check(edit) : ImageEditing.Unknown(id)));
    }

    private static ProblemHttpResult? Works(ImageEdit edit) =>
        edit.State is MachineState.Ready or MachineState.Stopped ? null : ImageEditing.WrongState(edit, edit.State == MachineState.Failed ? "Discard it, and begin another one." : "Wait until it is ready.");

    private static ProblemHttpResult? UnknownCheckpoint(ImageEdit edit, Guid checkpoint) => edit.Checkpoints.Exists(known => known.Id == checkpoint)
        ? null
        : Problems.Problem(StatusCodes.Status404NotFound, "unknown-checkpoint", $"The editing machine of '{edit.Image}' has no checkpoint '{checkpoint}'.");
}
