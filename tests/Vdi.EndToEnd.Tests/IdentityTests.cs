using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Vdi.Emulator.Guest;
using Vdi.Emulator.Machines;
using Vdi.Protocol.Fleet;

namespace Vdi.EndToEnd.Tests;

[Collection(TinyCollection.Name)]
public sealed class IdentityTests(TinyVdi fixture)
{
    [Fact]
    public async Task Fork_has_a_name_an_id_a_clock_and_an_address_of_its_own()
    {
        await fixture.Vdi.MachineReadyAsync(600);
        var id = await fixture.Vdi.QueryAsync(db => db.Machines.Where(row => row.State == MachineState.Ready).Select(row => row.Id).FirstAsync());
        var machine = (Machine)fixture.Vdi.Host.FindMachine(id)!;

        Assert.Equal(GuestIdentity.HostName(id), await InGuestAsync(machine, "cat /proc/sys/kernel/hostname"));
        Assert.Equal(GuestIdentity.HostName(id), await InGuestAsync(machine, "cat /etc/hostname"));
        Assert.Equal(GuestIdentity.MachineId(id), await InGuestAsync(machine, "cat /etc/machine-id"));
        Assert.Equal(GuestIdentity.MachineId(id), await InGuestAsync(machine, "cat /var/lib/dbus/machine-id"));
        var asked = Now();
        var clock = double.Parse(await InGuestAsync(machine, "date +%s.%N"), CultureInfo.InvariantCulture);
        Assert.InRange(clock, asked - 3, Now() + 3);

        // The kernel noticed that it is a fork, and made its random numbers anew.
        Assert.Contains("crng reseeded due to virtual machine fork", await InGuestAsync(machine, "dmesg"), StringComparison.Ordinal);

        // New programs still may open the screen, although its cookie bore the old name.
        Assert.Contains("Keyboard Control", await InGuestAsync(machine, "runuser -u user -- env DISPLAY=:0 XAUTHORITY=/run/vdi-desktop/xauthority xset q"), StringComparison.Ordinal);

        await Vdi.TestSupport.Eventually.HoldsAsync(() => Task.FromResult(machine.Times.Address is not null), "the guest has an address", 30);
        Assert.Null(machine.Trouble);
        Assert.Contains("10.0.2.", await InGuestAsync(machine, "ip -4 -o address show"), StringComparison.Ordinal);
    }

    /// <summary>Seconds since 1970.</summary>
    private static double Now() => (TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;

    private static async Task<string> InGuestAsync(Machine machine, string command)
    {
        var (code, output, errors) = await machine.Agent!.RunAsync("/bin/sh", ["-c", command], TimeSpan.FromSeconds(20), default);
        Assert.True(code == 0, $"'{command}' ended with {code}: {errors}");
        return output.Trim();
    }
}
