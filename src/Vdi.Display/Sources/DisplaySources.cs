using System.Net.Sockets;
using Vdi.Display.Recording;
using Vdi.Protocol.UnixSockets;

namespace Vdi.Display.Sources;

/// <summary>The one place that chooses a source.</summary>
public static class DisplaySources
{
    /// <summary>A source over a machine's line, which it owns from then on.</summary>
    /// <param name="second">The machine's second monitor, where it has one: it goes over the same line.</param>
    public static IDisplaySource Over(DisplayLine line, TimeProvider time, SecondHead? second = null) => line.Protocol switch
    {
        DisplayProtocol.Rfb => new RfbSource(line.Socket, time, line.Entered),
        DisplayProtocol.Trace => new ReplaySource(new NetworkStream(line.Socket, ownsSocket: true), time) { Stays = false },
        DisplayProtocol.DBus => new DBusSource(line.Socket, time, second, line.Point),
        _ => throw new ArgumentOutOfRangeException(nameof(line)),
    };
}
