using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Vdi.Emulator.Disks;
using Vdi.Emulator.Homes;
using Vdi.Emulator.Limits;
using Vdi.Emulator.Machines;
using Vdi.Emulator.Networks;
using Vdi.Emulator.Suspending;
using Vdi.Protocol.Fleet;
using Vdi.Protocol.UnixSockets;

namespace Vdi.Emulator.Templates;

/// <summary>Instant forks: an overlay over the template's disk, a QEMU that maps the template's memory privately, the saved device
/// state, and go.</summary>
public sealed partial class Forker(StateFolder state, Capacity capacity, MachineNetworks networks, HomeStore homes, TimeProvider time, ILogger<Forker> log)
{
    private static readonly TimeSpan MonitorDeadline = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LoadDeadline = TimeSpan.FromSeconds(20);
    private readonly MachineSurroundings _surroundings = new(state, capacity, networks, new MachineUsers(), homes, time);

    internal MachineSurroundings Surroundings => _surroundings;

    internal HomeStore Homes => homes;

    internal StateFolder State => state;

    internal Capacity Capacity => capacity;

    internal MachineNetworks Networks => networks;

    internal MachineUsers Users => _surroundings.Users;

    /// <summary>Takes up the machines that an earlier process left running, and ends and removes what was half made or is broken. Nothing
    /// that is wrong with one of them concerns the others.</summary>
    public async Task<IReadOnlyList<Machine>> AdoptAsync(CancellationToken stop)
    {
        var folders = Directory.EnumerateDirectories(state.Machines).ToList();
        var adopted = (await Task.WhenAll(folders.Select(folder => Task.Run(() => TryAdoptAsync(folder, stop), stop)))).OfType<Machine>().ToList();
        await EndOrphansAsync(adopted.Select(machine => machine.Process.Pid).ToHashSet(), stop);
        var alive = adopted.Select(machine => machine.Id).ToHashSet();
        Cgroup.RemoveOthers(alive);
        await homes.AdoptAsync(alive, stop);
        return adopted;
    }

    /// <summary>The machines that sleep here; after <see cref="AdoptAsync(CancellationToken)"/>.</summary>
    public IReadOnlyList<ISuspendedMachine> FindSuspended() =>
    [
        .. Directory.EnumerateDirectories(state.Machines)
            .Select(folder => (Folder: folder, Record: MachineRecord.TryRead(folder)))
            .Where(found => found.Record is { Saved: not null } record && record.Id.ToString("N") == Path.GetFileName(found.Folder))
            .Select(found => new SuspendedMachine(found.Record!, found.Folder, _surroundings)),
    ];

    /// <summary>Forks <paramref name="template"/>; the machine runs when this returns. What fails midway is taken back.</summary>
    /// <exception cref="ShortageException">Memory or disk is short: try again later.</exception>
    public Task<Machine> ForkAsync(Template template, ForkRequest request, CancellationToken stop) =>
        ForkAsync(template, request.Machine, request.Epoch, request.Network, request.Size?.DiskGiB, request.App, Path.Combine(state.Machines, request.Machine.ToString("N")), stop);

    /// <summary>The same with a disk as large as the image's, and a desktop or what its template has open.</summary>
    public Task<Machine> ForkAsync(Template template, Guid id, long epoch, PoolNetwork? network, CancellationToken stop) =>
        ForkAsync(template, id, epoch, network, diskGiB: null, app: null, Path.Combine(state.Machines, id.ToString("N")), stop);

    /// <summary>The same with its files in a folder that is no machine's: one that belongs to a template in the making.</summary>
    internal async Task<Machine> ForkAsync(Template template, Guid id, long epoch, PoolNetwork? network, int? diskGiB, MachineApp? app, string folder, CancellationToken stop)
    {
        var began = Stopwatch.GetTimestamp();
        await using var undo = new UndoStack(e => LogNotUndone(e, id));
        if (Directory.Exists(folder))
        {
            throw new MachineException($"There is a machine {id} already");
        }

        var claim = capacity.ClaimMachine(template.Machine.MemoryMiB);
        undo.Push(claim.Dispose);
        var uid = Users.Take();
        undo.Push(() =>
        {
            // One step: as long as the folder is there, its files are the user's.
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }

            Users.Return(uid);
        });
        StateFolder.Make(folder);

        var machine = template.Machine;
        await MachineFolder.MakeAsync(machine, folder, uid, (template.Disk, "qcow2"), UefiFirmware.PathIn(template.Folder), tpmState: null, stop);
        var disk = Since(began);

        MachineRecord? record = null;
        var (started, loaded) = (0.0, 0.0);
        var launch = new QemuLaunch(folder, uid, machine, template.Accelerator, MemoryMode.Fork, template.Ram, DiskChain.Node([(MachineFolder.DiskIn(folder), "qcow2"), (template.Disk, "qcow2"), .. machine.Layers])) { Group = id };
        var (_, qmp) = await launch.RunAsync(Users, claim, undo, (process, unlimited) =>
        {
            record = new MachineRecord(id, epoch, template.Key, uid, process.Pid, process.StartTicks, MachineRecord.ThisBoot, machine.HasAgent, Complete: false, Times: null, DisplayProtocol.DBus, machine.MemoryMiB, machine.ImageVersion, TemplateFolder: template.Folder) { Drivers = machine.Drivers, System = machine.System, Heads = machine.Heads, App = machine.App ?? app };
            record.Write(folder);
            if (unlimited is not null)
            {
                LogUnlimited(id, unlimited);
            }
        }, async monitor =>
        {
            started = Since(began);
            try
            {
                await Migration.ShareMemoryAsync(monitor, stop);
                await Migration.LoadAsync(monitor, folder, template.State, LoadDeadline, stop);
                loaded = Since(began);
                await monitor.CallAsync("cont", null, stop);
                if (diskGiB is { } size)
                {
                    await DiskChain.GrowAsync(monitor, template.Disk, size, stop);
                }
            }
            catch (MachineException e) when (QemuStart.LastWords(folder) is { } words)
            {
                throw new MachineException($"The template's state could not be loaded: {words}", e);
            }
        }, stop);

