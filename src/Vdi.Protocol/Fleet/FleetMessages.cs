using System.Text.Json.Serialization;
using Vdi.Protocol.Wire;

namespace Vdi.Protocol.Fleet;

/// <summary>What broker and host say to each other. Level-triggered: the broker repeats the whole of what it desires, the host
/// the whole of what there is, so that a lost message heals with the next.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(DesiredState), "desired")]
[JsonDerivedType(typeof(Admit), "admit")]
[JsonDerivedType(typeof(Revoke), "revoke")]
[JsonDerivedType(typeof(RevokeUser), "revokeUser")]
[JsonDerivedType(typeof(Tell), "tell")]
[JsonDerivedType(typeof(ActualState), "actual")]
[JsonDerivedType(typeof(Admitted), "admitted")]
[JsonDerivedType(typeof(SessionReport), "session")]
[JsonDerivedType(typeof(ClipboardUsed), "clipboard")]
[JsonDerivedType(typeof(FileMoved), "file")]
[JsonDerivedType(typeof(AdmitUpload), "admitUpload")]
[JsonDerivedType(typeof(AdmitDownload), "admitDownload")]
[JsonDerivedType(typeof(AdmittedFile), "admittedFile")]
[JsonDerivedType(typeof(AskHome), "askHome")]
[JsonDerivedType(typeof(HomeAnswer), "home")]
[JsonDerivedType(typeof(HomeReport), "homeReport")]
[JsonDerivedType(typeof(RunInApp), "runInApp")]
[JsonDerivedType(typeof(AskApps), "askApps")]
[JsonDerivedType(typeof(AppsAnswer), "apps")]
public abstract record FleetMessage;

/// <summary>Broker to host: every machine this host shall have, and the work on images it shall do. A machine that is not listed shall not be.
/// <paramref name="Uploads"/> are the files that somebody still sends or may use: another one that is older than a minute may go; null where
/// the broker does not say.</summary>
public sealed record DesiredState(
    IReadOnlyList<DesiredMachine> Machines,
    IReadOnlyList<DesiredEdit>? Edits = null,
    IReadOnlyList<ImageOrder>? Orders = null,
    IReadOnlyList<Guid>? Uploads = null) : FleetMessage;

/// <summary>One machine to have: forked from a template of <paramref name="Image"/>, of its newest version where <paramref name="Version"/> is null. A
/// grown <paramref name="Epoch"/> voids every command with an older one. <paramref name="Create"/> is false once it was Ready: a machine that was lost is
/// never silently made again. <paramref name="Size"/> is that of a machine still to be made; null for the image's.
/// <paramref name="Suspend"/> says that it shall sleep: its state saved, its memory free. Once it is false again, it shall be woken.
/// With <paramref name="App"/> it shows that, and no desktop.
/// With <paramref name="Screen"/> it is no machine of the host's but somebody else's screen, that the host connects to.</summary>
public sealed record DesiredMachine(Guid Machine, string Image, long Epoch, bool Create, PoolNetwork Network, string? Version = null, MachineSize? Size = null, bool Suspend = false, ScreenAddress? Screen = null, MachineApp? App = null);

/// <summary>Broker to host: whoever shows the secret behind this SHA-256 <paramref name="TicketHash"/> (hex) before
/// <paramref name="Expires"/> may come to this machine with these rights, once: to the monitor <paramref name="Head"/>, of which 0 is the first. The machine gets the
/// person's <paramref name="Home"/>, where one is named, and starts what is to be <paramref name="Run"/> in it.</summary>
public sealed record Admit(string TicketHash, Guid Session, Guid Machine, long Epoch, string User, string Title, Rights Rights, DateTimeOffset Expires, SessionLimits? Limits = null, PersonSettings? Person = null, MachineHome? Home = null, int Head = 0, AppRun? Run = null) : FleetMessage;

/// <summary>Broker to host: starts something once in the machine of a session.</summary>
public sealed record RunInApp(Guid Session, Guid Machine, AppRun Run) : FleetMessage;

/// <summary>How a person wants a machine to be, as their browser says.</summary>
/// <param name="Name">What people call them.</param>
/// <param name="Language">BCP 47; null where it is not known.</param>
/// <param name="TimeZone">IANA; null where it is not known.</param>
/// <param name="Layout">Of their keyboard, as XKB calls it; null to leave the machine's.</param>
public sealed record PersonSettings(string Name, string? Language, string? TimeZone, string? Layout);

