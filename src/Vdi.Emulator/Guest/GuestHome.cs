using Vdi.Emulator.Homes;
using Vdi.Emulator.Machines;
using Vdi.Protocol.Fleet;

namespace Vdi.Emulator.Guest;

/// <summary>A person's disk in a running Linux guest: its file system is mounted where only root looks, and its folders where the person does.</summary>
internal static class GuestHome
{
    private static readonly TimeSpan BringDeadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LeaveDeadline = TimeSpan.FromSeconds(15);

    /// <summary>$1 mode, $2 the disk's serial. Programs cost an emulated guest 50 ms each, so there are few. The person's files begin with what the image's user has in the same place. A link in the place of a folder is
    /// the person's own doing, and root must not follow it.</summary>
    private const string BringScript = """
        at=/run/vdi-home
        name=
        while IFS=: read -r who x uid gid x home x; do
          [ "$uid" -lt 1000 ] || [ "$uid" -ge 60000 ] || { name=$who; break; }
        done </etc/passwd
        [ -n "$name" ] || { echo "nobody has a home here" >&2; exit 10; }
        mounted() {
          while read -r x x x x point x; do
            [ "$point" != "$1" ] || return 0
          done </proc/self/mountinfo
          return 1
        }
        if ! mounted $at; then
          dev=
          tries=0
          while [ -z "$dev" ]; do
            for s in /sys/block/*/serial; do
              # It has no end of line, which read takes for a failure.
              is=
              [ ! -e "$s" ] || read -r is <"$s"
              [ "$is" != "$2" ] || { dev=${s%/serial}; dev=/dev/${dev##*/}; }
            done
            tries=$((tries + 1))
            [ -n "$dev" ] || [ $tries -lt 300 ] || { echo "the disk did not appear" >&2; exit 11; }
            [ -n "$dev" ] || sleep 0.05
          done
          mkdir -p -m 700 $at
          put() { mount -t ext4 -o nodev,nosuid,noatime "$dev" $at; }
          sound() { read -r errors <"/sys/fs/ext4/${dev##*/}/errors_count" && [ "$errors" = 0 ]; }

          # The kernel plays the journal itself; more than that is seldom to be mended.
          if ! put 2>/dev/null || ! sound; then
            umount $at 2>/dev/null
            e2fsck -p "$dev" >/dev/null
            [ $? -le 1 ] || { echo "its file system is damaged" >&2; exit 12; }
            put || exit 13
          fi
          (sleep 3; resize2fs "$dev" >/dev/null 2>&1) >/dev/null 2>&1 &
        fi
        mine=$at/home
        [ -d $mine ] || { mkdir $mine && chown "$uid:$gid" $mine && chmod 700 $mine; } || exit 14
        if [ "$1" = whole ]; then
          ! mounted "$home" || exit 0
          systemctl stop vdi-desktop
          systemctl stop "user@$uid" 2>/dev/null
          [ -e $at/began ] || { cp -an "$home/." $mine/ && touch $at/began; } || exit 15
          mount --bind $mine "$home" || exit 16
          systemctl start vdi-desktop || exit 17
          exit 0
        fi
        binds=
        for f in Desktop Documents Downloads Music Pictures Public Templates Videos; do
          [ ! -L "$home/$f" ] && [ ! -L "$mine/$f" ] && ! mounted "$home/$f" || continue
          [ -d "$home/$f" ] || { mkdir "$home/$f" && chown "$uid:$gid" "$home/$f"; } || continue
          [ -d "$mine/$f" ] || cp -an "$home/$f" "$mine/$f" || exit 15
          binds="$binds$mine/$f $home/$f none bind 0 0
        "
        done
        [ -z "$binds" ] || { printf %s "$binds" >$at.fstab && mount -a -T $at.fstab; } || exit 16
        exit 0
        """;

    /// <summary>Programs are told to end, and what they wrote is put on disk.</summary>
    private const string LeaveScript = """
        at=/run/vdi-home
        mountpoint -q $at || exit 0
        sync -f $at
        timeout 8 systemctl stop vdi-desktop
        sync -f $at
        umount -A "$(findmnt -nvo SOURCE $at)" 2>/dev/null
        mountpoint -q $at && { mount -o remount,ro $at || sync -f $at; }
        exit 0
        """;

    /// <summary>Mounts the disk, which was plugged in just now or before. May be called again.</summary>
    /// <exception cref="MachineException">The guest could not, and why.</exception>
    public static async Task BringAsync(GuestAgentClient agent, HomeMode mode, CancellationToken stop)
    {
        var (code, _, errors) = await agent.RunAsync("/bin/sh", ["-c", BringScript, "home", mode == HomeMode.Whole ? "whole" : "folders", HomeDisk.Serial], BringDeadline, stop);
        if (code != 0)
        {
            throw new MachineException($"The guest did not take its person's files ({code}): {PeerText.Head(errors)}");
        }
    }

    /// <summary>Ends the person's programs and puts on disk what they wrote; the disk is not written any more then.</summary>
    /// <exception cref="MachineException">The guest did not.</exception>
    public static async Task LeaveAsync(GuestAgentClient agent, CancellationToken stop)
    {
        var (code, _, errors) = await agent.RunAsync("/bin/sh", ["-c", LeaveScript], LeaveDeadline, stop);
        if (code != 0)
        {
            throw new MachineException($"The guest did not put its person's files away ({code}): {PeerText.Head(errors)}");
        }
    }
}
