using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http.Features;
using Vdi.Emulator.Machines;
using Vdi.Protocol.Fleet;
using Vdi.Protocol.Wire;
using static Vdi.Host.TransferWords;

namespace Vdi.Host.Files;

/// <summary>Files between a person's computer and their machine; docs/specs/files.md. The ticket is the only credential, and stands in a header or a form,
/// never in an address.</summary>
internal static class FileEndpoints
{
    private const int LongestName = 255;
    private const int MostListed = 500;

    private sealed record Begin(string? Name, long? Bytes);

    public static string Address(string host) => $"/h/{host}/files";

    public static void Map(IEndpointRouteBuilder routes, string host)
    {
        var files = routes.MapGroup(Address(host)).ExcludeFromDescription();
        files.MapPost("/uploads", BeginAsync);
        files.MapMethods("/uploads/{id:guid}", ["HEAD"], Ask);
        files.MapMethods("/uploads/{id:guid}", ["PATCH"], AddAsync);
        files.MapDelete("/uploads/{id:guid}", DropAsync);
        files.MapGet("/shared", ListAsync);
        files.MapPost("/shared", FetchAsync).DisableAntiforgery();
    }

    private static Task<IResult> BeginAsync(Begin begin, HttpContext context, HostAgent agent, CancellationToken stop) => AdmittedAsync(context.Request.Headers[Ticket], agent, Rights.FilesUp, async admit =>
    {
        if (begin.Name is not { } name || !IsName(name) || begin.Bytes is not (>= 0 and var bytes))
        {
            return Problem(StatusCodes.Status400BadRequest, "bad-name", "A file has a size, and a name of at most 255 bytes without slashes and control characters.");
        }

        if (MostOf(admit) is var most && bytes > most)
        {
            return Results.Problem($"Files of at most {most >> 20} MiB may be sent.", statusCode: StatusCodes.Status413PayloadTooLarge, extensions: new Dictionary<string, object?> { ["code"] = "too-large", ["most"] = most });
        }

        return await agent.SentFiles.BeginAsync(admit, name, bytes, stop) is { } sent
            ? Results.Json(new { id = sent.Id }, statusCode: StatusCodes.Status201Created)
            : Problem(StatusCodes.Status429TooManyRequests, "too-many", "Many files are on their way already: wait until one of them is there.");
    });

    private static Task<IResult> Ask(Guid id, HttpContext context, HostAgent agent) => SentAsync(id, context, agent, sent =>
    {
        context.Response.Headers[Length] = Text(sent.Bytes);
        return Task.FromResult(At(sent, context));
    });

    private static Task<IResult> AddAsync(Guid id, HttpContext context, HostAgent agent, CancellationToken stop) => SentAsync(id, context, agent, async sent =>
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = LongestPiece;
        }

        if (!sent.Turn.Wait(0, CancellationToken.None))
        {
            return Problem(StatusCodes.Status409Conflict, "busy", "Another piece of this file is on its way.");
        }

