using Vdi.Broker.Api;

namespace Vdi.Broker.Site;

/// <summary>What is noted while a site file is written into the database.</summary>
/// <param name="shape">What did not fit the documents; what else would be said of the same fields is not.</param>
internal sealed class SiteNotes(Faults shape)
{
    private readonly HashSet<string> _misshapen = [.. shape.All.Select(fault => fault.Field)];

    public Faults Faults { get; } = Copy(shape);

    /// <summary>What came out of the recycle bin: "pool x".</summary>
    public HashSet<string> Restored { get; } = [];

    /// <summary>What the file names: "pool x".</summary>
    public HashSet<string> Named { get; } = [];

    /// <summary>Groups that the file names, by name.</summary>
    public Dictionary<string, Users.Group> Groups { get; } = [];

    /// <summary>People whom the file names, by name there.</summary>
    public Dictionary<string, Users.User> People { get; } = [];

    /// <summary>User names of those who were made.</summary>
    public List<string> Made { get; } = [];

    /// <summary>User names of those who may not sign in any more.</summary>
    public List<string> Disabled { get; } = [];

    /// <summary>Notes what is wrong with one thing.</summary>
    public void Note(string path, Faults found) => Faults.AddRange(found.All.Select(fault => fault with { Field = $"{path}.{fault.Field}" }).Where(fault => !_misshapen.Contains(fault.Field)));

    public void Restore(string thing, bool deleted)
    {
        if (deleted)
        {
            Restored.Add(thing);
        }
    }

    private static Faults Copy(Faults shape)
    {
        var faults = new Faults();
        faults.AddRange(shape.All);
        return faults;
    }
}
