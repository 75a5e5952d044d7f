using Vdi.Emulator;
using Vdi.Emulator.Editing;
using Vdi.Emulator.Images;
using Vdi.Emulator.Importing;
using Vdi.Emulator.Machines;
using Vdi.Emulator.Templates;
using Vdi.Protocol.Fleet;

namespace Vdi.Host.Images;

/// <summary>What is needed to make images.</summary>
internal sealed record ImageTools(ImageStore Images, MediaShelf Media, TransferStore Transfers, EditStore Edits, EditPublisher Publisher, ImageTester Tester, DiskConverter Disks, TemplateStore Templates);

/// <summary>Each kind of work on images, from order to outcome. What fails midway is taken back, or goes on where it was when it is ordered again.</summary>
internal sealed class ImageWorks(ImageTools tools, EditedMachines edited, TimeProvider time)
{
    private static readonly TimeSpan AgentDeadline = TimeSpan.FromMinutes(10);

    /// <summary>Does the work; returns what it made, and what is to be done once that is kept.</summary>
    public Task<WorkOutcome> DoAsync(Guid order, ImageWork work, IProgress<WorkProgress> progress, CancellationToken stop) => work switch
    {
        BuildImage build => BuildAsync(build, progress, stop),
        ImportImage import => ImportAsync(import, progress, stop),
        TestImage test => TestAsync(test, progress, stop),
        UpdateImage update => UpdateAsync(order, update, progress, stop),
        ExportImage export => ExportAsync(order, export, progress, stop),
        DeleteImage delete => Task.FromResult(Delete(delete)),
        DeleteMedium medium => Task.FromResult(Delete(medium)),
        StartEdit start => StartAsync(start, stop),
        SaveCheckpoint save => SaveAsync(save, stop),
        GoBack back => BackAsync(back, stop),
        DropCheckpoint drop => DropAsync(drop, stop),
        PublishEdit publish => PublishAsync(publish, progress, stop),
        _ => throw new MachineException($"This host cannot do '{work.GetType().Name}': it is older than its broker"),
    };

    /// <summary>Whether it takes processors and disk for minutes, so that not all of it is done at once.</summary>
    public static bool IsHeavy(ImageWork work) => work is BuildImage or ImportImage or TestImage or UpdateImage or ExportImage;

    private async Task<WorkOutcome> BuildAsync(BuildImage build, IProgress<WorkProgress> progress, CancellationToken stop)
    {
        var relay = new Relay<ImageProgress>(step => progress.Report(new WorkProgress(step.Title.ToLowerInvariant(), step.Steps == 0 ? null : Math.Min(1, (step.Step - 1 + ((step.Percent ?? 0) / 100.0)) / step.Steps))));
        return new((await tools.Images.BuildAsync(build.Recipe, build.Author, build.Notes, relay, stop)).Version, "was built");
    }

