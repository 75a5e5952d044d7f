using System.Diagnostics;

namespace Vdi.TestSupport;

/// <summary>A disk of a few MiB (tmpfs), to be filled and freed; needs root.</summary>
public sealed class SmallDisk : IDisposable
{
    /// <param name="at">The folder that it hides while it is there; null for a new one.</param>
    public SmallDisk(int mebibytes, string? at = null)
    {
        Folder = at ?? Directory.CreateTempSubdirectory("vdi-disk").FullName;
        Run("mount", "-t", "tmpfs", "-o", $"size={mebibytes}M,mode=0755", "tmpfs", Folder);
    }

    public string Folder { get; }

    private string Filler => Path.Combine(Folder, "filler");

    /// <summary>Writes until nothing more goes in.</summary>
    public void Fill()
    {
        using var file = new FileStream(Filler, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        for (var size = 1 << 20; size >= 512; size /= 2)
        {
            try
            {
                while (true)
                {
                    file.Write(new byte[size]);
                }
            }
            catch (IOException)
            {
                // Full for pieces of this size.
            }
        }
    }

    public void Free() => File.Delete(Filler);

    public void Grow(int mebibytes) => Run("mount", "-o", $"remount,size={mebibytes}M", Folder);

    public void Dispose()
    {
        Run("umount", "-l", Folder);
        Directory.Delete(Folder);
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {errors}");
        }
    }
}
