using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Vdi.Emulator.Disks;
using Vdi.Emulator.Guest;
using Vdi.Emulator.Limits;
using Vdi.Emulator.Machines;
using Vdi.Protocol.Apps;
using Vdi.Protocol.Fleet;

namespace Vdi.Emulator.Templates;

/// <summary>Makes templates and finds them again. One is built under a temporary name and renamed when whole.</summary>
public sealed partial class TemplateStore(StateFolder state, Forker forker, TimeProvider time, ILogger<TemplateStore> log)
{
    private const string Damaged = ".damaged-";

    /// <summary>In guests of our recipes; in others that the screen stands still has to do.</summary>
    private const string DesktopRuns = "[ ! -e /etc/systemd/system/vdi-desktop.service ] || { pgrep -x Xorg && systemctl is-active --quiet vdi-desktop; }";

    /// <summary>Writing the device state takes a second; a disk that takes so long is broken, or QEMU is.</summary>
    private static readonly TimeSpan SaveDeadline = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan KeepsApps = TimeSpan.FromDays(14);

    /// <summary>For how long the screen of a guest without an agent must stand still: a boot menu stands still, too.</summary>
    internal TimeSpan StillWithoutAgent { get; init; } = TimeSpan.FromSeconds(30);

    public Template? Find(MachineDefinition machine, string accelerator) => Template.TryRead(FolderOf(machine, accelerator));

    /// <summary>Ends and deletes what builds of processes that are gone left behind; what cannot be deleted is tried again before the
    /// next build.</summary>
    public void RemoveUnfinished()
    {
        foreach (var folder in UnfinishedFolder.Abandoned(state.Templates).ToList())
        {
            try
            {
                foreach (var process in QemuProcess.FindUsing(folder))
                {
                    process.Kill();
                }

                Directory.Delete(folder, recursive: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                LogNotRemoved(e, folder);
            }
        }
    }

    /// <summary>Deletes templates of which no machine is a fork: those of versions that are not among <paramref name="versions"/> (image and version), and those
    /// of applications that nobody wanted for two weeks.</summary>
    public void RemoveUnused(IReadOnlySet<(string Image, string Version)> versions)
    {
        var used = Directory.EnumerateDirectories(state.Machines).Select(MachineRecord.TryRead).OfType<MachineRecord>().Select(machine => machine.Template).ToHashSet();
        bool IsStale(Template template) => template.Machine.App is not null && time.GetUtcNow() - template.Wanted > KeepsApps;
        foreach (var template in All().Where(template => (IsStale(template) || !versions.Contains((template.Machine.Image, template.Machine.ImageVersion))) && !used.Contains(template.Key)).ToList())
        {
            try
            {
                Directory.Delete(template.Folder, recursive: true);
                LogUnused(template.Key);
            }
            catch (IOException e)
            {
                LogNotRemoved(e, template.Folder);
            }
        }
    }

    /// <summary>Files of images that templates lie over.</summary>
    public IEnumerable<string> Blobs() => All().SelectMany(template => template.Machine.Layers.Select(layer => layer.Path).Concat(template.Machine.Kernel is { } kernel ? [kernel.Kernel, kernel.Initrd] : []));

    private IEnumerable<Template> All() => Directory.EnumerateDirectories(state.Templates).Where(folder => !Path.GetFileName(folder).StartsWith('.')).Select(Template.TryRead).OfType<Template>();

    /// <summary>Moves a template out of the way, so that it is made anew; one of each key is kept to be looked at.</summary>
    public string SetAside(Template template) => SetAside(template.Folder);

    /// <summary>The same with a template that cannot even be read; null where there is none in the way.</summary>
    internal string? SetUnreadableAside(MachineDefinition machine, string accelerator) =>
        FolderOf(machine, accelerator) is var folder && Directory.Exists(folder) && Template.TryRead(folder) is null ? SetAside(folder) : null;

    /// <exception cref="ShortageException">When there is not enough memory or disk to make a template of the machine.</exception>
    internal void DemandRoom(MachineDefinition machine)
    {
        if (forker.Capacity.TemplateShortageFor(machine.MemoryMiB) is { } shortage)
        {
            throw new ShortageException(shortage);
        }
    }

    /// <summary>Boots the image, waits until the desktop is painted and still, and saves it.</summary>
    /// <param name="progress">Told what is being waited for, in words.</param>
    /// <param name="boot">Longest time from power on to a still screen.</param>
    /// <exception cref="ShortageException">Memory or disk is short: try again later.</exception>
    public async Task<Template> BuildAsync(MachineDefinition machine, string accelerator, TimeSpan boot, IProgress<string>? progress, CancellationToken stop)
    {
        RemoveUnfinished();
        var key = Template.KeyOf(machine, accelerator);
        var folder = Path.Combine(state.Templates, UnfinishedFolder.NewName());
        await using var undo = new UndoStack(e => LogNotRemoved(e, folder));
        using var claim = forker.Capacity.ClaimTemplate(machine.MemoryMiB);
        var uid = forker.Users.Take();
        undo.Push(() =>
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }

            forker.Users.Return(uid);
        });
        StateFolder.Make(folder);

