using System.Buffers.Binary;
using Vdi.Protocol.Wire;

namespace Vdi.Protocol.VdAgent;

/// <summary>Which of X's selections a clipboard message is of (VD_AGENT_CLIPBOARD_SELECTION_*).</summary>
public enum VdAgentSelection : byte
{
    Clipboard,

    /// <summary>What is marked, and what terminals paste with Shift and Insert.</summary>
    Primary,
}

/// <summary>Messages to a guest's agent, and what those of it mean (spice-protocol, spice/vd_agent.h). Clipboard messages are of X's CLIPBOARD:
/// what is marked in a guest is not yet copied. Only to be pasted is something given as its primary selection, too.</summary>
public static class VdAgentMessages
{
    /// <summary>An agent ends a line on which a longer chunk comes (VD_AGENT_MAX_DATA_SIZE).</summary>
    public const int LargestChunk = 2048;

    /// <summary>What we can do.</summary>
    public const VdAgentCapabilities Ours = VdAgentCapabilities.MonitorsConfig | VdAgentCapabilities.ClipboardByDemand | VdAgentCapabilities.ClipboardSelection | VdAgentCapabilities.NoReleaseOnRegrab;

    private const int MostKinds = 32;
    private const int SelectionBytes = 4;

    /// <param name="request">The peer shall announce its own.</param>
    /// <param name="can">What we can.</param>
    public static byte[] Announce(bool request, VdAgentCapabilities can = Ours)
    {
        var data = new byte[8];
        BinaryPrimitives.WriteUInt32LittleEndian(data, request ? 1u : 0);
        BinaryPrimitives.WriteUInt32LittleEndian(data.AsSpan(4), (uint)can);
        return Pack(VdAgentType.AnnounceCapabilities, data);
    }

    /// <summary>We have something of these kinds to paste.</summary>
    public static byte[] Grab(VdAgentCapabilities theirs, params ReadOnlySpan<VdAgentClipboard> kinds) => Grab(theirs, VdAgentSelection.Clipboard, kinds);

    public static byte[] Grab(VdAgentCapabilities theirs, VdAgentSelection selection, params ReadOnlySpan<VdAgentClipboard> kinds)
    {
        var data = new byte[kinds.Length * 4];
        for (var i = 0; i < kinds.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(data.AsSpan(i * 4), (uint)kinds[i]);
        }

        return Pack(VdAgentType.ClipboardGrab, Selected(theirs, data, selection));
    }

    /// <summary>We want what the guest has.</summary>
    public static byte[] Request(VdAgentCapabilities theirs, VdAgentClipboard kind, VdAgentSelection selection = VdAgentSelection.Clipboard)
    {
        var data = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(data, (uint)kind);
        return Pack(VdAgentType.ClipboardRequest, Selected(theirs, data, selection));
    }