        try
        {
            context.Response.Headers[Offset] = Text(sent.Received);
            if (!long.TryParse(context.Request.Headers[Offset], NumberStyles.None, CultureInfo.InvariantCulture, out var offset) || offset != sent.Received)
            {
                return Problem(StatusCodes.Status409Conflict, "wrong-offset", $"Go on with byte {sent.Received}; the header {Offset} says where a piece belongs.");
            }

            await agent.SentFiles.AppendAsync(sent, context.Request.Body, stop);
            return At(sent, context);
        }
        finally
        {
            sent.Turn.Release();
        }
    });

    private static Task<IResult> DropAsync(Guid id, HttpContext context, HostAgent agent, CancellationToken stop) => SentAsync(id, context, agent, async sent =>
    {
        await agent.SentFiles.DropAsync(sent, stop);
        return Results.NoContent();
    });

    private static Task<IResult> ListAsync(HttpContext context, HostAgent agent, CancellationToken stop) => AdmittedAsync(context.Request.Headers[Ticket], agent, Rights.FilesDown, async admit =>
    {
        var files = agent.FilesOf(admit.Machine) is { } there ? await there.ListAsync(MostListed + 1, stop) : throw NoAgent();
        return Results.Json(new
        {
            folder = IGuestFiles.SharedName,
            files = files.Take(MostListed).Select(file => new { id = Base64Url.EncodeToString(file.Name.Span), name = Encoding.UTF8.GetString(file.Name.Span), bytes = file.Bytes }),
            more = files.Count > MostListed,
        });
    });

    private static async Task<IResult> FetchAsync(HttpContext context, HostAgent agent, CancellationToken stop)
    {
        if (!context.Request.HasFormContentType)
        {
            return NoTicket();
        }

        var form = await context.Request.ReadFormAsync(stop);
        return await AdmittedAsync(form["ticket"], agent, Rights.FilesDown, async admit =>
        {
            var id = form["id"].ToString();
            if (id.Length > LongestName * 2 || !Base64Url.IsValid(id))
            {
                return NotThere();
            }

            var name = Base64Url.DecodeFromChars(id);
            var files = agent.FilesOf(admit.Machine) ?? throw NoAgent();
            if (await files.SizeAsync(name, stop) is not { } bytes)
            {
                return NotThere();
            }

            if (bytes > MostOf(admit))
            {
                return Problem(StatusCodes.Status413PayloadTooLarge, "too-large", $"Files of at most {admit.Limits?.FilesMiB} MiB may be fetched.");
            }

            context.Response.Headers.XContentTypeOptions = "nosniff";
            context.Response.Headers.CacheControl = "no-store";
            context.Response.ContentLength = bytes;
            return Results.Stream(to => GiveAsync(agent, files, admit, name, bytes, to, stop), "application/octet-stream", Encoding.UTF8.GetString(name));
        });
    }

    /// <summary>A file that becomes shorter meanwhile breaks the line: half of it must not be taken for all of it.</summary>
    private static async Task GiveAsync(HostAgent agent, IGuestFiles files, Admit admit, byte[] name, long bytes, Stream to, CancellationToken stop)
    {
        for (long given = 0; given < bytes;)
        {
            var piece = await files.ReadAsync(name, given, stop);
            if (piece.IsEmpty)
            {
                throw new IOException("The file became shorter while it was fetched");
            }

            piece = piece[..(int)Math.Min(piece.Length, bytes - given)];
            await to.WriteAsync(piece, stop);
            given += piece.Length;
        }

        agent.TellFile(new FileMoved(admit.Session, ToGuest: false, Encoding.UTF8.GetString(name), bytes));
    }

    /// <summary>Whether a browser's computer may call a file so in a guest: nothing that leads elsewhere or writes over a terminal.</summary>
    private static bool IsName(string name) =>
        Encoding.UTF8.GetByteCount(name) is > 0 and <= LongestName && name is not "." and not ".." && !name.Any(letter => letter is '/' or '\\' || char.IsControl(letter) || char.IsSurrogate(letter) && !IsPaired(name));

    private static bool IsPaired(string name) => !name.EnumerateRunes().Contains(Rune.ReplacementChar);

    private static IResult At(SentFile sent, HttpContext context)
    {
        context.Response.Headers[Offset] = Text(sent.Received);
        if (sent.Given is { } given)
        {
            context.Response.Headers[Given] = Uri.EscapeDataString(given);
        }

        return Results.NoContent();
    }

    private static Task<IResult> SentAsync(Guid id, HttpContext context, HostAgent agent, Func<SentFile, Task<IResult>> then) => AdmittedAsync(context.Request.Headers[Ticket], agent, Rights.FilesUp, admit =>
        agent.SentFiles.Find(admit, id) is { } sent ? then(sent) : Task.FromResult(Problem(StatusCodes.Status404NotFound, "unknown-upload", "This file is not on its way any more: send it again.")));

    private static async Task<IResult> AdmittedAsync(string? ticket, HostAgent agent, Rights right, Func<Admit, Task<IResult>> then)
    {
        if (agent.FileTickets.Enter(ticket) is not { } admit)
        {
            return NoTicket();
        }

        if (!admit.Rights.HasFlag(right))
        {
            return Problem(StatusCodes.Status403Forbidden, "no-right", right == Rights.FilesUp ? "Files may not be sent into this desktop." : "Files may not be fetched from this desktop.");
        }

        try
        {
            return await then(admit);
        }
        catch (GuestFilesException e)
        {
            return e.Fault switch
            {
                GuestFilesFault.NoRoom => Problem(StatusCodes.Status507InsufficientStorage, "disk-full", "There is no room for it in the machine: delete something there."),
                GuestFilesFault.Nobody => Problem(StatusCodes.Status409Conflict, "no-agent", e.Message),
                _ => Problem(StatusCodes.Status502BadGateway, "machine-fault", e.Message),
            };
        }
    }

    private static GuestFilesException NoAgent() => new(GuestFilesFault.Nobody, "The machine takes and gives no files");

    private static IResult NotThere() => Problem(StatusCodes.Status404NotFound, "unknown-file", "This file is not there any more.");

    /// <summary>How large a file may be, in bytes.</summary>
    private static long MostOf(Admit admit) => (admit.Limits?.FilesMiB ?? long.MaxValue >> 20) << 20;
}
