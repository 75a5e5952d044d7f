using System.Diagnostics;
using Vdi.Emulator.Disks;
using Vdi.Emulator.Limits;
using Vdi.Emulator.Machines;
using Vdi.Emulator.Networks;
using Vdi.Emulator.Templates;
using Vdi.Protocol.Fleet;

namespace Vdi.Emulator.Suspending;

/// <summary>A machine that sleeps: a folder, and nothing that runs. Whatever fails, the folder stays as it is until it is destroyed.</summary>
internal sealed class SuspendedMachine(MachineRecord record, string folder, MachineSurroundings surroundings) : ISuspendedMachine
{
    private bool _woken;

    public Guid Id => record.Id;

    public long Epoch => record.Epoch;

    public string? ImageVersion => record.ImageVersion;

    public long Bytes => new FileInfo(SavedMachine.PathIn(folder)) is { Exists: true } file ? file.Length : 0;

    public async Task<IMachine> WakeAsync(PoolNetwork network, CancellationToken stop)
    {
        var began = Stopwatch.GetTimestamp();
        var (template, saved) = await CheckAsync(stop);
        await using var undo = new UndoStack();
        var claim = surroundings.Capacity.ClaimMachine(record.MemoryMiB);
        undo.Push(claim.Dispose);
        var uid = surroundings.Users.Take();
        undo.Push(() =>
        {
            MachineFolder.Hold(folder);
            surroundings.Users.Return(uid);
        });
        var machine = template.Machine;
        MachineFolder.Give(machine, folder, uid);
        using var nic = saved.Nic is { } held ? await surroundings.Networks.PlugAgainAsync(Id, held, network, machine.Drivers, undo, stop) : null;
        var disk = DiskChain.Node([(MachineFolder.DiskIn(folder), "qcow2"), (template.Disk, "qcow2"), .. machine.Layers]);
        var launch = new QemuLaunch(folder, uid, machine, template.Accelerator, MemoryMode.Fork, template.Ram, disk) { Nic = nic, Group = Id };
        var started = 0.0;
        var (process, qmp) = await launch.RunAsync(surroundings.Users, claim, undo, started: null, async monitor =>
        {
            started = Since(began);
            try
            {
                await SavedMachine.LoadAsync(monitor, folder, stop);
            }
            catch (MachineException e) when (QemuStart.LastWords(folder) is { } words)
            {
                throw new MachineException($"Its saved state could not be loaded: {words}", e);
            }
        }, stop);

        // From here on it is the running machine: once its disk changes, what was saved fits to it no more.
        var loaded = Since(began);
        var running = record with { Uid = uid, Pid = process.Pid, StartTicks = process.StartTicks, Boot = MachineRecord.ThisBoot, Saved = null };
        running.Write(folder);
        undo.Keep();
        _woken = true;
        await SavedMachine.GoOnAsync(qmp, folder, CancellationToken.None);
        return new Machine(running with { Times = new ForkTimes(0, started, loaded, Since(began)) }, folder, qmp, surroundings, network, began) { WokenMac = saved.Nic?.Mac };
    }

    public async Task DestroyAsync(CancellationToken stop)
    {
        await EndLeftoversAsync(stop);
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Takes back what a process that ended midway left: of suspending its QEMU, which has nothing more to do, of waking one that
    /// never went on.</summary>
    internal async Task EndLeftoversAsync(CancellationToken stop)
    {
        await MachineFolder.EndProcessesAsync(folder, stop);
        await surroundings.Networks.ReleaseAsync(Id, stop);
        Cgroup.Remove(Id);
        MachineFolder.Hold(folder);
    }

    private async Task<(Template, SavedMachine)> CheckAsync(CancellationToken stop)
    {
        if (_woken)
        {
            throw new MachineException("It was woken already");
        }

        await EndLeftoversAsync(stop);
        if (record.Saved is not { } saved || !File.Exists(SavedMachine.PathIn(folder)))
        {
            throw new MachineException("Its saved state is missing");
        }

        if (DiskChain.WhyNotOpened(MachineFolder.DiskIn(folder)) is { } fault)
        {
            throw new MachineException(fault);
        }

        var template = Template.Of(record, surroundings.State);
        return saved.Fits(template) ? (template, saved) : throw new MachineException($"Template {record.Template}, of which it is a fork, was made anew since");
    }

    private static double Since(long began) => Stopwatch.GetElapsedTime(began).TotalMilliseconds;
}
