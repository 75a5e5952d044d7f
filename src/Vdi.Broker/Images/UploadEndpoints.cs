using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Api;
using Vdi.Broker.Audit;
using Vdi.Broker.Data;
using Vdi.Broker.Machines;
using Vdi.Broker.Sessions;
using Vdi.Broker.Users;
using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Images;

/// <param name="Sha256">What the whole must be, in hex; null where it is not known.</param>
internal sealed record UploadRequest(string? FileName, long? Bytes, string? Sha256 = null);

/// <param name="Received">Bytes that the host has.</param>
internal sealed record UploadView(Guid Id, string FileName, long Bytes, long Received, string? Sha256, string Who, DateTimeOffset Created);

/// <summary>A version, or a medium where the file is an ISO, of a file that was uploaded.</summary>
/// <param name="Format">Null for what the file's name says.</param>
/// <param name="Hardware">Null for what is usual for the file.</param>
internal sealed record ImportRequest(Guid Upload, string? Name, MediumFormat? Format = null, HardwareRequest? Hardware = null, string? Notes = null);

/// <summary>Files that become images: the broker says who may send which, hosts take them.</summary>
internal static class UploadEndpoints
{
    /// <summary>2 TiB.</summary>
    public const long MaxBytes = 2L << 40;

    /// <summary>Longest notes of a version.</summary>
    internal const int MaxNotes = 2000;

    /// <summary>For how long a ticket for a file is good; whoever needs longer asks for another.</summary>
    public static readonly TimeSpan TicketLife = TimeSpan.FromHours(1);

    /// <summary>Uploads at a time, of all people.</summary>
    private const int Most = 50;

    /// <summary>A host's report may be a second old: so long it is waited for to say that all is there.</summary>
    private static readonly TimeSpan ReportedWithin = TimeSpan.FromSeconds(4);

    public static void Map(RouteGroupBuilder images)
    {
        var uploads = images.MapGroup("/uploads");
        uploads.MapGet("/", ListAsync).RequireAuthorization(Can.Read).WithSummary("Files that are on their way, or wait to be imported");
        uploads.MapPost("/", BeginAsync).RequireAuthorization(Can.Administer).WithSummary("Where to send a file, and what lets one");
        uploads.MapPost("/{id:guid}/ticket", GoOnAsync).RequireAuthorization(Can.Administer).WithSummary("A new ticket, to go on with an upload");
        uploads.MapDelete("/{id:guid}", GiveUpAsync).RequireAuthorization(Can.Administer).WithSummary("Gives an upload up");
        images.MapPost("/imports", ImportAsync).RequireAuthorization(Can.Administer).WithSummary("Makes a version, or a medium, of an uploaded file");
    }

    private static async Task<Ok<List<UploadView>>> ListAsync(VdiDb db, FleetState fleet, CancellationToken stop) =>
        TypedResults.Ok((await db.ImageUploads.AsNoTracking().OrderByDescending(upload => upload.Created).ToListAsync(stop))
            .ConvertAll(upload => new UploadView(upload.Id, upload.FileName, upload.Bytes, Received(upload.Id, fleet), upload.Sha256, upload.Who, upload.Created)));

    private static async Task<Results<Ok<FileTicketView>, ProblemHttpResult>> BeginAsync(UploadRequest request, ClaimsPrincipal principal, VdiDb db, AuditLog audit, FleetState fleet, TimeProvider time, CancellationToken stop)
    {
        var faults = new Faults();
        faults.DemandText("fileName", request.FileName, 255);
        if (request.Bytes is null)
        {
            faults.Add("bytes", "missing", "'bytes' is missing: say how large the file is.");
        }

        faults.DemandRange("bytes", request.Bytes, 1, MaxBytes);
        if (request.Sha256 is { } sum && !(sum.Length == 64 && sum.All(char.IsAsciiHexDigit)))
        {
            faults.Add("sha256", "bad-sha256", "'sha256' is the file's SHA-256: 64 hexadecimal digits.");
        }

        if (await db.ImageUploads.CountAsync(stop) >= Most)
        {
            faults.Add("fileName", "too-many", $"There are {Most} uploads already: import some of them, or give them up.", ("most", Most));
        }

        if (faults.Any)
        {
            return Edits.Bad(faults);
        }

        if (fleet.Newest is not { Workshop: not null })
        {
            return ImageJobs.NoWorkshop();
        }

        var now = time.GetUtcNow();
        var upload = new ImageUpload { Id = Guid.NewGuid(), FileName = request.FileName!.Trim(), Bytes = request.Bytes!.Value, Sha256 = request.Sha256?.ToLowerInvariant(), Host = fleet.Host, Who = Person.NameOf(principal), Created = now, Touched = now };
        db.ImageUploads.Add(upload);
        audit.Note("image.upload", $"upload/{upload.Id}", after: new { upload.FileName, upload.Bytes });

        // First what is kept: a host drops what no broker wants.
        await db.SaveChangesAsync(stop);
        var answer = await AdmitAsync(upload, fleet, now, stop);
        if (answer.Result is ProblemHttpResult)
        {
            db.ImageUploads.Remove(upload);
            audit.Note("image.upload.refuse", $"upload/{upload.Id}", after: new { upload.FileName });
            await db.SaveChangesAsync(stop);
        }

        return answer;
    }

