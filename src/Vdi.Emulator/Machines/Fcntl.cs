using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Vdi.Emulator.Machines;

internal static partial class Fcntl
{
    private const int DupFdCloexec = 1030;
    private const int LockExclusive = 2;
    private const int LockNonBlocking = 4;

    /// <summary>A close-on-exec copy of a descriptor, numbered <paramref name="minimum"/> or higher (fcntl(2), F_DUPFD_CLOEXEC).</summary>
    public static int DuplicateAbove(int descriptor, int minimum)
    {
        var copy = fcntl(descriptor, DupFdCloexec, minimum);
        return copy >= 0 ? copy : throw new IOException($"fcntl: errno {Marshal.GetLastPInvokeError()}");
    }

    /// <summary>Opens a file, made where it is missing, and locks it for this process and all who inherit the descriptor (open(2),
    /// flock(2)); null where somebody else has. The framework would unlock it for the heirs, too, when it closes our copy.</summary>
    public static SafeFileHandle? OpenLocked(string path)
    {
        const int ReadWrite = 2;
        const int Create = 0x40;
        const int NoFollow = 0x20000;
        const int CloseOnExec = 0x80000;
        var descriptor = open(path, ReadWrite | Create | NoFollow | CloseOnExec, 0x180 /* 0600 */);
        if (descriptor < 0)
        {
            throw new IOException($"open {path}: errno {Marshal.GetLastPInvokeError()}");
        }

        var file = new SafeFileHandle(descriptor, ownsHandle: true);
        if (flock(descriptor, LockExclusive | LockNonBlocking) == 0)
        {
            return file;
        }

        file.Dispose();
        return null;
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags, int mode);

    [DllImport("libc", SetLastError = true)]
    private static extern int flock(int descriptor, int operation);

    [DllImport("libc", SetLastError = true)]
    private static extern int fcntl(int descriptor, int command, int argument);
}
