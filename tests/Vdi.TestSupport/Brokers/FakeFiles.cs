using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Vdi.Host.Fakes;

namespace Vdi.TestSupport.Brokers;

/// <summary>The files of a fake host over HTTP, as docs/specs/images.md says: what is sent, and what is fetched. Lines can be made to break.</summary>
public sealed class FakeFiles(FakeHost host)
{
    /// <summary>What has arrived, by upload.</summary>
    public ConcurrentDictionary<Guid, byte[]> Received { get; } = new();

    /// <summary>What every export is.</summary>
    public byte[] Export { get; set; } = [];

    /// <summary>So many more pieces are taken, of which the last is only half taken before the line breaks; null for all.</summary>
    public int? Pieces { get; set; }

    /// <summary>Tickets that are good no more.</summary>
    public ConcurrentDictionary<string, byte> Spent { get; } = new();

    /// <summary>Offsets at which pieces were sent.</summary>
    public ConcurrentQueue<long> Offsets { get; } = new();

    /// <summary>The first byte of each answer to who fetches.</summary>
    public ConcurrentQueue<long> Fetched { get; } = new();

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/h/{host}/uploads/{id:guid}", [HttpMethods.Head], (Guid id, HttpContext context) => IsAdmitted(id, context) ? There(id, context, StatusCodes.Status204NoContent) : Results.StatusCode(StatusCodes.Status403Forbidden)).ExcludeFromDescription();
        routes.MapPatch("/h/{host}/uploads/{id:guid}", TakeAsync).ExcludeFromDescription();
        routes.MapGet("/h/{host}/exports/{id:guid}", Give).ExcludeFromDescription();
    }

    private async Task<IResult> TakeAsync(Guid id, HttpContext context)
    {
        if (!IsAdmitted(id, context))
        {
            return Results.StatusCode(StatusCodes.Status403Forbidden);
        }

        var there = Received.GetOrAdd(id, []);
        var offset = long.Parse(context.Request.Headers["Vdi-Offset"].ToString(), CultureInfo.InvariantCulture);
        if (offset != there.Length)
        {
            return There(id, context, StatusCodes.Status409Conflict);
        }

        Offsets.Enqueue(offset);
        using var piece = new MemoryStream();
        await context.Request.Body.CopyToAsync(piece);
        if (Pieces is 0)
        {
            Keep(id, [.. there, .. piece.ToArray().AsSpan(0, (int)piece.Length / 2)]);
            context.Abort();
            return Results.Empty;
        }

        Pieces--;
        Keep(id, [.. there, .. piece.ToArray()]);
        return There(id, context, StatusCodes.Status204NoContent);
    }

    private IResult Give(Guid id, HttpContext context)
    {
        var ticket = context.Request.Headers["Vdi-Ticket"].ToString();
        if (Spent.ContainsKey(ticket) || host.Workshop!.AdmittedDownloads.All(admit => admit.Order != id || admit.TicketHash != HashOf(ticket)))
        {
            return Results.StatusCode(StatusCodes.Status403Forbidden);
        }

        Fetched.Enqueue(context.Request.GetTypedHeaders().Range?.Ranges.First().From ?? 0);
        return Results.Bytes(Export, "application/octet-stream", enableRangeProcessing: true);
    }

    private void Keep(Guid id, byte[] all)
    {
        Received[id] = all;
        host.Workshop!.Receive(id, all.Length);
    }

    private bool IsAdmitted(Guid id, HttpContext context)
    {
        var ticket = context.Request.Headers["Vdi-Ticket"].ToString();
        return !Spent.ContainsKey(ticket) && host.Workshop!.AdmittedUploads.Any(admit => admit.Upload == id && admit.TicketHash == HashOf(ticket));
    }

    private IResult There(Guid id, HttpContext context, int status)
    {
        context.Response.Headers["Vdi-Offset"] = Received.GetOrAdd(id, []).Length.ToString(CultureInfo.InvariantCulture);
        return status == StatusCodes.Status409Conflict ? Results.Problem("Others are there", statusCode: status, extensions: new Dictionary<string, object?> { ["code"] = "wrong-offset" }) : Results.StatusCode(status);
    }

    /// <summary>As a host keeps the ticket.</summary>
    public static string HashOf(string ticket)
    {
        var text = new StringBuilder(ticket).Replace('-', '+').Replace('_', '/').ToString();
        return text.Length == 43 ? Convert.ToHexStringLower(SHA256.HashData(Convert.FromBase64String(text + "="))) : "";
    }
}
