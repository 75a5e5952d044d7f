using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Vdi.Protocol.UnixSockets;

/// <summary>A descriptor that a peer sent as shared memory. It is read as a file and never mapped: the peer may cut it at any time, and
/// a mapping would then end this process (SIGBUS), where a read only comes up short.</summary>
public static class SharedMemory
{
    private const int GetSeals = 1034;

    /// <summary>Whether it is memory, and so can be read without waiting for anybody: pipes, sockets, devices and files of other file
    /// systems have no seals (fcntl(2), F_GET_SEALS).</summary>
    public static bool Is(SafeFileHandle descriptor) => fcntl(descriptor, GetSeals, 0) >= 0;

    [DllImport("libc", SetLastError = true)]
    private static extern int fcntl(SafeFileHandle descriptor, int command, int argument);
}
