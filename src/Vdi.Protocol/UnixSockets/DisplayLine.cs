using System.Net.Sockets;
using System.Text.Json.Serialization;

namespace Vdi.Protocol.UnixSockets;

/// <summary>What is spoken on the line to a machine's display.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DisplayProtocol>))]
public enum DisplayProtocol
{
    /// <summary>Remote Framebuffer 3.8: any VNC server, and machines of versions before there was the other.</summary>
    Rfb = 0,

    /// <summary>QEMU's D-Bus display, peer to peer.</summary>
    DBus = 1,

    /// <summary>A recorded screen, as it is in its file: a machine that only shows what another one showed.</summary>
    Trace = 2,
}

/// <summary>A private line to a machine's screen, keyboard and pointer; whoever takes it closes it.</summary>
/// <param name="Entered">Whether the peer, a foreign RFB server, let us in already: version and security are agreed on.</param>
public readonly record struct DisplayLine(DisplayProtocol Protocol, Socket Socket, bool Entered = false)
{
    /// <summary>How far <see cref="Point"/> counts, less one.</summary>
    public const int PointRange = 0x8000;

    /// <summary>Puts the pointer at a place of all that the machine's monitors show together, counted from the left and from the top, each to
    /// <see cref="PointRange"/>; null where there is no way but that of the line, which knows places of one monitor.</summary>
    public Func<int, int, CancellationToken, Task>? Point { get; init; }
}
