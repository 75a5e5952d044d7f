using System.Globalization;
using Vdi.Broker.Api;
using Vdi.Broker.Pools;

namespace Vdi.Broker.Images;

/// <summary>What becomes of an image's versions by themselves: how they are checked, when they are updated, how many are kept.</summary>
public sealed class ImagePolicy : IEdited
{
    public required string Image { get; set; }

    /// <summary>Versions that are kept beside those that something uses; null for all.</summary>
    public int? Keep { get; set; }

    /// <summary>What a new version is tested with beside its start; null for nothing.</summary>
    public string? CheckScript { get; set; }

    /// <summary>When the image is updated; null for never.</summary>
    public UpdateWindow? Update { get; set; }

    /// <summary>When the last update was begun, so that each window has one.</summary>
    public DateTimeOffset? Updated { get; set; }

    public long Version { get; set; }
}

/// <summary>Hours of the week in which an image is updated, once each time they come.</summary>
/// <param name="TimeZone">IANA name of the zone that the hours mean.</param>
public sealed record UpdateWindow(WeekHours Hours, string TimeZone = "UTC")
{
    /// <summary>When the hours began that it is now; null outside of them.</summary>
    internal DateTimeOffset? Began(DateTimeOffset now)
    {
        var zone = TimeZoneInfo.TryFindSystemTimeZoneById(TimeZone, out var found) ? found : TimeZoneInfo.Utc;
        var local = TimeZoneInfo.ConvertTime(now, zone).DateTime;
        if (!Hours.Holds(local))
        {
            return null;
        }

        // Hours that go on past midnight began the day before.
        var today = local.Date + Hours.From.ToTimeSpan();
        var began = today <= local && Hours.Days.Contains(local.DayOfWeek) ? today : today.AddDays(-1);
        return new DateTimeOffset(began, zone.GetUtcOffset(began));
    }

    internal void Check(Faults faults, string field)
    {
        Hours.Check(faults, $"{field}.hours");
        if (Hours.Days.Any(day => !Enum.IsDefined(day)))
        {
            faults.Add($"{field}.hours.days", "unknown-value", $"'{field}.hours.days' names days of the week: monday, say.", ("value", string.Join(", ", Hours.Days.Select(day => Convert.ToString(day, CultureInfo.InvariantCulture)))));
        }

        if (!TimeZoneInfo.TryFindSystemTimeZoneById(TimeZone, out _))
        {
            faults.Add($"{field}.timeZone", "unknown-time-zone", $"'{TimeZone}' is no time zone: write Asia/Seoul, Europe/Berlin or UTC.", ("timeZone", TimeZone));
        }
    }
}
