using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Vdi.TestSupport.Screens;

/// <summary>Memory with a descriptor, as QEMU's display has it.</summary>
public static class Memfd
{
    private const uint CloseOnExec = 1;

    public static SafeFileHandle Of(ReadOnlySpan<byte> content)
    {
        var handle = new SafeFileHandle(memfd_create("picture", CloseOnExec), ownsHandle: true);
        RandomAccess.Write(handle, content, 0);
        return handle;
    }

    [DllImport("libc", SetLastError = true)]
    private static extern int memfd_create([MarshalAs(UnmanagedType.LPStr)] string name, uint flags);
}
