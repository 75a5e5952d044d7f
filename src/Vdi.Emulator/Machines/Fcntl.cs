using System.Runtime.InteropServices;

namespace Vdi.Emulator.Machines;

internal static partial class Fcntl
{
    private const int DupFdCloexec = 1030;

    /// <summary>A close-on-exec copy of a descriptor, numbered <paramref name="minimum"/> or higher (fcntl(2), F_DUPFD_CLOEXEC).</summary>
    public static int DuplicateAbove(int descriptor, int minimum)
    {
        var copy = fcntl(descriptor, DupFdCloexec, minimum);
        return copy >= 0 ? copy : throw new IOException($"fcntl: errno {Marshal.GetLastPInvokeError()}");
    }

    [DllImport("libc", SetLastError = true)]
    private static extern int fcntl(int descriptor, int command, int argument);
}
