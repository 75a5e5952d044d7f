using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Vdi.Emulator.Disks;
using Vdi.Emulator.Images;
using Vdi.Emulator.Machines;
using Vdi.Emulator.Networks;
using Vdi.Emulator.Suspending;
using Vdi.Emulator.Templates;
using Vdi.Protocol.Fleet;
using Vdi.Protocol.UnixSockets;

namespace Vdi.Emulator.Editing;

/// <summary>A machine in which an image is worked on: a writable disk layer over a version, or an empty disk, and checkpoints to go back to. It is
/// switched on and off as any computer; what it wrote stays until it is published or discarded. One step at a time.</summary>
public sealed class EditMachine : IAsyncDisposable
{
    private static readonly TimeSpan SaveDeadline = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan LoadDeadline = TimeSpan.FromMinutes(1);
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly EditFolder _folder;
    private readonly BlobStore _blobs;
    private readonly MachineSurroundings _surroundings;
    private readonly Func<Task<string>> _accelerator;
    private readonly Func<CancellationToken, Task<string>> _mirrors;

    /// <param name="mirrors">Where packages are to be had from.</param>
    internal EditMachine(EditRecord record, EditFolder folder, BlobStore blobs, MachineSurroundings surroundings, Func<Task<string>> accelerator, Func<CancellationToken, Task<string>> mirrors) =>
        (Record, _folder, _blobs, _surroundings, _accelerator, _mirrors) = (record, folder, blobs, surroundings, accelerator, mirrors);

    public EditRecord Record { get; private set; }

    /// <summary>The running machine; null while it is switched off.</summary>
    public Machine? Running { get; private set; }

    /// <summary>Called after each start, also where a checkpoint is gone back to.</summary>
    public Action? Started { get; set; }

    /// <summary>Disk that it takes, in bytes.</summary>
    public long Bytes => _folder.Bytes;

    internal EditFolder Folder => _folder;

    /// <summary>Switches it on; nothing happens where it runs. One that hangs is ended first.</summary>
    /// <exception cref="ShortageException">Memory or disk is short: try again later.</exception>
    public Task StartAsync(CancellationToken stop) => InTurnAsync(async () =>
    {
        await ForgetEndedAsync(stop);
        if (Running is null)
        {
            _folder.RemoveOthers(Record);
            await RunAsync(from: null, stop);
        }
    }, stop);

    /// <summary>Keeps memory and disk as they are; the machine stands still for as long as that takes, and goes on.</summary>
    public Task CheckpointAsync(Guid id, string name, CancellationToken stop) => InTurnAsync(async () =>
    {
        if (Record.Checkpoints.Any(checkpoint => checkpoint.Id == id))
        {
            return;
        }

        if (Running is not { IsAlive: true } machine)
        {
            throw new MachineException("The editing machine is switched off: start it, then take the checkpoint");
        }

        _surroundings.Capacity.DemandDisk("a checkpoint", FileBlocks.Taken(_folder.Ram) * 2 >> 20);
        var checkpoint = _folder.CheckpointOf(id);
        await using var undo = new UndoStack();
        undo.Push(() => Directory.Delete(checkpoint, recursive: true));
        StateFolder.Make(Path.GetDirectoryName(checkpoint)!);
        StateFolder.Make(checkpoint);
        var state = Path.Combine(checkpoint, "state");
        FileOwner.Create(state, machine.Record.Uid, 0);
        try
        {
            await machine.Qmp.CallAsync("stop", null, stop);
            await Migration.ShareMemoryAsync(machine.Qmp, stop);
            await machine.Qmp.CallAsync("migrate", new JsonObject { ["uri"] = $"file:{state}" }, stop);
            await TemplateStore.WaitUntilSavedAsync(machine.Qmp, SaveDeadline, stop);
            await SavedHeads.MendAsync(state, stop);
        }
        catch
        {
            // The machine that is worked on is worth more than the checkpoint.
            await Migration.GoOnAsync(machine.Qmp, CancellationToken.None);
            throw;
        }

        // Its QEMU has nothing more to write: memory and disk are the checkpoint's, and it goes on from there as if it had been gone back to.
        await EndRunAsync(CancellationToken.None);
        File.Move(_folder.Ram, Path.Combine(checkpoint, "ram"));
        if (File.Exists(UefiFirmware.PathIn(_folder.Run)))
        {
            File.Copy(UefiFirmware.PathIn(_folder.Run), UefiFirmware.PathIn(checkpoint));
        }

        foreach (var file in Directory.EnumerateFiles(checkpoint).Append(_folder.Layer(Record.Layers[0])))
        {
            FileOwner.Seal(file);
        }

        var saved = new SavedCheckpoint(id, name, _surroundings.Time.GetUtcNow(), Record.At, Record.Layers, await _accelerator(), QemuBinary.Version, FileBlocks.Taken(Path.Combine(checkpoint, "ram")) + FileBlocks.Taken(state), machine.Heads);
        Note(record => record with { Checkpoints = [.. record.Checkpoints, saved] });
        undo.Keep();
        await GoBackAsync(saved, CancellationToken.None);
    }, stop);

