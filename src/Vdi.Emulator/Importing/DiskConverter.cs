using Vdi.Emulator.Disks;
using Vdi.Emulator.Machines;
using Vdi.Protocol.Fleet;

namespace Vdi.Emulator.Importing;

/// <summary>Makes a clean qcow2 of a disk's file that somebody uploaded, or refuses it; and one file of an image's layers. Only our own bounded
/// reading of headers sees such a file outside of the sandbox.</summary>
public sealed class DiskConverter
{
    internal MachineUsers Users { get; init; } = new();

    /// <summary>Converts <paramref name="source"/>, a file of ours in a folder that every user can pass, into <paramref name="target"/>, which must
    /// not be there yet: qcow2 with clusters of 64 KiB, standing alone, ours and on disk. The source stays, readable for us alone.</summary>
    /// <param name="progress">Percent of the conversion, rising.</param>
    /// <exception cref="MachineException">When the file is refused or cannot be converted; nothing is left then.</exception>
    /// <exception cref="ShortageException">When the disk has too little room.</exception>
    public async Task<ImportedDisk> ConvertAsync(string source, MediumFormat format, string target, DiskLimits limits, IProgress<double>? progress, CancellationToken stop)
    {
        if (format == MediumFormat.Iso)
        {
            throw new MachineException("An installer (ISO) is no disk: it is kept as it is, as a medium");
        }

        var bytes = DiskHeader.Check(source, format, limits);
        var name = format.ToString().ToLowerInvariant();
        return await LockedInAsync([source], target, async (tool, uid) =>
        {
            await tool.DemandSameAsync(source, name, bytes, stop);
            if (format != MediumFormat.Raw)
            {
                await tool.DemandSoundAsync(source, name, bytes, stop);
            }

            string[] node = ["-f", name, Sandbox.Input(0)];
            var measure = await tool.MeasureAsync(node, [source], bytes, stop);
            DemandRoom(target, measure, limits);
            await tool.ConvertAsync(node, [source], target, "qcow2", measure, bytes, progress, stop);

            // What wrote it read a hostile file: it is trusted no more than that.
            return DiskHeader.Check(target, MediumFormat.Qcow2, limits) == bytes
                ? new ImportedDisk(bytes, await FirmwareAsync(tool, uid, target, stop))
                : throw new MachineException("The converted disk has another size than the file's: the file is damaged, or made to harm");
        });
    }

    /// <summary>Makes one file, <paramref name="target"/>, of a chain of our own qcow2 layers, the topmost first, which every user can read.
    /// Which is below which is said here and not read from their headers.</summary>
    /// <param name="format">qcow2, or raw: sparse, as long as the disk.</param>
    /// <param name="progress">Percent of the conversion, rising.</param>
    /// <exception cref="MachineException">When it cannot be made; nothing is left then.</exception>
    /// <exception cref="ShortageException">When the disk has too little room.</exception>
    public async Task ExportAsync(IReadOnlyList<string> layersTopDown, MediumFormat format, string target, DiskLimits limits, IProgress<double>? progress, CancellationToken stop)
    {
        if (format is not (MediumFormat.Qcow2 or MediumFormat.Raw))
        {
            throw new MachineException("Images are exported as qcow2 or raw");
        }

        if (layersTopDown.Select(DiskChain.WhyNotOpened).FirstOrDefault(why => why is not null) is { } why)
        {
            throw new MachineException($"The image cannot be exported: {why}");
        }

        string[] source = [SourceOf(layersTopDown)];
        await LockedInAsync([], target, async (tool, _) =>
        {
            var measure = await tool.MeasureAsync(source, layersTopDown, limits.MaxBytes, stop);
            DemandRoom(target, measure, limits);
            await tool.ConvertAsync(source, layersTopDown, target, format == MediumFormat.Raw ? "raw" : "qcow2", measure, limits.MaxBytes, progress, stop);
            return 0;
        });
    }

