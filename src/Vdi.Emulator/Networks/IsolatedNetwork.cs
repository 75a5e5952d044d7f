using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Vdi.Emulator.Machines;
using Vdi.Protocol.Fleet;

namespace Vdi.Emulator.Networks;

/// <summary>QEMU's user network with restrict=on: the guest gets an address and reaches nothing, neither the host nor its loopback.</summary>
public static class IsolatedNetwork
{
    /// <summary>Plugs a NIC with a MAC of its own into root port 0 of a fork.</summary>
    public static async Task<string> PlugAsync(QmpClient qmp, GuestDrivers drivers, CancellationToken stop)
    {
        var mac = NewMac();
        await qmp.CallAsync("netdev_add", new JsonObject { ["type"] = "user", ["id"] = "net0", ["restrict"] = true }, stop);
        await qmp.CallAsync("device_add", new JsonObject { ["driver"] = QemuArguments.NicModel(drivers), ["netdev"] = "net0", ["id"] = "nic0", ["bus"] = "port0", ["mac"] = mac }, stop);
        return mac;
    }

    /// <summary>Locally administered unicast under QEMU's prefix.</summary>
    internal static string NewMac() => $"52:54:00:{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(3)).Insert(4, ":").Insert(2, ":")}";
}
