using System.Diagnostics;

namespace Vdi.Emulator.Machines;

/// <summary>The installed QEMU.</summary>
public static class QemuBinary
{
    public const string Path = "/usr/bin/qemu-system-x86_64";
    private static readonly Lazy<string> LazyVersion = new(ReadVersion);

    /// <summary>First line of --version: part of every template's key.</summary>
    public static string Version => LazyVersion.Value;

    private static string ReadVersion()
    {
        if (!File.Exists(Path))
        {
            throw new MachineException($"{Path} is not installed: run deploy/up, or install qemu-system-x86 10 or newer");
        }

        using var process = Process.Start(new ProcessStartInfo(Path, "--version") { RedirectStandardOutput = true })!;
        var line = process.StandardOutput.ReadLine() ?? "";
        process.WaitForExit();
        return line;
    }
}
