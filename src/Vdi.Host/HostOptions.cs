namespace Vdi.Host;

/// <summary>This computer as a host of machines.</summary>
public sealed class HostOptions
{
    /// <summary>The host's name in hub paths: /h/{Id}/hub/desktop.</summary>
    public string Id { get; set; } = "local";

    /// <summary>Forks that may run at the same time; more only make each other slow.</summary>
    public int ParallelForks { get; set; } = 2;

    /// <summary>From the fork until the guest agent answers.</summary>
    public TimeSpan AgentDeadline { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>From waking a suspended machine until its guest agent answers; one whose agent does not is shown without.</summary>
    public TimeSpan WakeDeadline { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long whoever opens a desktop waits for their files to be in it before they see it without; browsers wait for 4 s.</summary>
    public TimeSpan HomePatience { get; set; } = TimeSpan.FromSeconds(2.5);

    /// <summary>From the start of an application until it must have a window.</summary>
    public TimeSpan AppDeadline { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Between two attempts to wake a machine, or six between two to suspend one.</summary>
    public TimeSpan WakeAgain { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long who comes back waits for this host to take up its machines after a start.</summary>
    public TimeSpan AdoptDeadline { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>A connection that has not said Hello by then is ended; the handshake before it has 2 s.</summary>
    public TimeSpan HelloDeadline { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>Connections that have not said Hello; with more, the oldest is ended at once.</summary>
    public int MaxSilentConnections { get; set; } = 1024;

    /// <summary>Tickets of one session that are good at a time; with more, the oldest is void.</summary>
    public int MaxTicketsPerSession { get; set; } = 4;

    /// <summary>Screens that one user may have open at a time.</summary>
    public int MaxScreensPerUser { get; set; } = 8;

    /// <summary>Sessions that may look at one machine's screen at a time.</summary>
    public int MaxScreensPerMachine { get; set; } = 4;

    /// <summary>How long the windows of other monitors stay when that of the first is gone: it may be loaded anew, or its line lost.</summary>
    public TimeSpan FirstWindowReturns { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a monitor stays on at which nobody looks any more.</summary>
    public TimeSpan MonitorLingers { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>What the line of each viewer may be used for, in Mbit/s; null for as much as it takes.</summary>
    public double? MaxMegabits { get; set; }

    /// <summary>How large what is copied into or out of a machine may be, in bytes, whatever a session's policy says.</summary>
    public int MaxClipboardBytes { get; set; } = 16 << 20;

    /// <summary>Machines that may be recorded at a time.</summary>
    public int MaxRecordings { get; set; } = 4;

    /// <summary>The longest recording of a machine.</summary>
    public TimeSpan MaxRecordingTime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>The largest recording of a machine, in bytes.</summary>
    public long MaxRecordingBytes { get; set; } = 1L << 30;

    /// <summary>Until a foreign screen has answered and let us in.</summary>
    public TimeSpan ScreenDeadline { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long after it did not a foreign screen is tried again; each time longer where it answered and refused.</summary>
    public TimeSpan ScreenRetry { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Whether foreign screens may be at addresses of this computer itself and of its links.</summary>
    public bool AllowLocalScreens { get; set; }

    /// <summary>How long after the line was lost a resume secret is good.</summary>
    public TimeSpan ResumeWindow { get; set; } = TimeSpan.FromMinutes(30);
}
