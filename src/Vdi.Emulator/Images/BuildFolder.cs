using System.Diagnostics;
using Vdi.Emulator.Machines;

namespace Vdi.Emulator.Images;

/// <summary>What an image's build leaves behind, and how it is removed without touching this computer's own files.</summary>
internal static class BuildFolder
{
    /// <summary>Removes a folder. What is mounted in it is taken off first: a root filesystem in the making has /dev, /proc and /sys
    /// bound into it, and deleting through those would delete this computer's own. Throws where a mount stays, and deletes nothing then.</summary>
    public static void Remove(string folder)
    {
        // The deepest first.
        foreach (var mount in MountsBelow(folder).OrderByDescending(mount => mount.Length))
        {
            Run("umount", "-R", "--", mount);
        }

        if (MountsBelow(folder) is [var left, ..])
        {
            throw new MachineException($"{folder} is left from an image's build and {left} in it is still mounted: take it off with umount -R {left}, then try again");
        }

        if (Directory.Exists(folder) && Run("rm", "-rf", "--one-file-system", "--", folder) is { Length: > 0 } words)
        {
            throw new MachineException($"{folder} is left from an image's build and could not be removed: {words}");
        }
    }

    private static List<string> MountsBelow(string folder)
    {
        var real = Path.GetFullPath(folder);
        if (new DirectoryInfo(Path.GetDirectoryName(real)!).ResolveLinkTarget(returnFinalTarget: true) is { } target)
        {
            real = Path.Combine(target.FullName, Path.GetFileName(real));
        }

        // proc(5): the fifth field is the mount point, with blanks as \040.
        return [.. File.ReadLines("/proc/self/mountinfo").Select(line => line.Split(' ')[4].Replace("\\040", " ", StringComparison.Ordinal)).Where(mount => mount == real || mount.StartsWith(real + "/", StringComparison.Ordinal))];
    }

    /// <summary>What the program said where it failed, else nothing.</summary>
    private static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true }) ?? throw new MachineException($"{program} did not start");
        var words = process.StandardError.ReadToEnd().Trim();
        process.WaitForExit();
        return process.ExitCode == 0 ? "" : words.Length > 0 ? words : $"{program} ended with exit code {process.ExitCode}";
    }
}
