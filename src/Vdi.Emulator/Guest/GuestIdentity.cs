using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Vdi.Emulator.Machines;
using Vdi.Protocol.Fleet;

namespace Vdi.Emulator.Guest;

/// <summary>Makes a fork somebody: forks are twins of their template, and of each other, in everything that is kept in memory or on disk.</summary>
public static class GuestIdentity
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    /// <summary>$1 clock in seconds since 1970, $2 host name, $3 machine id. Every step works in any Linux guest or is skipped, and
    /// but for the clock none starts a process: under emulation each costs a tenth of a second.</summary>
    private const string Script = """
        date -s "@$1" >/dev/null || exit 1
        echo "$3" >/etc/machine-id || exit 2
        [ -L /var/lib/dbus/machine-id ] || [ ! -e /var/lib/dbus/machine-id ] || echo "$3" >/var/lib/dbus/machine-id
        echo "$2" >/etc/hostname && echo "$2" >/proc/sys/kernel/hostname || exit 3
        echo "127.0.1.1 $2" >>/etc/hosts
        set -- /etc/ssh/ssh_host_*_key
        if [ -e "$1" ]; then rm -f /etc/ssh/ssh_host_*; ssh-keygen -A >/dev/null; systemctl try-restart ssh 2>/dev/null; fi
        exit 0
        """;

    /// <summary>The name that a machine bears in its own guest and on its network.</summary>
    public static string HostName(Guid machine) => $"vdi-{machine.ToString("N")[..8]}";

    /// <summary>The machine's own machine id (machine-id(5)): 32 lower-case hexadecimal digits.</summary>
    public static string MachineId(Guid machine) => machine.ToString("N");

    /// <summary>Sets clock, host name and machine id, and renews what twins must not share (SSH host keys). Random numbers are the
    /// kernel's own business: vmgenid reseeds them. X cookies bear the host name, so images let theirs go with any name.</summary>
    internal static async Task GiveAsync(GuestAgentClient agent, GuestSystem system, Guid machine, DateTimeOffset now, CancellationToken stop)
    {
        if (system != GuestSystem.Linux)
        {
            // Windows takes another computer name only with a restart: its twins share one, as DHCP and the pools' networks allow.
            await SetClockAsync(agent, system, now, stop);
            return;
        }


        var (code, _, errors) = await agent.RunAsync("/bin/sh", ["-c", Script, "identity", Seconds(now), HostName(machine), MachineId(machine)], Deadline, stop);
        if (code != 0)
        {
            throw new MachineException($"The guest did not take its identity ({code}): {PeerText.Head(errors)}");
        }
    }

    /// <summary>Sets the clock of a guest that stood still for a while.</summary>
    internal static async Task SetClockAsync(GuestAgentClient agent, GuestSystem system, DateTimeOffset now, CancellationToken stop)
    {
        if (system != GuestSystem.Linux)
        {
            // In nanoseconds (QEMU docs/interop/qemu-ga-ref, guest-set-time).
            await agent.CallAsync("guest-set-time", new JsonObject { ["time"] = (now - DateTimeOffset.UnixEpoch).Ticks * 100 }, Deadline, stop);
            return;
        }


        var (code, _, errors) = await agent.RunAsync("/bin/date", ["-s", $"@{Seconds(now)}"], Deadline, stop);
        if (code != 0)
        {
            throw new MachineException($"The guest did not take the time ({code}): {PeerText.Head(errors)}");
        }
    }

    /// <summary>Lets an ext4 file system fill a disk that is larger than the image's, where it lies on the whole disk and the guest has the tool;
    /// any other guest sees the larger disk and does with it what it likes.</summary>
    internal static async Task FillDiskAsync(GuestAgentClient agent, CancellationToken stop)
    {
        const string Script = """
            grep -q '^/dev/vda / ext4 \|^/dev/root / ext4 ' /proc/mounts && command -v resize2fs >/dev/null || exit 0
            exec resize2fs /dev/vda
            """;
        var (code, _, errors) = await agent.RunAsync("/bin/sh", ["-c", Script], Deadline, stop);
        if (code != 0)
        {
            throw new MachineException($"The guest's file system did not take the larger disk ({code}): {PeerText.Head(errors)}");
        }
    }

    /// <summary>Waits until the guest has an IPv4 address on the NIC with <paramref name="mac"/>, and returns it as the guest says it.</summary>
    internal static async Task<string> WaitForAddressAsync(GuestAgentClient agent, string mac, TimeSpan deadline, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(deadline);
        try
        {
            while (true)
            {
                if (Find(await agent.CallAsync("guest-network-get-interfaces", null, limit.Token), mac) is { } address)
                {
                    return address;
                }

                await Task.Delay(100, limit.Token);
            }
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new MachineException($"the guest had no address within {deadline.TotalSeconds:0} s");
        }
    }

    private static string Seconds(DateTimeOffset now) => (now - DateTimeOffset.UnixEpoch).TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture);

    private static string? Find(JsonElement interfaces, string mac)
    {
        if (interfaces.ValueKind != JsonValueKind.Array)
        {
            return null;
        }

        foreach (var card in interfaces.EnumerateArray())
        {
            if (Text(card, "hardware-address") is { } hardware && hardware.Equals(mac, StringComparison.OrdinalIgnoreCase)
                && card.TryGetProperty("ip-addresses", out var addresses) && addresses.ValueKind == JsonValueKind.Array)
            {
                foreach (var address in addresses.EnumerateArray())
                {
                    if (Text(address, "ip-address-type") == "ipv4")
                    {
                        return Text(address, "ip-address");
                    }
                }
            }
        }

        return null;
    }

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
