using Vdi.Emulator.Guest;
using Vdi.Emulator.Images;
using Vdi.Emulator.Importing;
using Vdi.Emulator.Machines;
using Vdi.Protocol.Fleet;

namespace Vdi.Emulator.Editing;

/// <summary>Makes a version of what was done in an editing machine. Each step can be cut off and done again: until the version is there the machine
/// keeps all that it has, switched off at worst.</summary>
public sealed class EditPublisher(ImageStore images, DiskConverter disks)
{
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(3);

    /// <summary>Windows takes its time to generalise itself.</summary>
    private static readonly TimeSpan SysprepDeadline = TimeSpan.FromMinutes(30);

    /// <summary>The version; all that is left to do with the editing machine, which is switched off then, is to delete it.</summary>
    /// <exception cref="MachineException">It could not be published, and why; the editing machine is still there.</exception>
    public async Task<Image> PublishAsync(EditMachine edit, ImageOrigin origin, string author, string notes, bool generalise, IProgress<WorkProgress>? progress, CancellationToken stop)
    {
        if (edit.Record.Published is { } version && images.Find(edit.Record.Image, version) is { } there)
        {
            return there;
        }

        var publishing = edit.Folder.Publishing;
        if (!edit.Record.Sealed)
        {
            await SealAsync(edit, publishing, generalise, progress, stop);
        }

        progress?.Report(new WorkProgress("shuts the machine down", null));
        await edit.ShutDownAsync(Grace, stop);
        var image = await images.AddAsync(await DraftAsync(edit, publishing, origin, author, notes, progress, stop), stop);
        edit.Note(record => record with { Published = image.Version });
        return image;
    }

    private static async Task SealAsync(EditMachine edit, string publishing, bool generalise, IProgress<WorkProgress>? progress, CancellationToken stop)
    {
        if (Directory.Exists(publishing))
        {
            Directory.Delete(publishing, recursive: true);
        }

        StateFolder.Make(publishing);
        var hardware = edit.Record.Hardware;
        if (edit.Running is { IsAlive: true, Agent: { } agent } running)
        {
            if (hardware.Firmware == Firmware.Kernel)
            {
                progress?.Report(new WorkProgress("looks for a new kernel", null));
                await GuestSeal.KernelAsync(agent, publishing, stop);
            }

            if (generalise)
            {
                progress?.Report(new WorkProgress("generalises the guest", null));
                if (await GuestSeal.RunAsync(agent, hardware.System, stop) && !await running.Process.WaitForExitAsync(SysprepDeadline, stop))
                {
                    throw new MachineException($"Windows did not generalise itself within {SysprepDeadline.TotalMinutes:0} min: look at its screen, and at C:\\Windows\\System32\\Sysprep\\Panther");
                }
            }
        }
        else if (hardware.Agent)
        {
            throw new MachineException(edit.Running is { IsAlive: true }
                ? "Its guest agent does not answer, so nobody can say whether the image works: see that qemu-guest-agent runs in it, or wait until the guest has started"
                : "The machine is switched off, and its guest agent cannot be asked: start it, wait for its desktop, and publish then");
        }
        else if (generalise)
        {
            throw new MachineException("Generalising needs a guest agent, which this image has not: publish it as it is (without generalising), after doing so by hand");
        }

        edit.Note(record => record with { Sealed = true });
    }

    private async Task<ImageDraft> DraftAsync(EditMachine edit, string publishing, ImageOrigin origin, string author, string notes, IProgress<WorkProgress>? progress, CancellationToken stop)
    {
        var record = edit.Record;
        var below = record.Base?.Disk ?? [];
        List<string> chain = [.. record.Layers.Select(edit.Folder.Layer), .. below.Select(images.Blobs.PathOf)];
        FileOwner.Seal(chain[0]);

        // The deepest first. Each becomes a clean layer of ours, of which no guest's QEMU has written the header.
        var layers = new List<string>(below);
        for (var i = record.Layers.Count - 1; i >= 0; i--)
        {
            var part = record.Layers.Count - 1 - i;
            var clean = Path.Combine(publishing, $"layer-{i}.qcow2");
            File.Delete(clean);
            await disks.SealAsync(chain[i..], clean, DiskLimits.Default, new Relay<double>(percent => progress?.Report(new WorkProgress("seals the disk", (part + (percent / 100)) / record.Layers.Count))), stop);
            if (i > 0)
            {
                layers.Insert(0, await images.Blobs.TakeAsync(clean, stop));
            }
        }

        progress?.Report(new WorkProgress("makes the version", null));
        var (run, kernel) = (edit.Folder.Run, (Path.Combine(publishing, "vmlinuz"), Path.Combine(publishing, "initrd")));
        return new ImageDraft(record.Image, record.Hardware, origin, record.Version, author, notes, Path.Combine(publishing, "layer-0.qcow2"), layers)
        {
            NewKernel = File.Exists(kernel.Item1) && File.Exists(kernel.Item2) ? kernel : null,
            KeptKernel = record.Base is { Kernel: { } kept, Initrd: { } initrd } ? (kept, initrd) : null,
            Variables = record.Hardware.Firmware is Firmware.Uefi or Firmware.UefiSecure ? await CopyAsync(UefiFirmware.PathIn(run), Path.Combine(publishing, "firmware"), stop) : null,
            TpmState = record.Hardware.Tpm && TpmEmulator.HasState(run) ? await CopyAsync(TpmEmulator.StateIn(run), Path.Combine(publishing, "tpm"), stop) : null,
        };
    }

    /// <summary>Null where there is none.</summary>
    private static async Task<string?> CopyAsync(string from, string to, CancellationToken stop)
    {
        if (!File.Exists(from))
        {
            return null;
        }

        File.Delete(to);
        await using var source = File.OpenRead(from);
        await using var target = new FileStream(to, FileMode.CreateNew);
        await source.CopyToAsync(target, stop);
        return to;
    }
}
