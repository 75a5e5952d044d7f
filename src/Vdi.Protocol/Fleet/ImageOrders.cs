using System.Text.Json.Serialization;

namespace Vdi.Protocol.Fleet;

/// <summary>Work on images that a host shall do, once: it is said until the host has answered that it is over, and the host keeps that answer
/// until the order is not said any more.</summary>
/// <param name="Cancelled">It shall be given up, and what was made of it taken back.</param>
public sealed record ImageOrder(Guid Id, ImageWork Work, bool Cancelled = false);

[JsonPolymorphic(TypeDiscriminatorPropertyName = "work")]
[JsonDerivedType(typeof(BuildImage), "build")]
[JsonDerivedType(typeof(ImportImage), "import")]
[JsonDerivedType(typeof(TestImage), "test")]
[JsonDerivedType(typeof(UpdateImage), "update")]
[JsonDerivedType(typeof(ExportImage), "export")]
[JsonDerivedType(typeof(DeleteImage), "delete")]
[JsonDerivedType(typeof(DeleteMedium), "deleteMedium")]
[JsonDerivedType(typeof(StartEdit), "startEdit")]
[JsonDerivedType(typeof(SaveCheckpoint), "saveCheckpoint")]
[JsonDerivedType(typeof(GoBack), "goBack")]
[JsonDerivedType(typeof(DropCheckpoint), "dropCheckpoint")]
[JsonDerivedType(typeof(PublishEdit), "publish")]
public abstract record ImageWork;

/// <summary>A new version from the recipe.</summary>
public sealed record BuildImage(string Recipe, string Author, string Notes) : ImageWork;

/// <summary>A version, or a medium where <paramref name="Format"/> is ISO, from a file that was uploaded.</summary>
/// <param name="Name">The image's or the medium's.</param>
/// <param name="Hardware">Null for a medium.</param>
public sealed record ImportImage(Guid Upload, string Name, MediumFormat Format, ImageHardware? Hardware, string Author, string Notes) : ImageWork;

/// <summary>Whether the version starts, is painted, answers and can be forked, and what the check script says of it.</summary>
/// <param name="Script">Run in a fork by /bin/sh, or PowerShell in Windows; it passes with exit code 0. Null for none.</param>
public sealed record TestImage(string Image, string Version, string? Script) : ImageWork;

/// <summary>A new version with its system's updates, made in an editing machine of its own.</summary>
/// <param name="Network">How it reaches the mirrors of its system.</param>
public sealed record UpdateImage(string Image, string Version, string Author, string Notes, PoolNetwork Network) : ImageWork;

/// <summary>One file with all of the version's disk, to be fetched by whoever is admitted to it.</summary>
/// <param name="Format">qcow2 or raw.</param>
public sealed record ExportImage(string Image, string Version, MediumFormat Format) : ImageWork;

public sealed record DeleteImage(string Image, string Version) : ImageWork;

public sealed record DeleteMedium(string Hash) : ImageWork;

/// <summary>Switches an editing machine on that is off.</summary>
public sealed record StartEdit(Guid Machine) : ImageWork;

/// <summary>Keeps memory and disk of an editing machine as they are, under <paramref name="Checkpoint"/>; it goes on.</summary>
public sealed record SaveCheckpoint(Guid Machine, Guid Checkpoint, string Name) : ImageWork;

/// <summary>The editing machine goes on from there; what was done since is gone, other checkpoints stay.</summary>
public sealed record GoBack(Guid Machine, Guid Checkpoint) : ImageWork;

public sealed record DropCheckpoint(Guid Machine, Guid Checkpoint) : ImageWork;

/// <summary>Shuts the editing machine down, seals its disk and makes a version of it; the editing machine is gone then.</summary>
/// <param name="Generalise">Takes away what machines must not share: by our script in Linux, by sysprep in Windows.</param>
public sealed record PublishEdit(Guid Machine, string Author, string Notes, bool Generalise) : ImageWork;

public enum JobState
{
    Waiting,
    Running,
    Done,
    Failed,
    Cancelled,
}

/// <summary>How far an order is.</summary>
/// <param name="Step">What it does or waits for; where it failed, why and what to do, for people.</param>
/// <param name="Fraction">0 to 1 of <paramref name="Step"/>; null where that is not known.</param>
/// <param name="Result">The version that was made, or the hash of the medium.</param>
public sealed record ImageJob(Guid Id, JobState State, string Step, double? Fraction = null, string? Result = null);

/// <summary>A machine in which an image is worked on. It is kept, running or off, until it is published or not desired any more.</summary>
/// <param name="Create">False once it was there: one that was lost is never silently made again.</param>
/// <param name="Version">The version that it begins from; null for an empty disk.</param>
/// <param name="Hardware">Of a machine with an empty disk; null takes the version's.</param>
/// <param name="DiskGiB">How large the disk is; null for as large as the version's.</param>
/// <param name="Media">Hashes of what is in its drives, at most three.</param>
public sealed record DesiredEdit(Guid Machine, long Epoch, bool Create, string Image, string? Version, ImageHardware? Hardware, int? DiskGiB, IReadOnlyList<string> Media, PoolNetwork Network);

/// <summary>An editing machine as it is.</summary>
/// <param name="State">Requested, Booting, Ready (its screen can be opened), Stopped, Recycling or Failed.</param>
/// <param name="At">The checkpoint that it was last at; null for its beginning.</param>
/// <param name="Bytes">Disk that it takes, checkpoints included.</param>
public sealed record ActualEdit(Guid Machine, long Epoch, MachineState State, string Reason, string Image, string? Version, IReadOnlyList<EditCheckpoint> Checkpoints, Guid? At, long Bytes);

/// <param name="After">The checkpoint that it came from; null for the beginning.</param>
public sealed record EditCheckpoint(Guid Id, string Name, DateTimeOffset At, long Bytes, Guid? After);

/// <summary>Broker to host: whoever shows the secret behind this hash may send this file, or go on with it, until then.</summary>
/// <param name="Sha256">What the whole must be, in lower-case hex; null where the sender does not know.</param>
public sealed record AdmitUpload(string TicketHash, Guid Upload, long Bytes, string? Sha256, DateTimeOffset Expires) : FleetMessage;

/// <summary>Broker to host: whoever shows the secret behind this hash may fetch what <see cref="ExportImage"/> made, until then.</summary>
public sealed record AdmitDownload(string TicketHash, Guid Order, string FileName, DateTimeOffset Expires) : FleetMessage;

/// <summary>Host to broker: the answer to both; <paramref name="Refusal"/> is null where it was accepted.</summary>
public sealed record AdmittedFile(string TicketHash, string? Refusal) : FleetMessage;
