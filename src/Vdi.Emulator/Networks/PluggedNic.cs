using System.Net;

namespace Vdi.Emulator.Networks;

/// <summary>The network card of a machine. <paramref name="Address"/> is what DHCP will give it; null in an isolated network, where
/// QEMU itself gives one that means nothing.</summary>
public sealed record PluggedNic(string Mac, IPAddress? Address);