    /// <summary>Makes a clean copy, <paramref name="target"/>, of the topmost layer of a chain, with what is written in it and nothing of the layers below; its
    /// header names none of them. Of a chain of one this is the whole disk.</summary>
    /// <exception cref="MachineException">When it cannot be made; nothing is left then.</exception>
    /// <exception cref="ShortageException">When the disk has too little room.</exception>
    public Task SealAsync(IReadOnlyList<string> layersTopDown, string target, DiskLimits limits, IProgress<double>? progress, CancellationToken stop)
    {
        if (layersTopDown.Count == 1)
        {
            return ExportAsync(layersTopDown, MediumFormat.Qcow2, target, limits, progress, stop);
        }

        if (DiskChain.WhyNotOpened(layersTopDown[0]) is { } why)
        {
            throw new MachineException($"The disk cannot be sealed: {why}");
        }

        var room = new FileInfo(layersTopDown[0]).Length + (64L << 20);
        var measure = new DiskTool.Measure(room, room);
        return LockedInAsync([], target, async (tool, _) =>
        {
            DemandRoom(target, measure, limits);
            await tool.ConvertLayerAsync(SourceOf(layersTopDown), SourceOf(layersTopDown, from: 1), layersTopDown, target, measure, limits.MaxBytes, progress, stop);
            return DiskHeader.Check(target, MediumFormat.Qcow2, limits);
        });
    }

    /// <summary>The chain as the sandbox sees it, from this layer down.</summary>
    private static string SourceOf(IReadOnlyList<string> layersTopDown, int from = 0)
    {
        var node = DiskChain.Node([.. layersTopDown.Select((_, i) => (Sandbox.Input(i), "qcow2")).Skip(from)]);
        node.Remove("node-name");
        node["read-only"] = true;
        node["file"]!["read-only"] = true;
        return $"json:{node.ToJsonString()}";
    }

    /// <summary>Does the work as a user of its own, who owns <paramref name="given"/> and the target as long as it lasts.</summary>
    private async Task<T> LockedInAsync<T>(string[] given, string target, Func<DiskTool, int?, Task<T>> work)
    {
        var uid = Users.Take();
        try
        {
            await using var undo = new UndoStack();
            try
            {
                foreach (var file in given)
                {
                    FileOwner.Give(file, uid);
                }

                FileOwner.Create(target, uid, 0);
                undo.Push(() => File.Delete(target));
                var result = await work(new DiskTool(new Sandbox(uid)), uid);
                FileOwner.Hold(target);
                DiskTool.Flush(target);
                undo.Keep();
                return result;
            }
            finally
            {
                foreach (var file in given.Where(File.Exists))
                {
                    FileOwner.Hold(file);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MachineException($"The disk could not be converted: {e.Message}", e);
        }
        finally
        {
            Users.Return(uid);
        }
    }

    private static async Task<Firmware?> FirmwareAsync(DiskTool tool, int? uid, string disk, CancellationToken stop)
    {
        var head = disk + ".head";
        try
        {
            FileOwner.Create(head, uid, 0);
            await tool.CopyHeadAsync(disk, head, BootSectors.Bytes, stop);
            FileOwner.Hold(head);
            using var file = File.OpenRead(head);
            var bytes = new byte[BootSectors.Bytes];
            return BootSectors.FirmwareOf(bytes.AsSpan(0, file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)));
        }
        finally
        {
            File.Delete(head);
        }
    }

    private static void DemandRoom(string target, DiskTool.Measure measure, DiskLimits limits)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(target))!;
        var (free, needed) = (new DriveInfo(folder).AvailableFreeSpace, measure.RequiredBytes + limits.SpareBytes);
        if (free < needed)
        {
            throw new ShortageException($"the host's disk at {folder} has {free >> 20} MiB free, and converting the disk needs {needed >> 20}: delete files or images, or add disk");
        }
    }
}
