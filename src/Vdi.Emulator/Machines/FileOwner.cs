using System.Runtime.InteropServices;

namespace Vdi.Emulator.Machines;

/// <summary>Gives a file to a machine's user, and takes it back.</summary>
internal static partial class FileOwner
{
    private const UnixFileMode ReadOnly = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Makes an empty file of <paramref name="length"/> bytes (sparse) that only <paramref name="uid"/> can open.</summary>
    public static void Create(string path, int? uid, long length)
    {
        using (var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
        {
            file.SetLength(length);
        }

        Give(path, uid);
    }

    public static void Give(string path, int? uid)
    {
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        if (uid is { } id && chown(path, (uint)id, (uint)id) != 0)
        {
            throw new IOException($"chown {path}: errno {Marshal.GetLastPInvokeError()}");
        }
    }

    /// <summary>Gives a folder, and nothing in it.</summary>
    public static void GiveFolder(string path, int? uid)
    {
        if (uid is { } id && chown(path, (uint)id, (uint)id) != 0)
        {
            throw new IOException($"chown {path}: errno {Marshal.GetLastPInvokeError()}");
        }
    }

    /// <summary>The file becomes ours alone.</summary>
    public static void Hold(string path)
    {
        if (Environment.IsPrivilegedProcess && chown(path, 0, 0) != 0)
        {
            throw new IOException($"chown {path}: errno {Marshal.GetLastPInvokeError()}");
        }

        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    /// <summary>The file becomes ours again and nobody's to write.</summary>
    public static void Seal(string path)
    {
        if (Environment.IsPrivilegedProcess && chown(path, 0, 0) != 0)
        {
            throw new IOException($"chown {path}: errno {Marshal.GetLastPInvokeError()}");
        }

        File.SetUnixFileMode(path, ReadOnly);
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int chown(string path, uint user, uint group);
}