    /// <summary>Goes on from the checkpoint; what was done since is gone.</summary>
    public Task GoBackAsync(Guid id, CancellationToken stop) => InTurnAsync(async () =>
    {
        var saved = Record.Checkpoints.FirstOrDefault(checkpoint => checkpoint.Id == id) ?? throw new MachineException("There is no such checkpoint any more");
        if (saved.Qemu != QemuBinary.Version || saved.Accelerator != await _accelerator())
        {
            throw new MachineException($"Checkpoint '{saved.Name}' was saved by QEMU {saved.Qemu} with {saved.Accelerator}, and cannot go on with another");
        }

        await GoBackAsync(saved, stop);
    }, stop);

    /// <summary>Deletes a checkpoint's memory, and of its disk what no other one and not the machine itself lies over.</summary>
    public Task DropAsync(Guid id, CancellationToken stop) => InTurnAsync(() =>
    {
        if (Record.Checkpoints.FirstOrDefault(checkpoint => checkpoint.Id == id) is { } saved)
        {
            Note(record => record with
            {
                Checkpoints = [.. record.Checkpoints.Where(other => other.Id != id).Select(other => other.After == id ? other with { After = saved.After } : other)],
                At = record.At == id ? saved.After : record.At,
            });
            _folder.RemoveOthers(Record);
        }

        return Task.CompletedTask;
    }, stop);

    /// <summary>Lets its guest shut down in order. Throws, and leaves it running, where it has not after <paramref name="grace"/>.</summary>
    public Task ShutDownAsync(TimeSpan grace, CancellationToken stop) => InTurnAsync(async () =>
    {
        if (Running is { IsAlive: true } machine && !await Shutdown.RunAsync(machine.Process, machine.Qmp, machine.Agent, grace, stop))
        {
            throw new MachineException($"The guest did not shut down within {grace.TotalSeconds:0} s: shut it down by its own menu, then publish again");
        }

        await EndRunAsync(stop);
    }, stop);

    /// <summary>Ends it and deletes all of it.</summary>
    public Task DiscardAsync(CancellationToken stop) => InTurnAsync(async () =>
    {
        await EndRunAsync(stop);
        if (Directory.Exists(_folder.Root))
        {
            Directory.Delete(_folder.Root, recursive: true);
        }
    }, stop);

