using System.Text.Json;
using System.Text.Json.Serialization;
using Vdi.Broker.Api;
using Vdi.Broker.Homes;
using Vdi.Protocol.Wire;

namespace Vdi.Broker.Pools;

/// <summary>What becomes of a pool's sessions and machines, and when: all of it in one place, each with a sensible default. A value, replaced as a
/// whole, stored as JSON.</summary>
public sealed record PoolPolicy
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },

        // But for what null says something else than the default.
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public static PoolPolicy Default { get; } = new();

    /// <summary>Whoever lost the line within so long has the same picture again without signing in.</summary>
    public int ReconnectSeconds { get; init; } = 180;

    /// <summary>From leaving to being logged off; 0 for at once, null for never.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public double? LogOffAfterMinutes { get; init; } = 30;

    /// <summary>Without key or pointer for so long: first a warning, then the line is closed; null for never.</summary>
    public double? IdleMinutes { get; init; }

    /// <summary>From the warning to the end of the line.</summary>
    public int IdleWarnSeconds { get; init; } = 120;

    /// <summary>Longest session, with a warning before its end; null for as long as one likes.</summary>
    public double? LongestHours { get; init; }

    /// <summary>Sessions that one person may have in the pool at a time.</summary>
    public int SessionsPerUser { get; init; } = 1;

    /// <summary>Machines that are ready for the next who come.</summary>
    public WarmPolicy Warm { get; init; } = new();

    /// <summary>At least so many machines, whoever uses them.</summary>
    public int Minimum { get; init; }

    /// <summary>At most so many machines.</summary>
    public int Maximum { get; init; } = 8;

    /// <summary>Machines that nobody has had yet and that are kept asleep, their state saved and their memory free: woken in seconds when no machine
    /// is ready for somebody who comes. They count towards <see cref="Maximum"/>.</summary>
    public int Suspended { get; init; }

    /// <summary>A personal desktop of a dedicated pool that nobody has used for so long is put to sleep, and wakes at its person's next launch; null for
    /// never.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public int? StopUnusedMinutes { get; init; } = 60;

    /// <summary>When the pool is open; always where there are none.</summary>
    public IReadOnlyList<WeekHours> Open { get; init; } = [];

    /// <summary>IANA name of the time zone that hours and schedules mean.</summary>
    public string TimeZone { get; init; } = "UTC";

    /// <summary>What happens to the machine at log-off; null for what the pool's kind usually does: floating ones destroy it, dedicated ones keep it.</summary>
    public AtLogOff? AtLogOff { get; init; }

    /// <summary>What each person's line may be used for, in Mbit/s; null for as much as it takes.</summary>
    public double? MaxMegabits { get; init; }

    /// <summary>What may be copied between people and their machines; null for what is usual: both ways, 8 MiB.</summary>
    public ClipboardPolicy? Clipboard { get; init; }

    /// <summary>Which files may go between people's computers and their machines; null for what is usual: both ways, 4 GiB each.</summary>
    public FilesPolicy? Files { get; init; }

    /// <summary>Whether people's own files are in whatever machine they get, and how; null for not.</summary>
    public HomePolicy? Home { get; init; }

    /// <summary>How a new image version reaches the machines.</summary>
    public RollOutPolicy RollOut { get; init; } = new();

    /// <summary>Everything that is wrong with it, at once.</summary>
    internal void Check(Faults faults, string field, PoolKind kind)
    {
        faults.DemandRange($"{field}.reconnectSeconds", ReconnectSeconds, 0, 24 * 3600);
        faults.DemandRange($"{field}.logOffAfterMinutes", LogOffAfterMinutes, 0, 60 * 24 * 30);
        faults.DemandRange($"{field}.idleMinutes", IdleMinutes, 0.01, 60 * 24);
        faults.DemandRange($"{field}.idleWarnSeconds", IdleWarnSeconds, 10, 3600);
        if (IdleMinutes * 60 <= IdleWarnSeconds)
        {
            faults.Add($"{field}.idleWarnSeconds", "longer-than-idle", $"The warning comes {IdleWarnSeconds} s before the end of {IdleMinutes} idle minutes: make it shorter, or the idle time longer.", ("warn", IdleWarnSeconds), ("idle", IdleMinutes));
        }

        faults.DemandRange($"{field}.longestHours", LongestHours, 0.01, 24 * 365);
        faults.DemandRange($"{field}.sessionsPerUser", SessionsPerUser, 1, 20);
        faults.DemandRange($"{field}.maximum", Maximum, 0, 100_000);
        faults.DemandRange($"{field}.minimum", Minimum, 0, 100_000);
        faults.DemandRange($"{field}.suspended", Suspended, 0, 10_000);
        faults.DemandRange($"{field}.stopUnusedMinutes", StopUnusedMinutes, 1, 60 * 24 * 30);
        faults.DemandRange($"{field}.maxMegabits", MaxMegabits, 0.1, 100_000);
        if (Minimum > Maximum)
        {
            faults.Add($"{field}.minimum", "minimum-over-maximum", $"The minimum of {Minimum} machines is more than the maximum of {Maximum}.", ("minimum", Minimum), ("maximum", Maximum));
        }

        if (AtLogOff == Pools.AtLogOff.Keep && kind != PoolKind.Dedicated)
        {
            faults.Add($"{field}.atLogOff", "keep-needs-dedicated", "Only a dedicated pool keeps people's machines: make it one, or let machines be destroyed at log-off.");
        }

        Clipboard?.Check(faults, $"{field}.clipboard");
        Files?.Check(faults, $"{field}.files");
        Home?.Check(faults, $"{field}.home", kind);
        Warm.Check(faults, $"{field}.warm", Maximum);
        RollOut.Check(faults, $"{field}.rollOut");
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(TimeZone, out _))
        {
            faults.Add($"{field}.timeZone", "unknown-time-zone", $"'{TimeZone}' is no time zone: write Asia/Seoul, Europe/Berlin or UTC.", ("timeZone", TimeZone));
        }

        for (var i = 0; i < Open.Count; i++)
        {
            Open[i].Check(faults, $"{field}.open[{i}]");
        }
    }

    /// <summary>The time in the pool's own zone.</summary>
    internal DateTime LocalTime(DateTimeOffset now) =>
        TimeZoneInfo.ConvertTime(now, TimeZoneInfo.TryFindSystemTimeZoneById(TimeZone, out var zone) ? zone : TimeZoneInfo.Utc).DateTime;

    /// <summary>Whether the pool is open at an instant.</summary>
    internal bool IsOpen(DateTimeOffset now) => Open.Count == 0 || LocalTime(now) is var local && Open.Any(hours => hours.Holds(local));

    // Two are the same where they say the same: EF Core finds changes so.
    public bool Equals(PoolPolicy? other) => other is not null && ToJson() == other.ToJson();

    public override int GetHashCode() => ToJson().GetHashCode(StringComparison.Ordinal);

    internal string ToJson() => JsonSerializer.Serialize(this, Json);

    internal static PoolPolicy FromJson(string json) => JsonSerializer.Deserialize<PoolPolicy>(json, Json) ?? Default;
}

