using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Vdi.Emulator.Machines;

/// <summary>Users for machines, one each for as long as its QEMU lives or its files are there; none where this process is not
/// privileged. A user is held by a lock on a file that is its own on the whole computer; QEMU inherits the lock, so that it is held
/// as long as QEMU lives, whoever else makes machines here: another server, or a template's build beside this one.</summary>
internal sealed class MachineUsers(string locks = MachineUsers.Locks)
{
    /// <summary>Nothing else on the computer uses these numbers: systemd's table has 65536 to 524287 unused (docs/UIDS-GIDS.md there;
    /// 61184 to 65519 are its dynamic service users), Debian's adduser stays below them (policy 9.2.2), and subordinate ids of
    /// containers begin at 100000 (login.defs(5), SUB_UID_MIN).</summary>
    public const int First = 70_000;
    public const int Count = 4000;
    private const string Locks = "/run/vdi/users";
    private readonly Lock _lock = new();

    /// <summary>Null for a user that an earlier process took: its QEMU holds the lock.</summary>
    private readonly Dictionary<int, SafeFileHandle?> _taken = [];

    public int? Take()
    {
        if (!Confinement.CanDropUser)
        {
            return null;
        }

        lock (_lock)
        {
            Directory.CreateDirectory(locks, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            for (var uid = First; uid < First + Count; uid++)
            {
                if (!_taken.ContainsKey(uid) && Fcntl.OpenLocked(Path.Combine(locks, $"{uid}")) is { } held)
                {
                    _taken[uid] = held;
                    return uid;
                }
            }
        }

        throw new MachineException($"All {Count} machine users are taken; end machines first");
    }

    /// <summary>The lock of a user taken here, for its QEMU to inherit; null where there is none.</summary>
    public SafeHandle? LockOf(int? uid)
    {
        lock (_lock)
        {
            return uid is { } taken ? _taken.GetValueOrDefault(taken) : null;
        }
    }

    /// <summary>The user of a machine that an earlier process started.</summary>
    public void TakeAgain(int? uid)
    {
        if (uid is { } taken)
        {
            lock (_lock)
            {
                _taken.TryAdd(taken, null);
            }
        }
    }

    /// <summary>To be called once QEMU has ended and no file is the user's any more.</summary>
    public void Return(int? uid)
    {
        if (uid is { } taken)
        {
            lock (_lock)
            {
                if (_taken.Remove(taken, out var held))
                {
                    held?.Dispose();
                }
            }
        }
    }
}
