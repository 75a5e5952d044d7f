using System.Text.RegularExpressions;
using Vdi.Broker.Api;
using Vdi.Broker.Pools;
using Vdi.Protocol.Apps;
using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Apps;

/// <summary>What a pool shows whose machines are no desktops but one application each. A value, replaced as a whole, stored as JSON.</summary>
public sealed record PublishedApp
{
    /// <summary>Bytes that the command with everything that may be given to it has, as it goes to the guest.</summary>
    private const int LongestCommand = 8 * 1024;

    /// <summary>A program of the image: a path, or a name.</summary>
    public required string Command { get; init; }

    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Where it works; null for the person's home.</summary>
    public string? Folder { get; init; }

    /// <summary>What tells it from another version of the same, for people.</summary>
    public string? Version { get; init; }

    /// <summary>What kind of application it is, for people.</summary>
    public string? Category { get; init; }

    /// <summary>Media types of the files that it opens (RFC 6838); "text/*" for all of a kind. Empty for none.</summary>
    public IReadOnlyList<string> FileTypes { get; init; } = [];

    /// <summary>What a link may say beyond its name.</summary>
    public IReadOnlyList<AppParameter> Parameters { get; init; } = [];

    /// <summary>Whether machines are forked with it open already; else it is started in each.</summary>
    public bool Open { get; init; } = true;

    /// <summary>Whether it may be opened beside what the same person has open of the same image.</summary>
    public bool Shared { get; init; }

    /// <summary>Origins whose pages may show it in a frame: "https://intranet.example".</summary>
    public IReadOnlyList<string> Embed { get; init; } = [];

    /// <summary>SHA-256 of its icon, in lower-case hex (<see cref="AppIcon"/>); null for none.</summary>
    public string? Icon { get; init; }

    /// <summary>What its machines show.</summary>
    internal MachineApp Machine => new(Command, Arguments, Folder, Open);

    /// <summary>The same with what was said for its parameters; they must have been checked.</summary>
    internal MachineApp With(IReadOnlyDictionary<string, string> values) =>
        Machine with { Arguments = [.. Arguments, .. Parameters.Where(parameter => values.ContainsKey(parameter.Name)).Select(parameter => parameter.Argument.Replace(AppParameter.Place, values[parameter.Name], StringComparison.Ordinal))] };

    /// <summary>Everything that is wrong with it, but for its icon.</summary>
    internal void Check(Faults faults, string field, PoolKind kind)
    {
        if (kind != PoolKind.Floating)
        {
            faults.Add(field, "app-needs-floating", "Only floating pools show a single application: a machine that is kept would keep it as it ended, and a foreign one is not ours to change.");
        }

        faults.DemandText($"{field}.command", Command, 1024);
        faults.DemandText($"{field}.version", Version, 32, empty: true);
        faults.DemandText($"{field}.category", Category, 64, empty: true);
        if (Folder is { Length: > 0 } && (Folder[0] is not ('/' or '~') || Folder.Length > 1024 || Folder.Any(char.IsControl)))
        {
            faults.Add($"{field}.folder", "bad-folder", $"'{field}.folder' is a path of the image such as /srv/data, or ~/Documents in the person's home.");
        }

        DemandFew(faults, $"{field}.arguments", Arguments.Count, 64);
        DemandFew(faults, $"{field}.fileTypes", FileTypes.Count, 128);
        DemandFew(faults, $"{field}.parameters", Parameters.Count, 16);
        DemandFew(faults, $"{field}.embed", Embed.Count, 16);
        if (AppLine.Words(Machine).Sum(word => AppLine.Encode(word).Length + 1) > LongestCommand)
        {
            faults.Add($"{field}.arguments", "too-long", $"The command with its arguments is longer than {LongestCommand} bytes: put them into a script of the image.", ("length", LongestCommand), ("most", LongestCommand));
        }

        foreach (var (type, i) in FileTypes.Select((type, i) => (type, i)))
        {
            if (!AppPatterns.MediaType().IsMatch(type))
            {
                faults.Add($"{field}.fileTypes[{i}]", "bad-media-type", $"'{type}' is no media type: write text/plain, or image/* for all images.", ("value", type));
            }
        }

        foreach (var (origin, i) in Embed.Select((origin, i) => (origin, i)))
        {
            if (!Uri.TryCreate(origin, UriKind.Absolute, out var uri) || uri.Scheme is not ("https" or "http") || uri.GetLeftPart(UriPartial.Authority) != origin)
            {
                faults.Add($"{field}.embed[{i}]", "bad-origin", $"'{origin}' is no origin: write https://intranet.example, without a path.", ("value", origin));
            }
        }

        for (var i = 0; i < Parameters.Count; i++)
        {
            Parameters[i].Check(faults, $"{field}.parameters[{i}]");
        }

        if (Parameters.DistinctBy(parameter => parameter.Name).Count() < Parameters.Count)
        {
            faults.Add($"{field}.parameters", "given-twice", "Two parameters have the same name: give each a name of its own.", ("name", Parameters.GroupBy(parameter => parameter.Name).First(group => group.Count() > 1).Key));
        }
    }

