using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Api;
using Vdi.Broker.Data;
using Vdi.Broker.Machines;
using Vdi.Broker.Users;
using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Images;

/// <param name="Hash">SHA-256 of its content, by which it is known.</param>
/// <param name="Edits">Images in whose open edits it is in a drive.</param>
internal sealed record MediumView(string Hash, string Name, long Bytes, DateTimeOffset Added, IReadOnlyList<string> Edits);

/// <summary>Installers and drivers for the drives of editing machines.</summary>
internal static class MediaEndpoints
{
    public static void Map(RouteGroupBuilder images)
    {
        var media = images.MapGroup("/media");
        media.MapGet("/", ListAsync).RequireAuthorization(Can.Read).WithSummary("Installers and drivers for the drives of editing machines");
        media.MapDelete("/{hash}", DeleteAsync).RequireAuthorization(Can.Administer).WithSummary("Deletes a medium that is in no drive");
    }

    private static async Task<Ok<List<MediumView>>> ListAsync(VdiDb db, FleetState fleet, CancellationToken stop)
    {
        var edits = await OpenAsync(db, stop);
        return TypedResults.Ok((fleet.Newest?.Workshop?.Media ?? []).OrderBy(medium => medium.Name, StringComparer.Ordinal)
            .Select(medium => new MediumView(medium.Hash, medium.Name, medium.Bytes, medium.Added, [.. edits.Where(edit => edit.Media.Contains(medium.Hash)).Select(edit => edit.Image)])).ToList());
    }

    private static async Task<Results<Accepted<JobView>, ProblemHttpResult>> DeleteAsync(string hash, ClaimsPrincipal principal, VdiDb db, ImageJobs jobs, FleetState fleet, CancellationToken stop)
    {
        if (fleet.Newest?.Workshop is not { } workshop)
        {
            return ImageJobs.NoWorkshop();
        }

        if (workshop.Media.FirstOrDefault(medium => medium.Hash == hash) is not { } medium)
        {
            return Problems.Problem(StatusCodes.Status404NotFound, "unknown-medium", $"The host has no medium '{hash}'.");
        }

        return ImageEndpoints.Answer(await jobs.OrderAsync(
            new DeleteMedium(hash),
            medium.Name,
            "medium.delete",
            Person.NameOf(principal),
            stop,
            async () => (await OpenAsync(db, stop)).Find(edit => edit.Media.Contains(hash)) is { } edit
                ? Problems.Problem(StatusCodes.Status409Conflict, "medium-in-use", $"'{medium.Name}' is in a drive of the editing machine of '{edit.Image}': publish or discard that first.", ("edit", edit.Id))
                : null));
    }

    private static Task<List<ImageEdit>> OpenAsync(VdiDb db, CancellationToken stop) => db.ImageEdits.AsNoTracking().Where(edit => edit.Closed == null).OrderBy(edit => edit.Image).ToListAsync(stop);
}
