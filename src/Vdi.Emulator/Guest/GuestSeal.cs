using System.Text.Json.Nodes;
using Vdi.Emulator.Machines;
using Vdi.Protocol.Fleet;

namespace Vdi.Emulator.Guest;

/// <summary>Takes out of a guest what the machines of an image must not share, before it becomes one.</summary>
internal static class GuestSeal
{
    private const long MaxKernel = 256L << 20;
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);

    /// <summary>Host keys, ids and seeds are made anew where they are missing (ssh-keygen(1) -A, machine-id(5), systemd-random-seed(8)); the rest is what
    /// a session leaves behind. What a system has not is passed over. Last, what is free is given back to the disk's file.</summary>
    private const string Linux = """
        rm -f /etc/ssh/ssh_host_*_key /etc/ssh/ssh_host_*_key.pub
        [ ! -e /etc/machine-id ] || : >/etc/machine-id
        [ -L /var/lib/dbus/machine-id ] || rm -f /var/lib/dbus/machine-id
        rm -f /var/lib/systemd/random-seed /var/lib/dhcp/*.leases /var/lib/NetworkManager/*.lease /var/lib/NetworkManager/secret_key
        if command -v cloud-init >/dev/null; then cloud-init clean --logs >/dev/null 2>&1; fi
        if command -v apt-get >/dev/null; then apt-get clean; rm -rf /var/lib/apt/lists/*; fi
        if command -v dnf >/dev/null; then dnf -q clean all; fi
        rm -rf /var/log/journal/* /var/crash/* /var/tmp/*
        find /var/log -type f -exec truncate -s 0 {} + 2>/dev/null
        rm -f /root/.bash_history /home/*/.bash_history
        sync
        fstrim / 2>/dev/null
        exit 0
        """;

    /// <summary>The newest kernel that has its initrd and its modules; nothing where /boot has none.</summary>
    private const string NewestKernel = """
        for k in $(ls /boot/vmlinuz-* 2>/dev/null | sort -rV); do
          v=${k#/boot/vmlinuz-}
          if [ -s "/boot/initrd.img-$v" ] && [ -d "/lib/modules/$v" ]; then echo "$v"; exit 0; fi
        done
        """;

    /// <summary>Generalises the guest, which is only to be shut down afterwards.</summary>
    /// <returns>Whether it shuts itself down.</returns>
    public static async Task<bool> RunAsync(GuestAgentClient agent, GuestSystem system, CancellationToken stop)
    {
        if (system == GuestSystem.Windows)
        {
            // Does not answer: it switches the machine off (Microsoft, "Sysprep command-line options").
            await agent.CallAsync(
                "guest-exec",
                new JsonObject { ["path"] = @"C:\Windows\System32\Sysprep\sysprep.exe", ["arg"] = new JsonArray("/generalize", "/oobe", "/shutdown", "/quiet", "/mode:vm") },
                stop);
            return true;
        }

        var (code, _, errors) = await agent.RunAsync("/bin/sh", ["-c", Linux], Deadline, stop);
        return code == 0 ? false : throw new MachineException($"The guest could not be generalised ({code}): {PeerText.Head(errors)}");
    }

    /// <summary>Copies the kernel that the guest would start by itself into <paramref name="folder"/>, where it brought one: an image that starts
    /// without firmware has it outside of its disk.</summary>
    /// <returns>Kernel and initrd; null where the guest has none in its /boot.</returns>
    public static async Task<(string Kernel, string Initrd)?> KernelAsync(GuestAgentClient agent, string folder, CancellationToken stop)
    {
        var (_, output, _) = await agent.RunAsync("/bin/sh", ["-c", NewestKernel], Deadline, stop);
        var version = output.Trim();
        if (version.Length is 0 or > 100 || !version.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '+' or '_'))
        {
            return null;
        }

        var (kernel, initrd) = (Path.Combine(folder, "vmlinuz"), Path.Combine(folder, "initrd"));
        await GuestFile.CopyAsync(agent, $"/boot/vmlinuz-{version}", kernel, MaxKernel, stop);
        await GuestFile.CopyAsync(agent, $"/boot/initrd.img-{version}", initrd, MaxKernel, stop);
        return (kernel, initrd);
    }
}
