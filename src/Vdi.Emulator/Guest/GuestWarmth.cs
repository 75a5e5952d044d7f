using Vdi.Emulator.Machines;

namespace Vdi.Emulator.Guest;

/// <summary>Has a Linux guest read, before its template is saved, what forks run first for their person: they find it in the memory that all share, instead of on a disk.</summary>
internal static class GuestWarmth
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    /// <summary>Nothing of it changes anything; what the guest does not have is passed over. xkbcomp puts a new file in the place of the one that it writes, whatever that is.</summary>
    private const string Script = """
        exec >/dev/null 2>&1 </dev/null
        cat /usr/share/X11/xkb/symbols/* /usr/share/zoneinfo/*/*
        DISPLAY=:0 XAUTHORITY=/run/vdi-desktop/xauthority setxkbmap -print | xkbcomp -w0 -xkm - /run/vdi-warmth.xkm
        rm -f /run/vdi-warmth.xkm
        runuser -u nobody -- env true
        LC_ALL=C.UTF-8 locale charmap
        for tool in usermod dbus-update-activation-environment xfconf-query mount umount findmnt mountpoint e2fsck resize2fs systemctl mkdir chown chmod cp ln date sleep sync timeout; do
          $tool --help
        done
        exit 0
        """;

    /// <summary>A guest that does not is only slower.</summary>
    public static async Task ReadAheadAsync(GuestAgentClient agent, CancellationToken stop)
    {
        try
        {
            await agent.RunAsync("/bin/sh", ["-c", Script], Deadline, stop);
        }
        catch (MachineException) when (!agent.Closed.IsCompleted)
        {
            // It was too slow for it.
        }
    }
}