    /// <summary>Lets go of it without ending it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Running is { } machine)
        {
            await machine.DisposeAsync();
        }
    }

    /// <summary>Changes the record, on disk too.</summary>
    internal void Note(Func<EditRecord, EditRecord> change)
    {
        Record = change(Record);
        Record.Write(_folder.Root);
    }

    /// <summary>Takes up the QEMU that an earlier process left running; ends what is half made.</summary>
    internal async Task AdoptAsync(CancellationToken stop)
    {
        if (MachineRecord.TryRead(_folder.Run) is { } record && record.Process is { IsAlive: true } process)
        {
            try
            {
                _surroundings.Users.TakeAgain(record.Uid);
                Confinement.Demand(process.Pid, record.Uid);
                var qmp = await QmpClient.ConnectAsync(Path.Combine(_folder.Run, "qmp"), process.Pid, TimeSpan.FromSeconds(10), stop);
                if (await qmp.StatusAsync(stop) is "paused" or "postmigrate" or "finish-migrate")
                {
                    // A checkpoint was being taken.
                    await Migration.GoOnAsync(qmp, stop);
                }

                _surroundings.Capacity.Adopt(process, record.MemoryMiB);
                Show(record, qmp);
                return;
            }
            catch (Exception e) when (e is MachineException or IOException)
            {
                // It cannot be watched any more, so it is switched off.
            }
        }

        await EndRunAsync(stop);
    }

    private async Task GoBackAsync(SavedCheckpoint saved, CancellationToken stop)
    {
        await EndRunAsync(stop);
        var checkpoint = _folder.CheckpointOf(saved.Id);
        var layer = _folder.NewLayer();
        await DiskChain.CreateOverlayAsync(_folder.Layer(layer), _folder.Layer(saved.Layers[0]), "qcow2", stop);
        Note(record => record with { Layers = [layer, .. saved.Layers], At = saved.Id });
        _folder.RemoveOthers(Record);
        if (Directory.Exists(_folder.Run))
        {
            Directory.Delete(_folder.Run, recursive: true);
        }

        StateFolder.Make(_folder.Run);
        await EditFolder.CopySparseAsync(Path.Combine(checkpoint, "ram"), _folder.Ram, stop);
        if (File.Exists(UefiFirmware.PathIn(checkpoint)))
        {
            File.Copy(UefiFirmware.PathIn(checkpoint), UefiFirmware.PathIn(_folder.Run));
        }

        await RunAsync(Path.Combine(checkpoint, "state"), stop, saved.Heads);
    }

    /// <param name="from">A saved state, whose memory is in place; null to power on.</param>
    /// <param name="heads">Monitors of the machine whose state that is.</param>
    private async Task RunAsync(string? from, CancellationToken stop, int? heads = null)
    {
        var began = Stopwatch.GetTimestamp();
        var definition = Image.Define(Record.Image, Record.Version ?? "", Record.Hardware, Record.Base, _blobs.PathOf) with { Disk = _folder.Layer(Record.Layers[0]), Backing = [] };
        definition = definition with { Heads = heads ?? definition.Heads };
        var accelerator = await _accelerator();
        await using var undo = new UndoStack();
        var claim = _surroundings.Capacity.ClaimTemplate(definition.MemoryMiB);
        undo.Push(claim.Dispose);
        var uid = _surroundings.Users.Take();
        undo.Push(() =>
        {
            HoldFiles();
            _surroundings.Users.Return(uid);
        });
        PrepareFiles(definition, uid, from);
        using var nic = await _surroundings.Networks.StartAsync(Record.Id, Record.Network, Record.Nic, definition.Drivers, undo, stop);
        var disk = DiskChain.Node([.. Record.Layers.Select(layer => (_folder.Layer(layer), "qcow2")), .. Record.Base?.Disk.Select(hash => (_blobs.PathOf(hash), "qcow2")) ?? []]);
        var launch = new QemuLaunch(_folder.Run, uid, definition, accelerator, from is null ? MemoryMode.Template : MemoryMode.Restored, _folder.Ram, disk)
        {
            Nic = nic,
            Group = Record.Id,
            Extra = [.. Record.Media.SelectMany(Drive), "-smbios", WorkedOn(await _mirrors(stop))],
        };
        MachineRecord? running = null;
        void Begun(QemuProcess process, string? unlimited)
        {
            running = new MachineRecord(Record.Id, 1, "", uid, process.Pid, process.StartTicks, MachineRecord.ThisBoot, definition.HasAgent, Complete: true, Times: null, DisplayProtocol.DBus, definition.MemoryMiB, Record.Version) { Drivers = definition.Drivers, System = definition.System, Heads = definition.Heads };
            running.Write(_folder.Run);
        }

        async Task LoadAsync(QmpClient monitor)
        {
            try
            {
                await Migration.ShareMemoryAsync(monitor, stop);
                await Migration.LoadAsync(monitor, _folder.Run, from, LoadDeadline, stop);
                await monitor.CallAsync("cont", null, stop);
            }
            catch (MachineException e) when (QemuStart.LastWords(_folder.Run) is { } words)
            {
                throw new MachineException($"The checkpoint could not be loaded: {words}", e);
            }
        }

        var (_, qmp) = from is null
            ? await launch.RunAsync(_surroundings.Users, claim, undo, Begun, stop)
            : await launch.RunAsync(_surroundings.Users, claim, undo, Begun, LoadAsync, stop);
        var held = await _surroundings.Networks.HoldAsync(qmp, Record.Id, stop);
        undo.Keep();
        Note(record => record with { Nic = held, Sealed = false });
        Show(running! with { Times = new ForkTimes(0, 0, 0, Stopwatch.GetElapsedTime(began).TotalMilliseconds) }, qmp);
    }

    private void Show(MachineRecord record, QmpClient qmp)
    {
        Running = new Machine(record, _folder.Run, qmp, _surroundings, Record.Network, Stopwatch.GetTimestamp()) { Cleanup = HoldFiles };

        // Its agent answers when its guest has started, if there is one.
        Running.Reattach();
        Started?.Invoke();
    }

    /// <summary>Power on begins with memory that is all zeros; firmware and TPM know what they knew.</summary>
    private void PrepareFiles(MachineDefinition definition, int? uid, string? from)
    {
        StateFolder.Make(_folder.Run);
        FileOwner.Give(_folder.Layer(Record.Layers[0]), uid);
        if (from is null)
        {
            File.Delete(_folder.Ram);
            FileOwner.Create(_folder.Ram, uid, definition.MemoryMiB * 1024L * 1024);
        }
        else
        {
            FileOwner.Give(_folder.Ram, uid);
        }

        if (definition.IsUefi && !File.Exists(UefiFirmware.PathIn(_folder.Run)))
        {
            UefiFirmware.Make(definition, _folder.Run, uid, definition.Variables);
        }
        else if (definition.IsUefi)
        {
            FileOwner.Give(UefiFirmware.PathIn(_folder.Run), uid);
        }

        if (definition.HasTpm)
        {
            TpmEmulator.Renew(_folder.Run, uid, from is null ? definition.TpmState : null, keep: from is null);
        }
    }

    /// <summary>One that ended, or that hangs and is of no more use, is no reason to lose what it wrote.</summary>
    private async Task ForgetEndedAsync(CancellationToken stop)
    {
        if (Running is { IsAlive: false } or { Failed.IsCompleted: true })
        {
            await EndRunAsync(stop);
        }
    }

    private async Task EndRunAsync(CancellationToken stop)
    {
        if (Running is { } machine)
        {
            await machine.DestroyAsync(stop);
            await machine.DisposeAsync();
            Running = null;
            return;
        }

        if (Directory.Exists(_folder.Run))
        {
            await MachineFolder.EndProcessesAsync(_folder.Run, stop);
            await _surroundings.Networks.ReleaseAsync(Record.Id, stop);
            HoldFiles();
        }
    }

    private void HoldFiles()
    {
        // A layer that a checkpoint has is nobody's to write any more, and everybody's to read.
        var isFrozen = Record.Checkpoints.Any(checkpoint => checkpoint.Layers.Contains(Record.Layers[0]));
        foreach (var file in (string[])[.. isFrozen ? (string[])[] : [_folder.Layer(Record.Layers[0])], UefiFirmware.PathIn(_folder.Run), _folder.Ram])
        {
            if (File.Exists(file))
            {
                FileOwner.Hold(file);
            }
        }

        File.Delete(Path.Combine(_folder.Run, MachineRecord.FileName));
    }

    /// <summary>Tells a guest of our recipes that it is worked on, and where it may get packages: then its user is an administrator. It is a credential of the
    /// machine (systemd-creds(1), "SMBIOS Type 11"), so no disk has it and no version that is published.</summary>
    private static string WorkedOn(string mirrors) => $"type=11,value=io.systemd.credential.binary:vdi.edit={Convert.ToBase64String(Encoding.UTF8.GetBytes(mirrors))}";

    /// <summary>A CD drive beside the disk, tried after it: an empty disk starts the installer, an installed one itself.</summary>
    private IEnumerable<string> Drive(string medium, int index)
    {
        var file = new JsonObject { ["driver"] = "file", ["filename"] = _blobs.PathOf(medium), ["read-only"] = true };
        return
        [
            "-blockdev", new JsonObject { ["driver"] = "raw", ["node-name"] = $"cd{index}", ["read-only"] = true, ["file"] = file }.ToJsonString(),
            "-device", $"ide-cd,drive=cd{index},bus=ide.{index + 1},bootindex={index + 2}",
        ];
    }

    private async Task InTurnAsync(Func<Task> work, CancellationToken stop)
    {
        await _turn.WaitAsync(stop);
        try
        {
            await work();
        }
        finally
        {
            _turn.Release();
        }
    }
}
