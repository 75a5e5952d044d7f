using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Vdi.Emulator.Machines;
using Vdi.Protocol.Fleet;

namespace Vdi.Emulator.Networks;

/// <summary>The network card of a machine that is suspended: it gets the same one again.</summary>
/// <param name="Address">What DHCP had given it; null where it was isolated.</param>
public sealed record HeldNic(string Mac, string? Address);

/// <summary>A network card for a QEMU to start with.</summary>
/// <param name="Tap">Null where it is isolated.</param>
internal sealed record StartingNic(string Mac, SafeFileHandle? Tap, GuestDrivers Drivers) : IDisposable
{
    public IReadOnlyList<string> Arguments =>
    [
        "-netdev", Tap is null ? "user,id=net0,restrict=on" : $"tap,id=net0,fd={QemuProcess.TapDescriptor.ToString(CultureInfo.InvariantCulture)}",
        "-device", $"{QemuArguments.NicModel(Drivers)},netdev=net0,id=nic0,bus=port0,mac={Mac}",
    ];

    public void Dispose() => Tap?.Dispose();
}
