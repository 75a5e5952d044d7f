using System.Diagnostics;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;

namespace Vdi.Emulator.Tests.Importing;

/// <summary>Disks of real content, made by qemu-img in a folder that every user can pass.</summary>
internal sealed class DiskFiles : IDisposable
{
    public const int MiB = 1 << 20;
    private readonly TemporaryState _state = new();

    public string Folder => _state.Folder.Root;

    public string this[string name] => Path.Combine(Folder, name);

    /// <summary>The same bytes every time, half of them zeros.</summary>
    public string Raw(string name = "known.raw", int mebibytes = 8)
    {
        var (random, bytes) = (new Random(7), new byte[MiB]);
        using var file = File.Create(this[name]);
        for (var i = 0; i < mebibytes; i++)
        {
            random.NextBytes(bytes);
            file.Write(i % 2 == 0 ? bytes : new byte[MiB]);
        }

        return file.Name;
    }

    /// <summary>The known bytes in another format.</summary>
    public string Make(MediumFormat format, string options = "", int mebibytes = 8)
    {
        var raw = Raw(mebibytes: mebibytes);
        if (format == MediumFormat.Raw)
        {
            return raw;
        }

        var (name, path) = (format.ToString().ToLowerInvariant(), this[$"disk-{Guid.NewGuid():N}"]);
        QemuImg(["convert", "-f", "raw", "-O", name, .. options.Length > 0 ? (string[])["-o", options] : [], raw, path]);
        return path;
    }

    /// <summary>A copy with other bytes at some place; negative counts from the end.</summary>
    public string Changed(string path, long at, params byte[] bytes)
    {
        var copy = this[$"changed-{Guid.NewGuid():N}"];
        File.Copy(path, copy);
        using var file = File.OpenWrite(copy);
        file.Position = at < 0 ? file.Length + at : at;
        file.Write(bytes);
        return copy;
    }

    public static void QemuImg(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("/usr/bin/qemu-img", arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var words = process.StandardOutput.ReadToEnd() + process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"qemu-img {string.Join(' ', arguments)}: {words}");
    }

    public void Dispose() => _state.Dispose();
}