    private async Task<WorkOutcome> ImportAsync(ImportImage import, IProgress<WorkProgress> progress, CancellationToken stop)
    {
        var (file, sha256) = tools.Transfers.Whole(import.Upload) ?? throw new MachineException("The file is not here, or not all of it: upload it again");
        if (sha256 is not null)
        {
            progress.Report(new WorkProgress("checks what was sent", null));
            if (await BlobStore.HashAsync(file, stop) != sha256.ToLowerInvariant())
            {
                tools.Transfers.Delete(import.Upload);
                throw new MachineException("The file is not what was sent: it was damaged on its way, upload it again");
            }
        }

        if (import.Format == MediumFormat.Iso)
        {
            DiskHeader.Check(file, MediumFormat.Iso, DiskLimits.Default);
            var medium = await tools.Media.AddAsync(file, import.Name, stop);
            return new(medium.Hash, "was taken over as a medium") { Then = () => tools.Transfers.Delete(import.Upload) };
        }

        var work = tools.Images.NewWorkFolder();
        StateFolder.Make(work);
        try
        {
            var disk = Path.Combine(work, "disk.qcow2");
            var imported = await tools.Disks.ConvertAsync(file, import.Format, disk, DiskLimits.Default, new Relay<double>(percent => progress.Report(new WorkProgress("converts the disk", percent / 100))), stop);
            progress.Report(new WorkProgress("takes it into the store", null));
            var hardware = import.Hardware ?? new ImageHardware(imported.Firmware ?? Firmware.Bios, GuestDrivers.Virtio, Tpm: false, GuestSystem.Linux, Agent: false, 2048, 2);
            var draft = new ImageDraft(import.Name, hardware, ImageOrigin.Import, tools.Images.Find(import.Name)?.Version, import.Author, import.Notes, disk, []);
            var image = await tools.Images.AddAsync(draft, stop);
            var doubt = imported.Firmware is { } wants && wants is Firmware.Uefi != hardware.Firmware is Firmware.Uefi or Firmware.UefiSecure ? $"; its disk looks as if it starts by {(wants == Firmware.Bios ? "BIOS" : "UEFI")}, which it was not told to" : "";
            return new(image.Version, $"was imported{doubt}") { Then = () => tools.Transfers.Delete(import.Upload) };
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private async Task<WorkOutcome> TestAsync(TestImage test, IProgress<WorkProgress> progress, CancellationToken stop)
    {
        var image = Find(test.Image, test.Version);
        while (true)
        {
            try
            {
                var result = await tools.Tester.TestAsync(image, test.Script, progress, stop);
                return result.Steps.FirstOrDefault(step => step.Passed == false) is { } failed
                    ? throw new MachineException($"It did not pass ({failed.Name}): {failed.Words}")
                    : new(test.Version, "passed");
            }
            catch (ShortageException e)
            {
                progress.Report(new WorkProgress($"waits: {e.Message}", null));
                await Task.Delay(TimeSpan.FromSeconds(5), time, stop);
            }
        }
    }

    /// <summary>In an editing machine of its own, which nobody else sees, and which is the order's: one that was cut off begins anew.</summary>
    private async Task<WorkOutcome> UpdateAsync(Guid order, UpdateImage update, IProgress<WorkProgress> progress, CancellationToken stop)
    {
        var from = Find(update.Image, update.Version);
        if (from.Hardware is not { System: GuestSystem.Linux, Agent: true })
        {
            throw new MachineException("Only Linux images with a guest agent are updated by themselves: open this one for editing, and update it there");
        }

        var edit = await edited.MakeHiddenAsync(new DesiredEdit(order, 1, Create: true, update.Image, update.Version, Hardware: null, DiskGiB: null, [], update.Network), stop);
        try
        {
            if (!await ImageUpdater.RunAsync(edit, AgentDeadline, progress, stop))
            {
                return new(null, "had nothing to update");
            }

            var image = await tools.Publisher.PublishAsync(edit, ImageOrigin.Update, update.Author, update.Notes, generalise: true, progress, stop);
            return new(image.Version, "was updated");
        }
        finally
        {
            await edited.DiscardHiddenAsync(order);
        }
    }

    private async Task<WorkOutcome> ExportAsync(Guid order, ExportImage export, IProgress<WorkProgress> progress, CancellationToken stop)
    {
        var image = Find(export.Image, export.Version);
        await tools.Images.DemandWholeAsync(image, stop);
        var target = tools.Transfers.ExportPath(order, export.Format);
        File.Delete(target);
        await tools.Disks.ExportAsync([.. image.Files.Disk.Select(tools.Images.Blobs.PathOf)], export.Format, target, DiskLimits.Default, new Relay<double>(percent => progress.Report(new WorkProgress("writes the file", percent / 100))), stop);
        return new(export.Version, "can be fetched for two days");
    }

    private WorkOutcome Delete(DeleteImage delete)
    {
        if (tools.Images.Find(delete.Image, delete.Version) is { } image)
        {
            tools.Images.Delete(image);
        }

        edited.Collect();
        return new(null, "was deleted");
    }

    private WorkOutcome Delete(DeleteMedium medium)
    {
        tools.Media.Delete(medium.Hash);
        edited.Collect();
        return new(null, "was deleted");
    }

    private async Task<WorkOutcome> StartAsync(StartEdit start, CancellationToken stop)
    {
        await edited.Get(start.Machine).SwitchOnAsync(stop);
        return new(null, "is switched on");
    }

    private async Task<WorkOutcome> SaveAsync(SaveCheckpoint save, CancellationToken stop)
    {
        await InEditAsync(save.Machine, "keeps a checkpoint", edit => edit.CheckpointAsync(save.Checkpoint, save.Name, stop));
        return new(null, "was kept");
    }

    private async Task<WorkOutcome> BackAsync(GoBack back, CancellationToken stop)
    {
        await InEditAsync(back.Machine, "goes back to a checkpoint", edit => edit.GoBackAsync(back.Checkpoint, stop));
        return new(null, "went back");
    }

    private async Task<WorkOutcome> DropAsync(DropCheckpoint drop, CancellationToken stop)
    {
        await (edited.Get(drop.Machine).Edit?.DropAsync(drop.Checkpoint, stop) ?? Task.CompletedTask);
        return new(null, "was deleted");
    }

    private async Task<WorkOutcome> PublishAsync(PublishEdit publish, IProgress<WorkProgress> progress, CancellationToken stop)
    {
        Image? image = null;
        await InEditAsync(publish.Machine, "is being published", async edit => image = await tools.Publisher.PublishAsync(edit, edit.Record.Version is null ? ImageOrigin.Import : ImageOrigin.Edit, publish.Author, publish.Notes, publish.Generalise, progress, stop));
        return new(image!.Version, "was published");
    }

    private async Task InEditAsync(Guid machine, string reason, Func<EditMachine, Task> work)
    {
        var hosted = edited.Get(machine);
        var edit = hosted.Edit ?? throw new MachineException("The editing machine is still being made: wait until it is ready");
        hosted.Say(reason);
        try
        {
            await work(edit);
        }
        finally
        {
            hosted.Look();
        }
    }

    private Image Find(string name, string version) => tools.Images.Find(name, version) ?? throw new MachineException($"Version {version} of image '{name}' is not on this host any more");
}

/// <summary>What work came to.</summary>
/// <param name="Result">The version that was made, or the hash of the medium.</param>
/// <param name="Words">What was done, for people.</param>
internal sealed record WorkOutcome(string? Result, string Words)
{
    /// <summary>To be done once the outcome is kept: before, work that is cut off needs what this deletes.</summary>
    public Action? Then { get; init; }
}