/// <summary>What a session may do at its host, by its pool's policy; null for the host's own defaults.</summary>
/// <param name="ReconnectSeconds">Whoever lost the line comes back within so long without a new ticket.</param>
/// <param name="MaxMegabits">What its line may be used for, in Mbit/s.</param>
/// <param name="ClipboardKiB">How large what is copied may be, in either direction.</param>
/// <param name="FilesMiB">How large a file may be, in either direction.</param>
public sealed record SessionLimits(int? ReconnectSeconds, double? MaxMegabits, int? ClipboardKiB = null, long? FilesMiB = null);

/// <summary>Broker to host: words for whoever looks at this session.</summary>
public sealed record Tell(Guid Session, NoticeKind Kind, int Seconds, string Text) : FleetMessage;

/// <summary>Broker to host: nobody may see this session any longer.</summary>
public sealed record Revoke(Guid Session, ByeReason Reason, string Text) : FleetMessage;

/// <summary>Broker to host: nobody may see any session of this user any longer without a new ticket. Names no session, so that it can
/// be said while the database is away.</summary>
public sealed record RevokeUser(string User, ByeReason Reason, string Text) : FleetMessage;

/// <summary>Host to broker: the host, its images, every machine it has and the sessions that somebody is looking at.
/// <paramref name="Problem"/> says, for people, why it can make no further machine now; null where it can. <paramref name="Versions"/> are all that it has
/// of its images, <paramref name="Idle"/> the sessions at which somebody looks and types nothing, with the seconds since the last key or pointer.</summary>
public sealed record ActualState(
    string Host,
    string Accelerator,
    IReadOnlyList<string> Images,
    string? Problem,
    IReadOnlyList<ActualMachine> Machines,
    IReadOnlyList<Guid> Viewed,
    IReadOnlyList<HostImage>? Versions = null,
    IReadOnlyDictionary<Guid, int>? Idle = null,
    HostWorkshop? Workshop = null) : FleetMessage;

/// <summary>What a host has to make images with, and the work that is under way or was done; null where it makes none.</summary>
public sealed record HostWorkshop(IReadOnlyList<HostRecipe> Recipes, IReadOnlyList<HostMedium> Media, IReadOnlyList<HostUpload> Uploads, IReadOnlyList<ActualEdit> Edits, IReadOnlyList<ImageJob> Jobs);

public enum MachineState
{
    Requested,
    Forking,
    Booting,
    Ready,
    Assigned,
    Recycling,
    Gone,
    Failed,

    /// <summary>It sleeps, or is about to, as its reason says.</summary>
    Suspended,

    /// <summary>It is being woken, and will be ready as it was before.</summary>
    Waking,

    /// <summary>It is switched off, and keeps its disk.</summary>
    Stopped,
}

/// <summary>One machine as it is. <paramref name="Reason"/> says what it waits for or why it failed, for people; <paramref name="Version"/> is that of its
/// image, where it was forked by this process. <paramref name="AppOver"/> says that the application that it shows is over, and how.</summary>
public sealed record ActualMachine(Guid Machine, long Epoch, MachineState State, string Reason, double? ForkMilliseconds, double? AgentMilliseconds, string? Version = null, AppOver? AppOver = null)
{
    /// <summary>The reason of one that waits for nothing. Brokers go by these words.</summary>
    public const string ReadyReason = "is ready";

    /// <summary>The same of one that slept before.</summary>
    public const string WokenReason = "was woken and is ready";
}

/// <summary>Host to broker: the answer to <see cref="Admit"/>; <paramref name="Refusal"/> is null where it was accepted.</summary>
public sealed record Admitted(string TicketHash, Guid Session, string? Refusal) : FleetMessage;

public enum ViewState
{
    Connected,
    FirstFrame,
    Disconnected,
}

/// <summary>Host to broker: somebody opened or left the screen of a session.</summary>
public sealed record SessionReport(Guid Session, Guid Machine, long Epoch, ViewState State) : FleetMessage;

/// <summary>Host to broker: something was copied into or out of the machine of a session; never what.</summary>
public sealed record ClipboardUsed(Guid Session, bool ToGuest, ClipboardKind Kind, long Bytes) : FleetMessage;

/// <summary>A file went from a person's computer into their machine, or the other way.</summary>
public sealed record FileMoved(Guid Session, bool ToGuest, string Name, long Bytes) : FleetMessage;
