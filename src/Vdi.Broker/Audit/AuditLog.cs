using System.Net;
using Microsoft.Extensions.Options;
using Vdi.Broker.Data;

namespace Vdi.Broker.Audit;

/// <summary>Where whoever changes or decides something says so. What is noted is saved with the change itself, by the same SaveChanges or in the same transaction:
/// both are there, or neither.</summary>
public sealed class AuditLog(VdiDb db, IHttpContextAccessor http, AuditWake wake, IOptions<AuditOptions> options, TimeProvider time)
{
    /// <summary>Notes what whoever asks does; where no request is at work it is the broker itself.</summary>
    /// <param name="action">"pool.edit"; see docs/specs/audit.md.</param>
    /// <param name="target">"pool/desktops".</param>
    /// <param name="before">As it was: kept as JSON without anything whose name says that it is secret.</param>
    /// <param name="after">As it became, or what was decided.</param>
    public void Note(string action, string target, object? before = null, object? after = null) => NoteAs(Who(), action, target, before, after);

    /// <summary>The same, for somebody who is only about to be known: who signs in.</summary>
    public void NoteAs(string who, string action, string target, object? before = null, object? after = null)
    {
        db.AuditPending.Add(new AuditPending
        {
            Broker = options.Value.Broker,
            At = time.GetUtcNow(),
            Who = AuditText.Line(who),
            From = From(http.HttpContext?.Connection.RemoteIpAddress),
            Action = action,
            Target = AuditText.Line(target),
            Before = AuditText.Json(before),
            After = AuditText.Json(after),
        });
        wake.Wake();
    }

    private static string From(IPAddress? address) => address is null ? "" : (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();

    private string Who() => http.HttpContext is not { } request ? options.Value.Outside
        : request.User.Identity is { IsAuthenticated: true, Name: { Length: > 0 } name } ? name
        : "anonymous";
}
