using System.Globalization;
using Vdi.Emulator;

namespace Vdi.Server.Backups;

/// <summary>Folders in the state folder that hold something half made, named after the process that makes it.</summary>
internal static class StagingFolder
{
    public static string Make(StateFolder state, string prefix) =>
        Directory.CreateDirectory(Path.Combine(state.Root, $"{prefix}{Environment.ProcessId.ToString(CultureInfo.InvariantCulture)}"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName;

    /// <summary>Those of processes that were ended in the middle, and an older one of this.</summary>
    public static void RemoveLeft(StateFolder state, string prefix)
    {
        foreach (var folder in Directory.EnumerateDirectories(state.Root, prefix + "*"))
        {
            var owner = Path.GetFileName(folder)[prefix.Length..];
            if (owner == $"{Environment.ProcessId}" || !Directory.Exists($"/proc/{owner}"))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }
}
