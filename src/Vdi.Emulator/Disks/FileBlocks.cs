using System.Runtime.InteropServices;

namespace Vdi.Emulator.Disks;

/// <summary>What a file takes of the disk: one with holes takes less than it is long.</summary>
internal static unsafe partial class FileBlocks
{
    private const int AtFdCwd = -100;
    private const int NoFollow = 0x100;
    private const uint Blocks = 0x400;

    /// <summary>Bytes; 0 where it is gone (statx(2), stx_blocks at offset 48, in units of 512).</summary>
    public static long Taken(string path)
    {
        var buffer = stackalloc byte[256];
        return statx(AtFdCwd, path, NoFollow, Blocks, buffer) == 0 ? *(long*)(buffer + 48) * 512 : 0;
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int folder, string path, int flags, uint mask, byte* buffer);
}
