using System.Diagnostics;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Vdi.Emulator.Disks;
using Vdi.Emulator.Limits;
using Vdi.Emulator.Machines;
using Vdi.Emulator.Networks;
using Vdi.Protocol.Fleet;
using Vdi.Protocol.UnixSockets;

namespace Vdi.Emulator.Templates;

/// <summary>Instant forks: an overlay over the template's disk, a QEMU that maps the template's memory privately, the saved device
/// state, and go.</summary>
public sealed partial class Forker(StateFolder state, Capacity capacity, MachineNetworks networks, TimeProvider time, ILogger<Forker> log)
{
    private readonly MachineUsers _users = new();
    private readonly MachineSurroundings _surroundings = new(capacity, networks, time);

    /// <summary>Takes up the machines that an earlier process left running, and ends and removes what was half made or is broken.</summary>
    public async Task<IReadOnlyList<Machine>> AdoptAsync(CancellationToken stop)
    {
        var adopted = new List<Machine>();
        foreach (var folder in Directory.EnumerateDirectories(state.Machines))
        {
            try
            {
                adopted.Add(await AdoptAsync(folder, stop));
            }
            catch (MachineException e)
            {
                LogNotAdopted(Path.GetFileName(folder), e.Message);
                await RemoveAsync(folder, stop);
            }
        }

        Cgroup.RemoveOthers(adopted.Select(machine => machine.Id).ToHashSet());
        return adopted;
    }

    /// <summary>Forks <paramref name="template"/>; the machine runs when this returns. What fails midway is taken back.</summary>
    public async Task<Machine> ForkAsync(Template template, Guid id, long epoch, PoolNetwork? network, CancellationToken stop)
    {
        var began = Stopwatch.GetTimestamp();
        var folder = Path.Combine(state.Machines, id.ToString("N"));
        await using var undo = new UndoStack();
        if (Directory.Exists(folder))
        {
            throw new MachineException($"There is a machine {id} already");
        }

        var uid = _users.Take();
        undo.Push(() => _users.Return(uid));
        StateFolder.Make(folder);
        undo.Push(() => Directory.Delete(folder, recursive: true));

        var overlay = Path.Combine(folder, "disk.qcow2");
        await DiskChain.CreateOverlayAsync(overlay, template.Disk, "qcow2", stop);
        FileOwner.Give(overlay, uid);
        var disk = Since(began);

        var machine = template.Machine;
        var node = DiskChain.Node((overlay, "qcow2"), (template.Disk, "qcow2"), (machine.Disk, machine.DiskFormat));
        var process = QemuProcess.Start(folder, uid, QemuArguments.Build(machine, template.Accelerator, MemoryMode.Fork, template.Ram, node));
        undo.Push(async () =>
        {
            process.Kill();
            await process.WaitForExitAsync(TimeSpan.FromSeconds(10), CancellationToken.None);
            Cgroup.Remove(id);
        });
        var record = new MachineRecord(id, epoch, template.Key, uid, process.Pid, process.StartTicks, MachineRecord.ThisBoot, machine.HasAgent, Complete: false, Times: null, DisplayProtocol.DBus);
        record.Write(folder);
        if (Cgroup.Confine(id, process.Pid, machine.MemoryMiB, machine.Cpus) is { } unlimited)
        {
            LogUnlimited(id, unlimited);
        }

        var qmp = await QemuStart.ConnectAsync(folder, process, stop);
        undo.Push(qmp.DisposeAsync);
        Confinement.Demand(process.Pid, uid);
        var started = Since(began);

        var loaded = 0.0;
        try
        {
            await LoadAsync(qmp, folder, template.State, stop);
            loaded = Since(began);
            await qmp.CallAsync("cont", null, stop);
        }
        catch (MachineException e) when (QemuStart.LastWords(folder) is { } words)
        {
            throw new MachineException($"The template's state could not be loaded: {words}", e);
        }

        undo.Keep();
        record = record with { Times = new ForkTimes(disk, started, loaded, Since(began)) };
        return Own(new Machine(record, folder, qmp, _surroundings, network, began));
    }

    private async Task<Machine> AdoptAsync(string folder, CancellationToken stop)
    {
        var record = MachineRecord.TryRead(folder) ?? throw new MachineException($"its {MachineRecord.FileName} is missing or damaged");
        if (record.Process is not { IsAlive: true } process)
        {
            throw new MachineException("its QEMU ended while nobody watched");
        }

        if (!record.Complete || record.Id.ToString("N") != Path.GetFileName(folder))
        {
            throw new MachineException("it was half made");
        }

        if (!DiskChain.IsQcow2(Path.Combine(folder, "disk.qcow2")))
        {
            throw new MachineException("its disk's file is damaged");
        }

        Confinement.Demand(process.Pid, record.Uid);
        var qmp = await QmpClient.ConnectAsync(Path.Combine(folder, "qmp"), TimeSpan.FromSeconds(10), stop);
        var machine = Own(new Machine(record, folder, qmp, _surroundings, network: null, Stopwatch.GetTimestamp()));
        try
        {
            _users.TakeAgain(record.Uid);
            if (record.HasAgent)
            {
                await machine.ConnectAgentAsync(TimeSpan.FromSeconds(15), stop);
            }

            await networks.AdoptAsync(record.Id, stop);
            return machine;
        }
        catch
        {
            await machine.DisposeAsync();
            throw;
        }
    }

    private async Task RemoveAsync(string folder, CancellationToken stop)
    {
        foreach (var process in QemuProcess.FindUsing(folder))
        {
            process.Kill();
            await process.WaitForExitAsync(TimeSpan.FromSeconds(10), stop);
        }

        Directory.Delete(folder, recursive: true);
    }

    /// <summary>The machine's user is free again once its QEMU has ended.</summary>
    private Machine Own(Machine machine)
    {
        _ = machine.Qmp.Closed.ContinueWith(
            async _ =>
            {
                if (await machine.Process.WaitForExitAsync(TimeSpan.FromMinutes(1), CancellationToken.None))
                {
                    _users.Return(machine.Record.Uid);
                }
            },
            TaskScheduler.Default);
        return machine;
    }

    private static async Task LoadAsync(QmpClient qmp, string folder, string state, CancellationToken stop)
    {
        await Migration.ShareMemoryAsync(qmp, stop);
        await qmp.CallAsync("migrate-incoming", new JsonObject { ["uri"] = $"file:{state}" }, stop);
        var deadline = Stopwatch.StartNew();
        while (await qmp.StatusAsync(stop) == "inmigrate")
        {
            if (deadline.Elapsed > TimeSpan.FromSeconds(20))
            {
                throw new MachineException($"The template's state did not load within 20 s: {QemuStart.LastWords(folder) ?? "QEMU says nothing"}");
            }

            await Task.Delay(2, stop);
        }
    }

    private static double Since(long began) => Stopwatch.GetElapsedTime(began).TotalMilliseconds;

    [LoggerMessage(Level = LogLevel.Warning, Message = "The machine in {Folder} is ended and removed: {Reason}")]
    private partial void LogNotAdopted(string folder, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Machine {Machine} runs with {Missing} by control group")]
    private partial void LogUnlimited(Guid machine, string missing);
}
