namespace Vdi.Protocol.VdAgent;

/// <summary>What the agent of a guest and its peer say to each other (spice-protocol, spice/vd_agent.h).</summary>
public enum VdAgentType
{
    MonitorsConfig = 2,
    Reply = 3,
    Clipboard = 4,
    AnnounceCapabilities = 6,
    ClipboardGrab = 7,
    ClipboardRequest = 8,
    ClipboardRelease = 9,
    MaxClipboard = 14,
}

/// <summary>Kinds of clipboard content (spice/vd_agent.h, VD_AGENT_CLIPBOARD_*).</summary>
public enum VdAgentClipboard
{
    None = 0,
    Text = 1,
    Png = 2,
    Bmp = 3,
    Tiff = 4,
    Jpeg = 5,
}

/// <summary>What an agent can do, one bit each (spice/vd_agent.h, VD_AGENT_CAP_*).</summary>
[Flags]
public enum VdAgentCapabilities : uint
{
    None = 0,
    MonitorsConfig = 1 << 1,
    Reply = 1 << 2,
    ClipboardByDemand = 1 << 5,

    /// <summary>Clipboard messages begin with which of X's selections they are about.</summary>
    ClipboardSelection = 1 << 6,

    /// <summary>Lines of its text end with CR LF.</summary>
    GuestLineEndCrLf = 1 << 9,
    MaxClipboard = 1 << 10,

    /// <summary>A grab that follows another one takes its place without a release between them.</summary>
    NoReleaseOnRegrab = 1 << 16,
}

/// <summary>One message of a guest's agent.</summary>
/// <param name="Type">Any number that the guest likes; those of <see cref="VdAgentType"/> have a meaning here.</param>
/// <param name="Data">Null where it was longer than allowed: it was passed over, and never held.</param>
/// <param name="Length">How long it was, in bytes.</param>
public readonly record struct VdAgentMessage(VdAgentType Type, ReadOnlyMemory<byte>? Data, long Length);

/// <summary>One head of the guest, in pixels; its place among the others.</summary>
public readonly record struct VdAgentMonitor(int Width, int Height, int X, int Y);