    private static async Task<Results<Ok<FileTicketView>, ProblemHttpResult>> GoOnAsync(Guid id, VdiDb db, AuditLog audit, FleetState fleet, TimeProvider time, CancellationToken stop)
    {
        if (await db.ImageUploads.FirstOrDefaultAsync(upload => upload.Id == id, stop) is not { } upload)
        {
            return Unknown(id);
        }

        upload.Touched = time.GetUtcNow();
        audit.Note("image.upload.ticket", $"upload/{id}", after: new { upload.FileName });
        await db.SaveChangesAsync(stop);
        return await AdmitAsync(upload, fleet, upload.Touched, stop);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> GiveUpAsync(Guid id, VdiDb db, AuditLog audit, FleetState fleet, CancellationToken stop)
    {
        var (refusal, done) = await db.InTransactionAsync<ProblemHttpResult?>(
            async () =>
            {
                if (await db.ImageUploads.FirstOrDefaultAsync(upload => upload.Id == id, stop) is not { } upload)
                {
                    return (Unknown(id), Keep: false);
                }

                var subject = ImageJobRow.OfUpload(id);
                if (await db.ImageJobs.FirstOrDefaultAsync(job => job.Ended == null && job.Subject == subject, stop) is { } job)
                {
                    return (ImageJobs.UnderWay(job), Keep: false);
                }

                db.ImageUploads.Remove(upload);
                audit.Note("image.upload.give-up", $"upload/{id}", before: new { upload.FileName, upload.Bytes });
                return (null, Keep: true);
            },
            System.Data.IsolationLevel.Serializable,
            stop);
        if (!done)
        {
            return refusal!;
        }

        fleet.Wake();
        return TypedResults.NoContent();
    }

    private static async Task<Results<Accepted<JobView>, ProblemHttpResult>> ImportAsync(ImportRequest request, ClaimsPrincipal principal, VdiDb db, ImageJobs jobs, FleetState fleet, CancellationToken stop)
    {
        if (await db.ImageUploads.AsNoTracking().FirstOrDefaultAsync(upload => upload.Id == request.Upload, stop) is not { } upload)
        {
            return Unknown(request.Upload);
        }

        var format = request.Format ?? ImageNames.FormatOf(upload.FileName);
        var faults = Check(request, format, upload.FileName);
        if (faults.Any)
        {
            return Edits.Bad(faults);
        }

        if (await IncompleteAsync(upload, fleet, stop) is { } received)
        {
            return Problems.Problem(StatusCodes.Status409Conflict, "upload-incomplete", $"The host has {received} of the {upload.Bytes} bytes of '{upload.FileName}': send the rest first.", ("received", received), ("bytes", upload.Bytes));
        }

        var who = Person.NameOf(principal);
        var work = new ImportImage(upload.Id, request.Name!.Trim(), format!.Value, format == MediumFormat.Iso ? null : (request.Hardware ?? new HardwareRequest()).Complete(format), who, request.Notes?.Trim() ?? "");
        return ImageEndpoints.Answer(await jobs.OrderAsync(work, work.Name, "image.import", who, stop, async () => await db.ImageUploads.AnyAsync(row => row.Id == upload.Id, stop) ? null : Unknown(upload.Id)));
    }

    private static Faults Check(ImportRequest request, MediumFormat? format, string fileName)
    {
        var faults = new Faults();
        if (format is null)
        {
            faults.Add("format", "unknown-format", $"The name '{fileName}' does not tell what the file is: say with 'format' (--format at the command line) whether it is qcow2, raw, vmdk, vhdx or iso.", ("fileName", fileName));
        }
        else if (!Enum.IsDefined(format.Value))
        {
            faults.Add("format", "unknown-value", "'format' is qcow2, raw, vmdk, vhdx or iso.", ("value", $"{format}"));
        }

        if (format == MediumFormat.Iso)
        {
            faults.DemandText("name", request.Name, 100);
            if (request.Hardware is not null)
            {
                faults.Add("hardware", "medium-has-no-hardware", "An ISO becomes a medium for drives, which has no hardware: leave 'hardware' away, and begin an edit with the medium in its drive.");
            }
        }
        else
        {
            faults.DemandImage("name", request.Name);
        }

        request.Hardware?.Check(faults, "hardware");
        faults.DemandText("notes", request.Notes, MaxNotes, empty: true, lines: true);
        return faults;
    }

    /// <summary>Bytes that have arrived, where some are missing; null where all are there.</summary>
    private static async Task<long?> IncompleteAsync(ImageUpload upload, FleetState fleet, CancellationToken stop)
    {
        var began = System.Diagnostics.Stopwatch.GetTimestamp();
        while (true)
        {
            var received = Received(upload.Id, fleet);
            if (received >= upload.Bytes)
            {
                return null;
            }

            if (System.Diagnostics.Stopwatch.GetElapsedTime(began) > ReportedWithin)
            {
                return received;
            }

            await Task.Delay(100, stop);
        }
    }

    private static async Task<Results<Ok<FileTicketView>, ProblemHttpResult>> AdmitAsync(ImageUpload upload, FleetState fleet, DateTimeOffset now, CancellationToken stop)
    {
        var (ticket, hash) = Tickets.New();
        return await fleet.AdmitAsync(new AdmitUpload(hash, upload.Id, upload.Bytes, upload.Sha256, now + TicketLife), stop) is { } refusal
            ? Problems.Problem(StatusCodes.Status503ServiceUnavailable, "host-refused", refusal)
            : TypedResults.Ok(new FileTicketView(upload.Id, $"/h/{upload.Host}/uploads/{upload.Id:D}", ticket, upload.FileName, now + TicketLife));
    }

    private static long Received(Guid upload, FleetState fleet) => fleet.Newest?.Workshop?.Uploads.FirstOrDefault(there => there.Id == upload)?.Received ?? 0;

    private static ProblemHttpResult Unknown(Guid id) => Problems.Problem(StatusCodes.Status404NotFound, "unknown-upload", $"There is no upload '{id}': it was imported, given up, or nobody went on with it for a week.");
}