    /// <summary>Everything that is wrong with what a link says.</summary>
    internal Faults CheckValues(IReadOnlyDictionary<string, string> values)
    {
        var faults = new Faults();
        foreach (var (name, value) in values)
        {
            if (Parameters.FirstOrDefault(parameter => parameter.Name == name) is not { } parameter)
            {
                faults.Add($"arguments.{name}", "unknown-parameter", $"The application takes no '{name}'{(Parameters.Count > 0 ? $"; it takes {string.Join(", ", Parameters.Select(each => each.Name))}" : "")}.", ("name", name));
            }
            else if (!parameter.Takes(value))
            {
                faults.Add($"arguments.{name}", "bad-value", $"'{name}' cannot be that: {(parameter.Pattern is { } pattern ? $"it must match {pattern}" : "it is text of one line that begins with no hyphen")}, and has at most {AppParameter.Longest} characters.", ("name", name), ("pattern", parameter.Pattern));
            }
        }

        return faults;
    }

    private static void DemandFew(Faults faults, string field, int count, int most)
    {
        if (count > most)
        {
            faults.Add(field, "too-many", $"'{field}' has {count}; {most} are the most.", ("count", count), ("most", most));
        }
    }
}

/// <summary>Something that a link may say to an application, by name.</summary>
/// <param name="Name">In the link's address: lower-case letters, digits and hyphens.</param>
/// <param name="Label">For people.</param>
/// <param name="Pattern">A regular expression that the whole of it must match; null for any text of a line that begins with no hyphen.</param>
/// <param name="Argument">What the application is given, with <see cref="Place"/> where the text goes: "{value}", "--page={value}".</param>
public sealed record AppParameter(string Name, string Label, string? Pattern, string Argument)
{
    public const string Place = "{value}";
    public const int Longest = 500;

    internal void Check(Faults faults, string field)
    {
        faults.DemandName($"{field}.name", Name);
        faults.DemandText($"{field}.label", Label, 100);
        faults.DemandText($"{field}.argument", Argument, 500);
        if (Argument?.Contains(Place, StringComparison.Ordinal) is false)
        {
            faults.Add($"{field}.argument", "no-place", $"'{field}.argument' has no {Place}, where the text goes.", ("place", Place));
        }

        if (Pattern is { Length: > 0 } && Expression() is null)
        {
            faults.Add($"{field}.pattern", "bad-pattern", $"'{field}.pattern' is no regular expression that can be used here: no look-around and no back-references.", ("value", Pattern));
        }
    }

    internal bool Takes(string value) =>
        value.Length is > 0 and <= Longest && !value.Any(char.IsControl)
        && (Pattern is { Length: > 0 } ? Expression()?.IsMatch(value) is true : value[0] != '-');

    /// <summary>Never takes long, whatever it says and is given; null where it is none.</summary>
    private Regex? Expression()
    {
        try
        {
            return new Regex($"^(?:{Pattern})$", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return null;
        }
    }
}

internal static partial class AppPatterns
{
    /// <summary>RFC 6838, 4.2, or all of a kind.</summary>
    [GeneratedRegex(@"^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/(\*|[a-zA-Z0-9][a-zA-Z0-9!#$&^_.+-]{0,126})$")]
    public static partial Regex MediaType();
}