    /// <summary>What the guest asked for; <see cref="VdAgentClipboard.None"/> where it is not to be had.</summary>
    public static byte[] Content(VdAgentCapabilities theirs, VdAgentClipboard kind, ReadOnlySpan<byte> content, VdAgentSelection selection = VdAgentSelection.Clipboard)
    {
        var data = new byte[4 + content.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(data, (uint)kind);
        content.CopyTo(data.AsSpan(4));
        return Pack(VdAgentType.Clipboard, Selected(theirs, data, selection));
    }

    /// <summary>What we had to paste is gone.</summary>
    public static byte[] Release(VdAgentCapabilities theirs) => Pack(VdAgentType.ClipboardRelease, Selected(theirs, []));

    /// <summary>How large the guest's heads shall be, and where.</summary>
    public static byte[] Monitors(params ReadOnlySpan<VdAgentMonitor> monitors)
    {
        const int Each = 20;
        const uint WithPlaces = 1;
        var data = new byte[8 + (Each * monitors.Length)];
        BinaryPrimitives.WriteUInt32LittleEndian(data, (uint)monitors.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(data.AsSpan(4), WithPlaces);
        for (var i = 0; i < monitors.Length; i++)
        {
            var to = data.AsSpan(8 + (Each * i));
            BinaryPrimitives.WriteUInt32LittleEndian(to, (uint)monitors[i].Height);
            BinaryPrimitives.WriteUInt32LittleEndian(to[4..], (uint)monitors[i].Width);
            BinaryPrimitives.WriteUInt32LittleEndian(to[8..], 32);
            BinaryPrimitives.WriteInt32LittleEndian(to[12..], monitors[i].X);
            BinaryPrimitives.WriteInt32LittleEndian(to[16..], monitors[i].Y);
        }

        return Pack(VdAgentType.MonitorsConfig, data);
    }

    /// <summary>What an agent can do, and whether it wants to know what we can.</summary>
    /// <exception cref="ProtocolException">It is too short.</exception>
    public static (bool Request, VdAgentCapabilities Theirs) ReadAnnouncement(ReadOnlySpan<byte> data)
    {
        var reader = new WireReader(data, "vdagent");
        var request = reader.U32() != 0;
        return (request, reader.Remaining >= 4 ? (VdAgentCapabilities)reader.U32() : VdAgentCapabilities.None);
    }

    /// <summary>The kinds of content that the guest has to give; null where that is about another selection than the clipboard.</summary>
    /// <exception cref="ProtocolException">It is too short, or names too many.</exception>
    public static IReadOnlyList<VdAgentClipboard>? ReadGrab(ReadOnlySpan<byte> data, VdAgentCapabilities theirs)
    {
        var reader = new WireReader(data, "vdagent");
        if (!IsOfClipboard(ref reader, theirs))
        {
            return null;
        }

        if (reader.Remaining / 4 > MostKinds)
        {
            throw new ProtocolException($"vdagent: {reader.Remaining / 4} kinds of clipboard content, at most {MostKinds} are taken");
        }

        var kinds = new VdAgentClipboard[reader.Remaining / 4];
        for (var i = 0; i < kinds.Length; i++)
        {
            kinds[i] = (VdAgentClipboard)reader.U32();
        }

        return kinds;
    }

    /// <summary>The kind of content that the guest wants, and of which selection.</summary>
    /// <exception cref="ProtocolException">It is too short.</exception>
    public static (VdAgentClipboard Kind, VdAgentSelection Selection) ReadRequest(ReadOnlySpan<byte> data, VdAgentCapabilities theirs)
    {
        var reader = new WireReader(data, "vdagent");
        var selection = SelectionOf(ref reader, theirs);
        return ((VdAgentClipboard)reader.U32(), selection);
    }

    /// <summary>What the guest gives; null where that is about another selection than the clipboard.</summary>
    /// <exception cref="ProtocolException">It is too short.</exception>
    public static (VdAgentClipboard Kind, ReadOnlyMemory<byte> Content)? ReadContent(ReadOnlyMemory<byte> data, VdAgentCapabilities theirs)
    {
        var reader = new WireReader(data.Span, "vdagent");
        return IsOfClipboard(ref reader, theirs) ? ((VdAgentClipboard)reader.U32(), data[^reader.Remaining..]) : null;
    }

    /// <summary>Whether what the guest had to give and takes back is the clipboard.</summary>
    /// <exception cref="ProtocolException">It is too short.</exception>
    public static bool ReadRelease(ReadOnlySpan<byte> data, VdAgentCapabilities theirs)
    {
        var reader = new WireReader(data, "vdagent");
        return IsOfClipboard(ref reader, theirs);
    }

    private static bool IsOfClipboard(ref WireReader reader, VdAgentCapabilities theirs) => SelectionOf(ref reader, theirs) == VdAgentSelection.Clipboard;

    private static VdAgentSelection SelectionOf(ref WireReader reader, VdAgentCapabilities theirs) =>
        theirs.HasFlag(VdAgentCapabilities.ClipboardSelection) ? (VdAgentSelection)reader.Bytes(SelectionBytes)[0] : VdAgentSelection.Clipboard;

    private static byte[] Selected(VdAgentCapabilities theirs, byte[] data, VdAgentSelection selection = VdAgentSelection.Clipboard) =>
        theirs.HasFlag(VdAgentCapabilities.ClipboardSelection) ? [(byte)selection, 0, 0, 0, .. data] : data;

    /// <summary>The message in chunks that an agent takes.</summary>
    private static byte[] Pack(VdAgentType type, ReadOnlySpan<byte> data)
    {
        var message = new byte[VdAgentReader.MessageHeader + data.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(message, VdAgentReader.Version);
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(4), (uint)type);
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(16), (uint)data.Length);
        data.CopyTo(message.AsSpan(VdAgentReader.MessageHeader));
        var chunks = (message.Length + LargestChunk - 1) / LargestChunk;
        var packed = new byte[message.Length + (chunks * VdAgentReader.ChunkHeader)];
        var to = packed.AsSpan();
        for (var at = 0; at < message.Length; at += LargestChunk)
        {
            var part = message.AsSpan(at, Math.Min(LargestChunk, message.Length - at));
            BinaryPrimitives.WriteUInt32LittleEndian(to, VdAgentReader.ClientPort);
            BinaryPrimitives.WriteUInt32LittleEndian(to[4..], (uint)part.Length);
            part.CopyTo(to[VdAgentReader.ChunkHeader..]);
            to = to[(VdAgentReader.ChunkHeader + part.Length)..];
        }

        return packed;
    }
}
