using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Vdi.Broker.Api;
using Vdi.Broker.Data;
using Vdi.Broker.Machines;
using Vdi.Broker.Users;
using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Images;

/// <param name="Notes">What is new, for people.</param>
internal sealed record NotesRequest(string? Notes = null);

/// <param name="Format">qcow2, which is usual, or raw.</param>
internal sealed record ExportRequest(MediumFormat Format = MediumFormat.Qcow2);

/// <summary>Images and their versions.</summary>
internal static class ImageEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        var images = api.MapGroup("/images").WithTags("images");
        images.MapGet("/", async (ImageViews views, CancellationToken stop) => TypedResults.Ok(await views.AllAsync(stop))).RequireAuthorization(Can.Read).WithSummary("Image versions, where they are and which pools use them");
        images.MapGet("/recipes", async (ImageViews views, CancellationToken stop) => TypedResults.Ok(await views.RecipesAsync(stop))).RequireAuthorization(Can.Read).WithSummary("Recipes that images can be built from");
        images.MapGet("/{name}", GetAsync).RequireAuthorization(Can.Read).WithSummary("One image: its versions, policy, open edit, and the work that is under way");
        images.MapPost("/{name}/build", BuildAsync).RequireAuthorization(Can.Operate).WithSummary("Builds a new version from the recipe");
        images.MapPost("/{name}/versions/{version}/test", TestAsync).RequireAuthorization(Can.Operate).WithSummary("Tests a version, again where it was tested");
        images.MapPost("/{name}/versions/{version}/update", UpdateAsync).RequireAuthorization(Can.Operate).WithSummary("Makes a version with its system's updates");
        images.MapPost("/{name}/versions/{version}/export", ExportAsync).RequireAuthorization(Can.Administer).WithSummary("Makes one file of a version, to be fetched");
        images.MapDelete("/{name}/versions/{version}", DeleteAsync).RequireAuthorization(Can.Administer).WithSummary("Deletes a version that nothing uses");
        UploadEndpoints.Map(images);
        JobEndpoints.Map(images);
        MediaEndpoints.Map(images);
        EditEndpoints.Map(images);
        PolicyEndpoints.Map(images);
    }

    private static async Task<Results<Ok<ImageTreeView>, ProblemHttpResult>> GetAsync(string name, ImageViews views, CancellationToken stop) =>
        await views.TreeAsync(name, stop) is { } tree ? TypedResults.Ok(tree) : UnknownImage(name);

    private static async Task<Results<Accepted<JobView>, ProblemHttpResult>> BuildAsync(string name, NotesRequest request, ClaimsPrincipal principal, ImageJobs jobs, FleetState fleet, CancellationToken stop)
    {
        if (fleet.Newest?.Workshop is not { } workshop)
        {
            return ImageJobs.NoWorkshop();
        }

        if (workshop.Recipes.All(recipe => recipe.Name != name))
        {
            return Problems.Problem(StatusCodes.Status404NotFound, "unknown-recipe", $"The host has no recipe '{name}'; it has: {string.Join(", ", workshop.Recipes.Select(recipe => recipe.Name).Order(StringComparer.Ordinal))}.");
        }

        var who = Person.NameOf(principal);
        return NotesFaults(request) is { } refusal ? refusal : Answer(await jobs.OrderAsync(new BuildImage(name, who, Trim(request)), name, "image.build", who, stop));
    }

    private static Task<Results<Accepted<JobView>, ProblemHttpResult>> TestAsync(string name, string version, ClaimsPrincipal principal, VdiDb db, ImageJobs jobs, CancellationToken stop) => OrderAsync(
        name,
        version,
        db,
        async image =>
        {
            var script = (await db.ImagePolicies.FindAsync([name], stop))?.CheckScript;
            return await jobs.OrderAsync(new TestImage(name, image.Version, script), name, "image.test", Person.NameOf(principal), stop);
        },
        stop);

    private static async Task<Results<Accepted<JobView>, ProblemHttpResult>> UpdateAsync(string name, string version, NotesRequest request, ClaimsPrincipal principal, VdiDb db, ImageJobs jobs, CancellationToken stop) =>
        NotesFaults(request) is { } refusal ? refusal : await OrderAsync(
            name,
            version,
            db,
            async image => ImageUpdates.WhyNot(image) is { } why
                ? (null, Problems.Problem(StatusCodes.Status409Conflict, "not-updatable", $"Version {version} of '{name}' cannot be updated from outside, for {why}: open an edit, update it there, and publish that."))
                : await jobs.OrderAsync(ImageUpdates.Of(image, Person.NameOf(principal), Trim(request)), name, "image.update", Person.NameOf(principal), stop),
            stop);

    private static Task<Results<Accepted<JobView>, ProblemHttpResult>> ExportAsync(string name, string version, ExportRequest request, ClaimsPrincipal principal, VdiDb db, ImageJobs jobs, CancellationToken stop)
    {
        var faults = new Faults();
        if (request.Format is not (MediumFormat.Qcow2 or MediumFormat.Raw))
        {
            faults.Add("format", "unknown-value", "A version is exported as qcow2 or as raw.", ("value", $"{request.Format}"));
        }

        return faults.Any
            ? Task.FromResult<Results<Accepted<JobView>, ProblemHttpResult>>(Edits.Bad(faults))
            : OrderAsync(name, version, db, image => jobs.OrderAsync(new ExportImage(name, image.Version, request.Format), name, "image.export", Person.NameOf(principal), stop), stop);
    }

    private static Task<Results<Accepted<JobView>, ProblemHttpResult>> DeleteAsync(string name, string version, ClaimsPrincipal principal, VdiDb db, ImageJobs jobs, CancellationToken stop) => OrderAsync(
        name,
        version,
        db,
        image => jobs.OrderAsync(new DeleteImage(name, version), name, "image.delete", Person.NameOf(principal), stop, () => ImageKeeper.InUseAsync(db, image, everything: false, stop)),
        stop);

    private static async Task<Results<Accepted<JobView>, ProblemHttpResult>> OrderAsync(string name, string version, VdiDb db, Func<HostImage, Task<(ImageJobRow? Job, ProblemHttpResult? Refusal)>> order, CancellationToken stop)
    {
        var versions = await ImageCatalog.OfAsync(db, name, stop);
        return versions.Count == 0 ? UnknownImage(name)
            : versions.Find(image => image.Version == version) is { } found ? Answer(await order(found))
            : UnknownVersion(name, version);
    }

    internal static Results<Accepted<JobView>, ProblemHttpResult> Answer((ImageJobRow? Job, ProblemHttpResult? Refusal) ordered) =>
        ordered.Job is { } job ? TypedResults.Accepted($"/api/images/jobs/{job.Id:D}", JobView.Of(job)) : ordered.Refusal!;

    private static ProblemHttpResult? NotesFaults(NotesRequest request)
    {
        var faults = new Faults();
        faults.DemandText("notes", request.Notes, UploadEndpoints.MaxNotes, empty: true, lines: true);
        return faults.Any ? Edits.Bad(faults) : null;
    }

    private static string Trim(NotesRequest request) => request.Notes?.Trim() ?? "";

    internal static ProblemHttpResult UnknownImage(string name) => Problems.Problem(StatusCodes.Status404NotFound, "unknown-image", $"No host has an image '{name}'.");

    internal static ProblemHttpResult UnknownVersion(string name, string version) => Problems.Problem(StatusCodes.Status404NotFound, "unknown-version", $"No host has version '{version}' of the image '{name}'.");
}