public enum AtLogOff
{
    /// <summary>The machine is destroyed, and the next person gets one that nobody has touched.</summary>
    Destroy,

    /// <summary>A personal desktop stays its person's.</summary>
    Keep,
}

/// <summary>What may be copied, and which way; how much and of what kind is audited, never what.</summary>
public sealed record ClipboardPolicy
{
    internal static ClipboardPolicy Usual { get; } = new();

    /// <summary>From the person into the machine.</summary>
    public bool In { get; init; } = true;

    /// <summary>From the machine to the person.</summary>
    public bool Out { get; init; } = true;

    /// <summary>How large it may be.</summary>
    public int LargestKiB { get; init; } = 8 * 1024;

    internal Rights Rights => (In ? Rights.ClipboardIn : Rights.None) | (Out ? Rights.ClipboardOut : Rights.None);

    internal void Check(Faults faults, string field) => faults.DemandRange($"{field}.largestKiB", LargestKiB, 1, 16 * 1024);
}

/// <summary>Which files may be sent and fetched; names and sizes are audited.</summary>
public sealed record FilesPolicy
{
    internal static FilesPolicy Usual { get; } = new();

    /// <summary>From the person's computer into the machine.</summary>
    public bool In { get; init; } = true;

    /// <summary>From the machine to the person's computer.</summary>
    public bool Out { get; init; } = true;

