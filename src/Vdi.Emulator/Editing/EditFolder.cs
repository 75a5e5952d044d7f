using System.Globalization;
using Vdi.Emulator.Disks;

namespace Vdi.Emulator.Editing;

/// <summary>The files of an editing machine: its disk layers, its checkpoints, and a folder for its QEMU while it runs.</summary>
internal sealed class EditFolder(string root)
{
    private static readonly TimeSpan CopyDeadline = TimeSpan.FromMinutes(10);

    public string Root => root;

    /// <summary>Sockets, log and memory of the QEMU, and what its firmware and TPM keep.</summary>
    public string Run => Path.Combine(root, "run");

    public string Ram => Path.Combine(Run, "ram");

    /// <summary>Where a version's files are made before they are taken into the store.</summary>
    public string Publishing => Path.Combine(root, "publishing");

    public string Layer(string name) => Path.Combine(root, Path.GetFileName(name));

    public string CheckpointOf(Guid id) => Path.Combine(root, "checkpoints", id.ToString("N"));

    /// <summary>A name that no layer has yet.</summary>
    public string NewLayer()
    {
        for (var number = 1; ; number++)
        {
            if (string.Create(CultureInfo.InvariantCulture, $"layer-{number}.qcow2") is var name && !File.Exists(Layer(name)))
            {
                return name;
            }
        }
    }

    /// <summary>Deletes layers and checkpoints that the record does not name, as of a step that was cut off.</summary>
    public void RemoveOthers(EditRecord record)
    {
        var layers = record.Checkpoints.SelectMany(checkpoint => checkpoint.Layers).Concat(record.Layers).ToHashSet();
        foreach (var file in Directory.EnumerateFiles(root, "layer-*.qcow2").Where(file => !layers.Contains(Path.GetFileName(file))).ToList())
        {
            File.Delete(file);
        }

        var checkpoints = record.Checkpoints.Select(checkpoint => CheckpointOf(checkpoint.Id)).ToHashSet();
        if (Directory.Exists(Path.Combine(root, "checkpoints")))
        {
            foreach (var folder in Directory.EnumerateDirectories(Path.Combine(root, "checkpoints")).Where(folder => !checkpoints.Contains(folder)).ToList())
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    /// <summary>Disk that all of it takes, the memory of a running machine and holes not counted (stat(1), blocks of 512 bytes).</summary>
    public long Bytes => Directory.Exists(root)
        ? Directory.EnumerateFiles(root, "*", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true }).Where(file => file != Ram).Sum(FileBlocks.Taken)
        : 0;

    /// <summary>Copies a file with its holes, by reference where the file system can.</summary>
    public static Task CopySparseAsync(string from, string to, CancellationToken stop) => DiskChain.RunAsync("/bin/cp", ["--sparse=always", "--reflink=auto", "--", from, to], CopyDeadline, stop);
}
