namespace Vdi.Broker.Api;

/// <summary>One thing that is wrong with an edit. All of them are told at once.</summary>
/// <param name="Field">Path of the field in the request, in camelCase: "policy.warm.count".</param>
/// <param name="Code">Stable, for translation; see docs/specs/api.md.</param>
/// <param name="Detail">An English sentence that says what to do.</param>
/// <param name="Values">What the translated sentence names, by name.</param>
public sealed record Fault(string Field, string Code, string Detail, IReadOnlyDictionary<string, object?>? Values = null);

/// <summary>Collects what is wrong with an edit.</summary>
internal sealed class Faults
{
    private readonly List<Fault> _all = [];

    public IReadOnlyList<Fault> All => _all;

    public bool Any => _all.Count > 0;

    public void Add(string field, string code, string detail, params (string Name, object? Value)[] values) =>
        _all.Add(new Fault(field, code, detail, values.Length == 0 ? null : values.ToDictionary(value => value.Name, value => value.Value)));

    public void AddRange(IEnumerable<Fault> faults) => _all.AddRange(faults);

    /// <summary>Text of any script, trimmed, without control characters, of at least one and at most <paramref name="most"/> characters.</summary>
    /// <param name="empty">Whether it may be missing.</param>
    /// <param name="lines">Whether it may have several lines.</param>
    public void DemandText(string field, string? text, int most, bool empty = false, bool lines = false)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            if (!empty)
            {
                Add(field, "missing", $"'{field}' is missing: give it some text.");
            }
        }
        else if (text.Length > most)
        {
            Add(field, "too-long", $"'{field}' has {text.Length} characters; {most} are the most.", ("length", text.Length), ("most", most));
        }
        else if (text.Any(c => char.IsControl(c) && !(lines && c == '\n')))
        {
            Add(field, "control-characters", $"'{field}' contains control characters: remove them.");
        }
    }

    public void DemandRange(string field, double? value, double least, double most)
    {
        if (value is { } given && !(given >= least && given <= most))
        {
            Add(field, "out-of-range", $"'{field}' is {given}; it is from {least} to {most}.", ("value", given), ("least", least), ("most", most));
        }
    }

    /// <summary>Lower-case letters, digits and hyphens, as in addresses.</summary>
    public void DemandName(string field, string? name)
    {
        if (name is not { Length: > 0 and <= 64 } || !name.All(c => c is >= 'a' and <= 'z' or >= '0' and <= '9' or '-') || name[0] == '-')
        {
            Add(field, "bad-name", $"'{field}' is lower-case letters, digits and hyphens, begins with no hyphen and has at most 64 of them.");
        }
    }

    public void DemandTags(string field, IReadOnlyList<string>? tags)
    {
        if (tags is { Count: > 32 })
        {
            Add(field, "too-many", $"'{field}' has {tags.Count} tags; 32 are the most.", ("count", tags.Count), ("most", 32));
        }

        foreach (var (tag, i) in (tags ?? []).Select((tag, i) => (tag, i)))
        {
            DemandText($"{field}[{i}]", tag, 64);
        }
    }
}
