using Microsoft.Extensions.Logging;
using Vdi.Emulator.Disks;
using Vdi.Emulator.Images;
using Vdi.Emulator.Machines;
using Vdi.Emulator.Templates;
using Vdi.Protocol.Fleet;

namespace Vdi.Emulator.Editing;

/// <summary>The editing machines of this computer: edits/ID, each until it is published or discarded.</summary>
public sealed partial class EditStore(StateFolder state, ImageStore images, Forker forker, TemplateSupply supply, ILogger<EditStore> log)
{
    /// <summary>Those that an earlier process left, running or not; what of them is broken stays where it is and is told.</summary>
    public async Task<IReadOnlyList<EditMachine>> AdoptAsync(CancellationToken stop)
    {
        var found = new List<EditMachine>();
        foreach (var root in Directory.EnumerateDirectories(state.Edits).ToList())
        {
            if (EditRecord.TryRead(root) is { } record && record.Id.ToString("N") == Path.GetFileName(root))
            {
                var edit = Open(record, root);
                try
                {
                    await edit.AdoptAsync(stop);
                }
                catch (Exception e) when (!stop.IsCancellationRequested)
                {
                    // What it wrote is there; whoever switches it on hears what is wrong.
                    LogNotAdopted(e, record.Id);
                }

                found.Add(edit);
            }
            else
            {
                // It was never whole: nobody has worked in it.
                await MachineFolder.EndProcessesAsync(root, stop);
                Directory.Delete(root, recursive: true);
                LogHalfMade(Path.GetFileName(root));
            }
        }

        return found;
    }

    /// <summary>Makes an editing machine, switched off.</summary>
    /// <exception cref="MachineException">The version, or a medium, is not here, or the disk would be smaller than the version's.</exception>
    public async Task<EditMachine> CreateAsync(DesiredEdit wanted, CancellationToken stop)
    {
        Image? from = null;
        if (wanted.Version is { } version)
        {
            from = images.Find(wanted.Image, version) ?? throw new MachineException($"Version {version} of image '{wanted.Image}' is not on this host");
            await images.DemandWholeAsync(from, stop);
        }

        var hardware = wanted.Hardware ?? from?.Hardware ?? throw new MachineException("A machine with an empty disk needs to be told what it is made of");
        if (wanted.Media.FirstOrDefault(medium => !images.Blobs.Has(medium)) is { } missing)
        {
            throw new MachineException($"The medium {missing[..Math.Min(12, missing.Length)]} is not on this host any more: upload it again");
        }

        forker.Capacity.DemandDisk("an editing machine", 1024);
        var root = Path.Combine(state.Edits, wanted.Machine.ToString("N"));
        await using var undo = new UndoStack();
        undo.Push(() => Directory.Delete(root, recursive: true));
        StateFolder.Make(root);
        var folder = new EditFolder(root);
        var layer = folder.NewLayer();
        var path = folder.Layer(layer);
        await (from is null
            ? DiskChain.CreateAsync(path, (wanted.DiskGiB ?? throw new MachineException("An empty disk needs a size")) * (1L << 30), stop)
            : DiskChain.CreateOverlayAsync(path, images.Blobs.PathOf(from.Files.Disk[0]), "qcow2", stop));
        if (from is not null && wanted.DiskGiB is { } size)
        {
            await DiskChain.EnlargeAsync(path, size, stop);
        }

        FileOwner.Hold(path);
        var record = new EditRecord(wanted.Machine, wanted.Image, from?.Version, hardware, from?.Files, wanted.Media, wanted.Network, [layer], [], At: null);
        record.Write(root);
        undo.Keep();
        return Open(record, root);
    }

    /// <summary>Files of images that editing machines need.</summary>
    public IEnumerable<string> Blobs() =>
        Directory.EnumerateDirectories(state.Edits).Select(EditRecord.TryRead).OfType<EditRecord>().SelectMany(record => record.Blobs);

    private EditMachine Open(EditRecord record, string root) =>
        new(record, new EditFolder(root), images.Blobs, forker.Surroundings, async () => (await supply.AcceleratorAsync).Name, images.Recipes.MirrorsAsync);

    [LoggerMessage(Level = LogLevel.Error, Message = "The editing machine {Edit} could not be taken up; it counts as switched off")]
    private partial void LogNotAdopted(Exception cause, Guid edit);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The editing machine {Edit} was half made, and is deleted")]
    private partial void LogHalfMade(string edit);
}