        var template = new Template(folder, key, accelerator, machine, new Dictionary<string, string>());
        await MachineFolder.MakeAsync(machine, folder, uid, (machine.Disk, machine.DiskFormat), machine.Variables, machine.TpmState, stop);
        FileOwner.Create(template.Ram, uid, machine.MemoryMiB * 1024L * 1024);
        FileOwner.Create(template.State, uid, 0);

        progress?.Report(TemplateStep.Start);
        var launch = new QemuLaunch(folder, uid, machine, accelerator, MemoryMode.Template, template.Ram, DiskChain.Node([(template.Disk, "qcow2"), .. machine.Layers]));
        var (process, connected) = await launch.RunAsync(forker.Users, claim, undo, started: null, stop);
        await using (var qmp = connected)
        {
            await SettleAsync(folder, machine, process, qmp, boot, progress, stop);
            progress?.Report(TemplateStep.Save);
            await SaveAsync(qmp, template.State, stop);
            await qmp.CallAsync("quit", null, stop);
        }

        if (!await process.WaitForExitAsync(TimeSpan.FromSeconds(10), stop))
        {
            throw new MachineException("QEMU did not quit after the template was saved");
        }

        await TpmEmulator.EndAsync(folder, stop);
        foreach (var file in template.Files)
        {
            FileOwner.Seal(file);
        }

        foreach (var name in (string[])["qmp", "agent", "vdagent", "app"])
        {
            File.Delete(Path.Combine(folder, name));
        }

        progress?.Report(TemplateStep.Prove);
        await ProveAsync(template, boot, stop);
        template = template with { Hashes = await template.HashFilesAsync(stop) };
        template.Write();
        var final = Path.Combine(state.Templates, key);
        if (Template.TryRead(final) is { } faster)
        {
            // Another process built it meanwhile and may be forking from it; ours is taken back.
            return faster;
        }

        if (Directory.Exists(final))
        {
            LogInTheWay(key, SetAside(final));
        }