    /// <summary>How large each may be.</summary>
    public int LargestMiB { get; init; } = 4 * 1024;

    internal Rights Rights => (In ? Rights.FilesUp : Rights.None) | (Out ? Rights.FilesDown : Rights.None);

    internal void Check(Faults faults, string field) => faults.DemandRange($"{field}.largestMiB", LargestMiB, 1, 1024 * 1024);
}

/// <summary>How many machines are kept ready: a count that grows by schedule, or so many as a target needs.</summary>
public sealed record WarmPolicy
{
    /// <summary>Machines ready at any time.</summary>
    public int Count { get; init; } = 2;

    /// <summary>Counts at certain hours, instead of <see cref="Count"/>.</summary>
    public IReadOnlyList<WarmHours> Schedule { get; init; } = [];

    /// <summary>A target instead of counts; null for counts.</summary>
    public WarmTarget? Target { get; init; }

    internal int At(DateTime local) => Schedule.Where(part => part.Hours.Holds(local)).Select(part => (int?)part.Count).Max() ?? Count;

    internal void Check(Faults faults, string field, int maximum)
    {
        faults.DemandRange($"{field}.count", Count, 0, maximum);
        for (var i = 0; i < Schedule.Count; i++)
        {
            faults.DemandRange($"{field}.schedule[{i}].count", Schedule[i].Count, 0, maximum);
            Schedule[i].Hours.Check(faults, $"{field}.schedule[{i}].hours");
        }

        Target?.Check(faults, $"{field}.target");
    }
}

/// <summary>So many machines ready during these hours.</summary>
public sealed record WarmHours(WeekHours Hours, int Count);

/// <summary>What an administrator promises of a pool: this share of its launches (0 to 1) takes at most so many seconds.</summary>
public sealed record WarmTarget(double Share, double Seconds)
{
    /// <summary>Nineteen of twenty launches under three seconds.</summary>
    internal static WarmTarget Usual { get; } = new(0.95, 3);

    /// <summary>All launches in time is a promise that nobody can keep.</summary>
    internal void Check(Faults faults, string field)
    {
        faults.DemandRange($"{field}.share", Share, 0.5, 0.999);
        faults.DemandRange($"{field}.seconds", Seconds, 0.5, 600);
    }
}

/// <summary>Hours of some days of the week: from "08:30" to "17:00"; to what is not later than from means into the next day.</summary>
public sealed record WeekHours(IReadOnlyList<DayOfWeek> Days, TimeOnly From, TimeOnly To)
{
    internal bool Holds(DateTime local)
    {
        var time = TimeOnly.FromDateTime(local);
        var into = To <= From;
        return (Days.Contains(local.DayOfWeek) && time >= From && (into || time < To))
            || (into && Days.Contains(local.AddDays(-1).DayOfWeek) && time < To);
    }

    internal void Check(Faults faults, string field)
    {
        if (Days.Count == 0)
        {
            faults.Add($"{field}.days", "missing", $"'{field}.days' names no day.");
        }
    }
}

/// <summary>How a new image version reaches the machines of a pool: ready ones are replaced a few at a time, sessions finish on what they have, and
/// failures stop it.</summary>
public sealed record RollOutPolicy
{
    /// <summary>Whether the pool takes every new version by itself.</summary>
    public bool Automatic { get; init; } = true;

    /// <summary>Ready machines that are replaced at a time.</summary>
    public int AtATime { get; init; } = 2;

    /// <summary>Machines of the new version that may fail before the roll-out stops.</summary>
    public int FailuresThatStop { get; init; } = 3;

    internal void Check(Faults faults, string field)
    {
        faults.DemandRange($"{field}.atATime", AtATime, 1, 1000);
        faults.DemandRange($"{field}.failuresThatStop", FailuresThatStop, 1, 1000);
    }
}
