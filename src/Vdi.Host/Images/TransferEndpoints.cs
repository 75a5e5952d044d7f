using System.Globalization;
using Microsoft.AspNetCore.Http.Features;
using static Vdi.Host.TransferWords;

namespace Vdi.Host.Images;

/// <summary>Files to and from this host. The ticket is the only credential, and stands in a header or a form, never in an address. A file is sent in
/// pieces: HEAD says how much is here, PATCH adds what follows.</summary>
internal static class TransferEndpoints
{
    public static void Map(IEndpointRouteBuilder routes, string host)
    {
        routes.MapMethods($"/h/{host}/uploads/{{id:guid}}", ["HEAD"], Ask).ExcludeFromDescription();
        routes.MapMethods($"/h/{host}/uploads/{{id:guid}}", ["PATCH"], AddAsync).ExcludeFromDescription();
        routes.MapGet($"/h/{host}/exports/{{order:guid}}", (Guid order, HttpContext context, TransferStore transfers) => Fetch(order, TicketOf(context), transfers)).ExcludeFromDescription();
        routes.MapPost($"/h/{host}/exports/{{order:guid}}", FetchByFormAsync).DisableAntiforgery().ExcludeFromDescription();
    }

    private static IResult Ask(Guid id, HttpContext context, TransferStore transfers)
    {
        var (upload, received) = transfers.Enter(id, TicketOf(context));
        if (upload is null)
        {
            return NoTicket();
        }

        context.Response.Headers[Offset] = Text(received);
        context.Response.Headers[Length] = Text(upload.Bytes);
        return Results.NoContent();
    }

    private static async Task<IResult> AddAsync(Guid id, HttpContext context, TransferStore transfers, CancellationToken stop)
    {
        var (upload, received) = transfers.Enter(id, TicketOf(context));
        if (upload is null)
        {
            return NoTicket();
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = LongestPiece;
        }

        if (!long.TryParse(context.Request.Headers[Offset], NumberStyles.None, CultureInfo.InvariantCulture, out var offset))
        {
            return Problem(new TransferFault(StatusCodes.Status400BadRequest, "no-offset", $"Say in the header {Offset} where the piece belongs.", received), context);
        }

        if (await transfers.AppendAsync(upload, offset, context.Request.Body, stop) is { } fault)
        {
            return Problem(fault, context);
        }

        context.Response.Headers[Offset] = Text(transfers.Enter(id, TicketOf(context)).Received);
        return Results.NoContent();
    }

    private static async Task<IResult> FetchByFormAsync(Guid order, HttpContext context, TransferStore transfers, CancellationToken stop) =>
        context.Request.HasFormContentType ? Fetch(order, (await context.Request.ReadFormAsync(stop))["ticket"], transfers) : NoTicket();

    private static IResult Fetch(Guid order, string? ticket, TransferStore transfers) =>
        transfers.Enter(ticket, order) is { } found ? Results.File(found.Path, "application/octet-stream", found.FileName, enableRangeProcessing: true) : NoTicket();

    private static string? TicketOf(HttpContext context) => context.Request.Headers[Ticket];

    private static IResult Problem(TransferFault fault, HttpContext context)
    {
        if (fault.Offset is { } offset)
        {
            context.Response.Headers[Offset] = Text(offset);
        }

        return TransferWords.Problem(fault.Status, fault.Code, fault.Detail);
    }
}
