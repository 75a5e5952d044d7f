using System.Text.Json.Serialization;

namespace Vdi.Protocol.Fleet;

/// <summary>What of a person's home a machine gets.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<HomeMode>))]
public enum HomeMode
{
    /// <summary>The folders that hold what people make (Documents, Downloads and so on), put into the session that is open already.</summary>
    Folders,

    /// <summary>All of it: the session begins anew once it is there.</summary>
    Whole,
}

/// <summary>A person's own disk, for a machine that they were given.</summary>
/// <param name="GiB">How much it may hold; a smaller one grows.</param>
public sealed record MachineHome(Guid Home, HomeMode Mode, int GiB);

/// <summary>Why a snapshot was made.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SnapshotCause>))]
public enum SnapshotCause
{
    /// <summary>The person logged off, or their machine ended otherwise.</summary>
    LogOff,

    /// <summary>The home was about to go back to an older one.</summary>
    BeforeRestore,
}

/// <summary>A home as it was once.</summary>
/// <param name="GiB">How much it could hold.</param>
public sealed record HomeSnapshot(Guid Id, DateTimeOffset At, SnapshotCause Cause, int GiB);

/// <summary>A person's disk as it is.</summary>
/// <param name="Bytes">Of the host's disk that it takes, snapshots included.</param>
/// <param name="Machine">The machine that has it; null where none does.</param>
/// <param name="Snapshots">The newest first.</param>
public sealed record ActualHome(Guid Home, int GiB, long Bytes, Guid? Machine, IReadOnlyList<HomeSnapshot> Snapshots);

/// <summary>What a host shall do with a home.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<HomeVerb>))]
public enum HomeVerb
{
    /// <summary>Nothing but say what there is.</summary>
    Look,

    /// <summary>Go back to a snapshot; what is there now is kept as one, too.</summary>
    Restore,

    /// <summary>Delete it with all its snapshots.</summary>
    Delete,
}

/// <summary>Broker to host: something about a home, to be answered by <see cref="HomeAnswer"/>. Asked twice with the same <paramref name="Ask"/>, it is done
/// once.</summary>
/// <param name="Snapshot">The one to go back to.</param>
public sealed record AskHome(Guid Ask, Guid Home, HomeVerb Verb, Guid? Snapshot = null) : FleetMessage;

/// <summary>Host to broker: the home as it is afterwards, null where there is none; or why it was not done, for people.</summary>
public sealed record HomeAnswer(Guid Ask, ActualHome? Home, string? Refusal) : FleetMessage;

/// <summary>Host to broker: a person's home is in their machine, or could not be brought, and why.</summary>
/// <param name="Milliseconds">From being asked for until the person had it.</param>
public sealed record HomeReport(Guid Session, Guid Machine, Guid Home, double Milliseconds, string? Trouble) : FleetMessage;