        undo.Keep();
        record = record! with { Times = new ForkTimes(disk, started, loaded, Since(began)) };
        return new Machine(record, folder, qmp, _surroundings, network, began) { HasOwnDiskSize = diskGiB is not null, AppToOpen = machine.App is null ? app : null };
    }

    /// <summary>Null for what was no machine any more. Never throws for the folder's own sake: one that cannot be removed now is tried
    /// again at the next start.</summary>
    private async Task<Machine?> TryAdoptAsync(string folder, CancellationToken stop)
    {
        var record = MachineRecord.TryRead(folder);
        try
        {
            if (record is { Saved: not null })
            {
                await new SuspendedMachine(record, folder, _surroundings).EndLeftoversAsync(stop);
                return null;
            }

            Users.TakeAgain(record?.Uid);
            return await AdoptAsync(folder, record, stop);
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            LogNotAdopted(Path.GetFileName(folder), e.Message);
            if (record is { Saved: not null })
            {
                // Nothing of it is lost; waking it tries the same again.
                return null;
            }
        }

        try
        {
            await MachineFolder.EndProcessesAsync(folder, stop);
            Directory.Delete(folder, recursive: true);
            Users.Return(record?.Uid);
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            LogNotRemoved(e, folder);
        }

        return null;
    }

    /// <summary>A machine that is confined and whose monitor answers is taken up. Whatever else it lacks may be for a while only: its guest
    /// restarts, its disk is full, this computer is busy.</summary>
    private async Task<Machine> AdoptAsync(string folder, MachineRecord? found, CancellationToken stop)
    {
        var record = found ?? throw new MachineException($"its {MachineRecord.FileName} is missing or damaged");
        if (record.Process is not { IsAlive: true } process)
        {
            throw new MachineException("its QEMU ended while nobody watched");
        }

        if (!record.Complete || record.Id.ToString("N") != Path.GetFileName(folder))
        {
            throw new MachineException("it was half made");
        }

        if (DiskChain.WhyNotOpened(MachineFolder.DiskIn(folder)) is { } fault)
        {
            throw new MachineException(fault);
        }

        Confinement.Demand(process.Pid, record.Uid);
        var qmp = await ConnectMonitorAsync(folder, process, stop);
        string? stoodStill = null;
        if (File.Exists(SavedMachine.UnfinishedPathIn(folder)) || File.Exists(SavedMachine.PathIn(folder)))
        {
            // It was being suspended, or had just been woken, when the process that did so ended.
            await SavedMachine.GoOnAsync(qmp, folder, stop);
            stoodStill = (await networks.HoldAsync(qmp, record.Id, stop))?.Mac;
        }

        capacity.Adopt(process, record.MemoryMiB);
        var machine = new Machine(record, folder, qmp, _surroundings, network: null, Stopwatch.GetTimestamp()) { WokenMac = stoodStill };
        machine.Reattach();
        return machine;
    }

    /// <summary>The monitor of a machine that runs already. One that is silent because its process gets no processor, as when everything
    /// starts at once, is asked again; otherwise it is hung.</summary>
    private static async Task<QmpClient> ConnectMonitorAsync(string folder, QemuProcess process, CancellationToken stop)
    {
        var path = Path.Combine(folder, "qmp");
        var waited = process.WaitedForCpu;
        try
        {
            return await QmpClient.ConnectAsync(path, process.Pid, MonitorDeadline, stop);
        }
        catch (MachineException) when (process.IsAlive && process.WaitedForCpu - waited > MonitorDeadline / 4)
        {
            return await QmpClient.ConnectAsync(path, process.Pid, MonitorDeadline, stop);
        }
    }

    /// <summary>A QEMU whose folder or record is gone is nobody's machine, but goes on using memory and a processor.</summary>
    private async Task EndOrphansAsync(HashSet<int> adopted, CancellationToken stop)
    {
        await Task.WhenAll(QemuProcess.FindUsing(state.Machines).Where(process => !adopted.Contains(process.Pid)).ToList().Select(async process =>
        {
            LogOrphan(process.Pid);
            try
            {
                await process.EndAsync(stop);
            }
            catch (MachineException e)
            {
                LogNotRemoved(e, $"/proc/{process.Pid}");
            }
        }));
    }

    private static double Since(long began) => Stopwatch.GetElapsedTime(began).TotalMilliseconds;

    [LoggerMessage(Level = LogLevel.Warning, Message = "The machine in {Folder} is not taken up: {Reason}")]
    private partial void LogNotAdopted(string folder, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Folder} could not be removed; it is tried again at the next start")]
    private partial void LogNotRemoved(Exception cause, string folder);

    [LoggerMessage(Level = LogLevel.Warning, Message = "QEMU process {Process} is ended: it uses files of a machine that is not here any more")]
    private partial void LogOrphan(int process);

    [LoggerMessage(Level = LogLevel.Error, Message = "What was made of machine {Machine} could not all be taken back")]
    private partial void LogNotUndone(Exception cause, Guid machine);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Machine {Machine} runs with {Missing} by control group")]
    private partial void LogUnlimited(Guid machine, string missing);
}
