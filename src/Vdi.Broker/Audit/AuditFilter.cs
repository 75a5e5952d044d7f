using System.Globalization;

namespace Vdi.Broker.Audit;

/// <summary>Which entries are wanted.</summary>
/// <param name="Action">"session" is every "session.…", too.</param>
/// <param name="Target">"pool" is every "pool/…", too.</param>
/// <param name="From">The first instant.</param>
/// <param name="To">The first instant that is not wanted any more.</param>
internal sealed record AuditFilter(string? Who, string? Action, string? Target, DateTimeOffset? From, DateTimeOffset? To)
{
    /// <summary>Null where an instant is none.</summary>
    public static AuditFilter? TryRead(IQueryCollection query)
    {
        string? Text(string name) => query[name].ToString() is { Length: > 0 } text ? text : null;
        return TryInstant(Text("from"), out var from) && TryInstant(Text("to"), out var to) ? new AuditFilter(Text("who"), Text("action"), Text("target"), from, to) : null;
    }

    public IQueryable<AuditEntry> Of(IQueryable<AuditEntry> all)
    {
        all = Who is { } who ? all.Where(entry => entry.Who == who) : all;
        all = Action is { } action ? all.Where(entry => entry.Action == action || entry.Action.StartsWith(action + ".")) : all;
        all = Target is { } target ? all.Where(entry => entry.Target == target || entry.Target.StartsWith(target + "/")) : all;
        all = From is { } from ? all.Where(entry => entry.At >= from) : all;
        return To is { } to ? all.Where(entry => entry.At < to) : all;
    }

    private static bool TryInstant(string? text, out DateTimeOffset? instant)
    {
        instant = null;
        if (text is null)
        {
            return true;
        }

        var good = DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var parsed);
        instant = good ? parsed : null;
        return good;
    }
}