        Directory.Move(folder, final);
        undo.Keep();
        forker.Users.Return(uid);
        return template with { Folder = final };
    }

    /// <summary>A template from which no machine can be forked never gets its name.</summary>
    private async Task ProveAsync(Template template, TimeSpan deadline, CancellationToken stop)
    {
        // In the template's own folder: a server that starts meanwhile would take a half made machine for one of its own.
        await using var machine = await forker.ForkAsync(template, Guid.NewGuid(), 0, network: null, diskGiB: null, app: null, Path.Combine(template.Folder, "proof"), stop);
        try
        {
            if (template.Machine.HasAgent)
            {
                await machine.ConnectAgentAsync(deadline, stop);
            }
        }
        finally
        {
            await machine.DestroyAsync(CancellationToken.None);
        }
    }

    private async Task SettleAsync(string folder, MachineDefinition machine, QemuProcess process, QmpClient qmp, TimeSpan boot, IProgress<string>? progress, CancellationToken stop)
    {
        var deadline = time.GetUtcNow() + boot;
        if (machine.HasAgent)
        {
            progress?.Report(TemplateStep.Agent);
            await using var agent = await GuestAgentClient.ConnectAsync(Path.Combine(folder, "agent"), process.Pid, boot, stop);
            if (machine.System == GuestSystem.Linux)
            {
                progress?.Report(TemplateStep.Desktop);
                while (!await DesktopRunsAsync(agent, stop))
                {
                    Demand(deadline, "the desktop did not start in the guest");
                    await Task.Delay(500, stop);
                }

                await GuestWarmth.ReadAheadAsync(agent, stop);
            }

            if (machine.App is { } app)
            {
                progress?.Report(TemplateStep.App);
                await GuestApp.OpenAsync(agent, app, stop);
                await GuestApp.WaitForWindowAsync(app, async end => new AppLine(await MachineSocket.OpenStreamAsync(Path.Combine(folder, "app"), process.Pid, GuestApp.Name, end)), deadline - time.GetUtcNow(), stop);
            }
        }

        progress?.Report(TemplateStep.Still);
        var stillness = new Stillness(machine.HasAgent ? TimeSpan.FromSeconds(8) : StillWithoutAgent, time);
        var dump = Path.Combine(folder, "screen.ppm");
        while (true)
        {
            await using (var file = new FileStream(dump, FileMode.Create, FileAccess.Write, FileShare.ReadWrite))
            {
                await qmp.ScreenDumpAsync(file.SafeFileHandle, stop);
            }

            if (stillness.Observe(await File.ReadAllBytesAsync(dump, stop)))
            {
                break;
            }

            Demand(deadline, "the screen was not painted and still");
            await Task.Delay(machine.HasAgent ? 500 : 100, stop);
        }

        File.Delete(dump);
    }

    /// <summary>A guest that starts on a busy computer may be long about an answer; whether it is too long is the deadline's to say.</summary>
    private static async Task<bool> DesktopRunsAsync(GuestAgentClient agent, CancellationToken stop)
    {
        try
        {
            return (await agent.RunAsync("/bin/sh", ["-c", DesktopRuns], TimeSpan.FromSeconds(20), stop)).ExitCode == 0;
        }
        catch (MachineException) when (!agent.Closed.IsCompleted)
        {
            return false;
        }
    }

    private void Demand(DateTimeOffset deadline, string otherwise)
    {
        if (time.GetUtcNow() > deadline)
        {
            throw new MachineException($"The template was given up: {otherwise} in time");
        }
    }

    private static async Task SaveAsync(QmpClient qmp, string state, CancellationToken stop)
    {
        await qmp.CallAsync("stop", null, stop);
        await Migration.ShareMemoryAsync(qmp, stop);
        await qmp.CallAsync("migrate", new JsonObject { ["uri"] = $"file:{state}" }, stop);
        await WaitUntilSavedAsync(qmp, SaveDeadline, stop);
        await SavedHeads.MendAsync(state, stop);
    }

    /// <summary>Waits for the end of a migration (QEMU docs/interop/qemu-qmp-ref, MigrationInfo).</summary>
    internal static async Task WaitUntilSavedAsync(QmpClient qmp, TimeSpan deadline, CancellationToken stop)
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            var answer = await qmp.CallAsync("query-migrate", null, stop);
            switch (Text(answer, "status"))
            {
                case "completed":
                    return;
                case "failed" or "cancelled":
                    throw new MachineException($"The machine could not be saved: {PeerText.Head(Text(answer, "error-desc") ?? "no reason given")}");
                case null:
                    throw new MachineException("The machine could not be saved: QEMU does not say how far it is");
            }

            if (waited.Elapsed > deadline)
            {
                throw new MachineException($"The machine was not saved within {deadline.TotalSeconds:0.#} s: the disk is slow or hangs");
            }

            await Task.Delay(10, stop);
        }
    }

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private string FolderOf(MachineDefinition machine, string accelerator) => Path.Combine(state.Templates, Template.KeyOf(machine, accelerator));

    private string SetAside(string folder)
    {
        var aside = Path.Combine(state.Templates, Damaged + Path.GetFileName(folder));
        if (Directory.Exists(aside))
        {
            Directory.Delete(aside, recursive: true);
        }

        Directory.Move(folder, aside);
        return aside;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Folder}, of a template that was not finished, could not be removed; it is tried again before the next build")]
    private partial void LogNotRemoved(Exception cause, string folder);

    [LoggerMessage(Level = LogLevel.Information, Message = "Template {Template} is deleted: its image's version is gone, or nobody wanted its application for long")]
    private partial void LogUnused(string template);

    [LoggerMessage(Level = LogLevel.Warning, Message = "There was something in the place of template {Template}; it is set aside at {Folder}")]
    private partial void LogInTheWay(string template, string folder);
}
