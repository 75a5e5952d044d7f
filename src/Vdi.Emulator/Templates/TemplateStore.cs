using System.Text.Json.Nodes;
using Vdi.Emulator.Disks;
using Vdi.Emulator.Guest;
using Vdi.Emulator.Machines;

namespace Vdi.Emulator.Templates;

/// <summary>Makes templates and finds them again. One is built under a temporary name and renamed when whole.</summary>
public sealed class TemplateStore(StateFolder state, Forker forker, TimeProvider time)
{
    /// <summary>Uid of the QEMU that builds a template.</summary>
    private const int BuilderUid = 60999;
    private const string Unfinished = ".building-";
    private const string Damaged = ".damaged-";

    public Template? Find(MachineDefinition machine, string accelerator) =>
        Template.TryRead(Path.Combine(state.Templates, Template.KeyOf(machine, accelerator)));

    /// <summary>Deletes what an interrupted build left behind.</summary>
    public void RemoveUnfinished()
    {
        foreach (var folder in Directory.EnumerateDirectories(state.Templates, Unfinished + "*"))
        {
            foreach (var process in QemuProcess.FindUsing(folder))
            {
                process.Kill();
            }

            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Moves a template out of the way, so that it is made anew; one of each key is kept to be looked at.</summary>
    public string SetAside(Template template)
    {
        var aside = Path.Combine(state.Templates, Damaged + template.Key);
        if (Directory.Exists(aside))
        {
            Directory.Delete(aside, recursive: true);
        }

        Directory.Move(template.Folder, aside);
        return aside;
    }

    /// <summary>Boots the image, waits until the desktop is painted and still, and saves it.</summary>
    /// <param name="progress">Told what is being waited for, in words.</param>
    /// <param name="boot">Longest time from power on to a still screen.</param>
    public async Task<Template> BuildAsync(MachineDefinition machine, string accelerator, TimeSpan boot, IProgress<string>? progress, CancellationToken stop)
    {
        var key = Template.KeyOf(machine, accelerator);
        var folder = Path.Combine(state.Templates, $"{Unfinished}{Guid.NewGuid().ToString("N")[..8]}");
        StateFolder.Make(folder);
        await using var undo = new UndoStack();
        undo.Push(() => Directory.Delete(folder, recursive: true));

        var template = new Template(folder, key, accelerator, machine, new Dictionary<string, string>());
        int? uid = Confinement.CanDropUser ? BuilderUid : null;
        await DiskChain.CreateOverlayAsync(template.Disk, machine.Disk, machine.DiskFormat, stop);
        FileOwner.Give(template.Disk, uid);
        FileOwner.Create(template.Ram, uid, machine.MemoryMiB * 1024L * 1024);
        FileOwner.Create(template.State, uid, 0);

        progress?.Report("starting the machine");
        var disk = DiskChain.Node((template.Disk, "qcow2"), (machine.Disk, machine.DiskFormat));
        var process = QemuProcess.Start(folder, uid, QemuArguments.Build(machine, accelerator, MemoryMode.Template, template.Ram, disk));
        undo.Push(async () =>
        {
            process.Kill();
            await process.WaitForExitAsync(TimeSpan.FromSeconds(10), CancellationToken.None);
        });
        await using (var qmp = await QemuStart.ConnectAsync(folder, process, stop))
        {
            Confinement.Demand(process.Pid, uid);
            await SettleAsync(folder, machine, qmp, boot, progress, stop);
            progress?.Report("saving the machine");
            await SaveAsync(qmp, template.State, stop);
            await qmp.CallAsync("quit", null, stop);
        }

        if (!await process.WaitForExitAsync(TimeSpan.FromSeconds(10), stop))
        {
            throw new MachineException("QEMU did not quit after the template was saved");
        }

        foreach (var file in (string[])[template.Ram, template.State, template.Disk])
        {
            FileOwner.Seal(file);
        }

        foreach (var name in (string[])["qmp", "agent", "vdagent"])
        {
            File.Delete(Path.Combine(folder, name));
        }

        progress?.Report("trying a first fork");
        await ProveAsync(template, boot, stop);
        template = template with { Hashes = await template.HashFilesAsync(stop) };
        template.Write();
        var final = Path.Combine(state.Templates, key);
        if (Directory.Exists(final))
        {
            Directory.Delete(final, recursive: true);
        }

        Directory.Move(folder, final);
        undo.Keep();
        return template with { Folder = final };
    }

    /// <summary>A template from which no machine can be forked never gets its name.</summary>
    private async Task ProveAsync(Template template, TimeSpan deadline, CancellationToken stop)
    {
        await using var machine = await forker.ForkAsync(template, Guid.NewGuid(), 0, network: null, stop);
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

    private async Task SettleAsync(string folder, MachineDefinition machine, QmpClient qmp, TimeSpan boot, IProgress<string>? progress, CancellationToken stop)
    {
        var deadline = time.GetUtcNow() + boot;
        if (machine.HasAgent)
        {
            progress?.Report("waiting for the guest agent");
            await using var agent = await GuestAgentClient.ConnectAsync(Path.Combine(folder, "agent"), boot, stop);
            progress?.Report("waiting for the desktop");
            while ((await agent.RunAsync("/bin/sh", ["-c", "pgrep -x Xorg && systemctl is-active --quiet vdi-desktop"], TimeSpan.FromSeconds(20), stop)).ExitCode != 0)
            {
                Demand(deadline, "the desktop did not start in the guest");
                await Task.Delay(500, stop);
            }
        }

        progress?.Report("waiting until the screen is painted and still");
        var stillness = new Stillness(machine.HasAgent ? TimeSpan.FromSeconds(8) : TimeSpan.FromSeconds(1), time);
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
        while (true)
        {
            var answer = await qmp.CallAsync("query-migrate", null, stop);
            switch (answer.GetProperty("status").GetString())
            {
                case "completed":
                    return;
                case "failed" or "cancelled":
                    throw new MachineException($"The machine could not be saved: {(answer.TryGetProperty("error-desc", out var why) ? why.GetString() : "no reason given")}");
            }

            await Task.Delay(10, stop);
        }
    }
}
