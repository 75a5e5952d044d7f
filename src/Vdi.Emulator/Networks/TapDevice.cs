using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Vdi.Emulator.Machines;

namespace Vdi.Emulator.Networks;

/// <summary>A tap device that lives as long as somebody holds its descriptor (Linux, Documentation/networking/tuntap.rst).</summary>
internal static partial class TapDevice
{
    public const string Device = "/dev/net/tun";
    private const int ReadWriteCloexec = 2 | 0x80000;
    private const ulong TunSetIff = 0x400454ca;
    private const short Flags = 0x0002 /* IFF_TAP */ | 0x1000 /* IFF_NO_PI */ | 0x4000 /* IFF_VNET_HDR */ | unchecked((short)0x8000) /* IFF_TUN_EXCL */;

    /// <summary>Makes the device <paramref name="name"/> in this process's network namespace.</summary>
    public static unsafe SafeFileHandle Open(string name)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(name.Length, 15);
        var handle = new SafeFileHandle(open(Device, ReadWriteCloexec), ownsHandle: true);
        if (handle.IsInvalid)
        {
            throw new MachineException($"{Device} could not be opened (errno {Marshal.GetLastPInvokeError()}); load the kernel module tun");
        }

        // struct ifreq: 16 bytes of name, then a union of 24 that begins with the flags.
        var request = stackalloc byte[40];
        new Span<byte>(request, 40).Clear();
        Encoding.ASCII.GetBytes(name, new Span<byte>(request, 15));
        *(short*)(request + 16) = Flags;
        if (ioctl((int)handle.DangerousGetHandle(), TunSetIff, request) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            handle.Dispose();
            throw new MachineException($"The tap device {name} could not be made: errno {error}");
        }

        return handle;
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial int ioctl(int descriptor, ulong request, byte* argument);
}
