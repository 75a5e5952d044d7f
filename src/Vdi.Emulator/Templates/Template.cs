using System.IO.Hashing;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Vdi.Emulator.Machines;
using Vdi.Protocol.Apps;

namespace Vdi.Emulator.Templates;

/// <summary>A running machine, stopped and saved once, from which forks start: RAM file, device state, disk; all read-only.</summary>
/// <param name="Hashes">XXH128 of each file's content, by name: they find damage, not forgery.</param>
public sealed record Template(string Folder, string Key, string Accelerator, MachineDefinition Machine, IReadOnlyDictionary<string, string> Hashes)
{
    private const string FileName = "template.json";

    internal string Ram => Path.Combine(Folder, "ram");

    internal string State => Path.Combine(Folder, "state");

    internal string Disk => MachineFolder.DiskIn(Folder);

    /// <summary>All that forks begin from.</summary>
    internal IEnumerable<string> Files => Machine.IsUefi ? [Ram, State, Disk, UefiFirmware.PathIn(Folder)] : [Ram, State, Disk];

    /// <summary>Everything that a fork must share with its template, hashed: image version, devices, machine type, CPU, accelerator, QEMU build.</summary>
    public static string KeyOf(MachineDefinition machine, string accelerator)
    {
        // Where the kernel's files lie is not part of it: the image's version says what is in them.
        var anywhere = machine.Kernel is { } kernel ? machine with { Kernel = kernel with { Kernel = "kernel", Initrd = "initrd" } } : machine;
        var text = string.Join('\n', [machine.Image, machine.ImageVersion, QemuBinary.Version, .. QemuArguments.Devices(anywhere, accelerator), .. machine.App is { } app ? AppLine.Words(app).Select(AppLine.Encode) : []]);
        return $"{machine.Image}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16]}";
    }

    /// <summary>What is wrong with the files, for people; null where each is as it was saved.</summary>
    internal async Task<string?> FindDamageAsync(CancellationToken stop)
    {
        foreach (var path in Files)
        {
            var name = Path.GetFileName(path);
            if (!File.Exists(path))
            {
                return $"{name} is missing";
            }

            // A description that says nothing of a file proves nothing of it.
            if (!Hashes.TryGetValue(name, out var hash) || await HashAsync(path, stop) != hash)
            {
                return $"{name} is not as it was saved";
            }
        }

        // The disk is an overlay over the image's files.
        return Machine.Layers.Select(layer => layer.Path).FirstOrDefault(layer => !File.Exists(layer)) is { } gone ? $"the image's disk is not at {gone} any more" : null;
    }

    /// <summary>The hashes of the template's files as they are now.</summary>
    internal async Task<Dictionary<string, string>> HashFilesAsync(CancellationToken stop)
    {
        var hashes = new Dictionary<string, string>();
        foreach (var path in Files)
        {
            hashes[Path.GetFileName(path)] = await HashAsync(path, stop);
        }

        return hashes;
    }

    private static async Task<string> HashAsync(string path, CancellationToken stop)
    {
        await using var file = new FileStream(path, new FileStreamOptions { Options = FileOptions.Asynchronous | FileOptions.SequentialScan, BufferSize = 1 << 20 });
        var hash = new XxHash128();
        await hash.AppendAsync(file, stop);
        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }

    /// <summary>The template of which a machine is a fork.</summary>
    /// <exception cref="MachineException">It is not here any more.</exception>
    internal static Template Of(MachineRecord machine, StateFolder state) =>
        TryRead(Path.Combine(state.Templates, machine.Template)) ?? (machine.TemplateFolder is { } folder ? TryRead(folder) : null)
        ?? throw new MachineException($"Template {machine.Template}, of which it is a fork, is not here any more");

    /// <summary>Null where there is none, or none that can be read.</summary>
    internal static Template? TryRead(string folder) =>
        JsonFile.TryRead<Template>(Path.Combine(folder, FileName)) is { Machine: not null, Hashes: not null } template ? template with { Folder = folder } : null;

    /// <summary>When somebody wanted it last; when it was made, before that.</summary>
    internal DateTimeOffset Wanted => File.GetLastWriteTimeUtc(Path.Combine(Folder, FileName));

    /// <summary>Somebody wants it now.</summary>
    internal void Want(DateTimeOffset now)
    {
        if (Path.Combine(Folder, FileName) is var file && File.Exists(file))
        {
            File.SetLastWriteTimeUtc(file, now.UtcDateTime);
        }
    }

    internal void Write() => File.WriteAllBytes(Path.Combine(Folder, FileName), JsonSerializer.SerializeToUtf8Bytes(this));
}
