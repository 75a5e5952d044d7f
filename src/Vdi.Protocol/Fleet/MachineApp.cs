namespace Vdi.Protocol.Fleet;

/// <summary>The one program that a machine shows, instead of a desktop. Two are the same where they say the same.</summary>
/// <param name="Command">A program of the guest: a path, or a name that is looked for where programs are.</param>
/// <param name="Arguments">Given to it one by one; no shell sees them.</param>
/// <param name="Folder">Where it works; null for the person's home.</param>
/// <param name="Open">Whether machines are forked with it open already, from a template of its own; else it is started in each.</param>
public sealed record MachineApp(string Command, IReadOnlyList<string> Arguments, string? Folder = null, bool Open = true)
{
    public bool Equals(MachineApp? other) =>
        other is not null && (Command, Folder, Open) == (other.Command, other.Folder, other.Open) && Arguments.SequenceEqual(other.Arguments);

    public override int GetHashCode() => HashCode.Combine(Command, Folder, Open, Arguments.Count);
}

/// <summary>Broker to host: what applications are in an image?</summary>
public sealed record AskApps(Guid Ask, string Image, string? Version) : FleetMessage;

/// <summary>Host to broker: those that an image has, or why that cannot be said.</summary>
public sealed record AppsAnswer(Guid Ask, IReadOnlyList<FoundApp>? Apps, string? Refusal) : FleetMessage;

/// <summary>An application as an image describes it (Desktop Entry Specification 1.5). All of it comes from the image.</summary>
/// <param name="Entry">The name of its file, without .desktop.</param>
/// <param name="Icon">A PNG; null for none.</param>
/// <param name="Terminal">Whether it runs in a terminal, and has no window of its own.</param>
public sealed record FoundApp(string Entry, string Name, string Comment, string Command, IReadOnlyList<string> Arguments, string? Folder, IReadOnlyList<string> Categories, IReadOnlyList<string> FileTypes, byte[]? Icon, bool Terminal);

/// <summary>Something to start once in a machine that shows an application: in its place, or beside it.</summary>
public sealed record AppRun(Guid Id, MachineApp App, bool Instead);

public enum AppOverKind
{
    /// <summary>Its person closed its last window.</summary>
    Closed,

    /// <summary>It ended badly, or could not be started.</summary>
    Failed,

    /// <summary>It runs, but has no window.</summary>
    NoWindow,
}

/// <summary>How an application ended.</summary>
/// <param name="How">For people.</param>
/// <param name="Output">The last that it said; it comes from the guest.</param>
public sealed record AppOver(AppOverKind Kind, string How, string Output = "");
