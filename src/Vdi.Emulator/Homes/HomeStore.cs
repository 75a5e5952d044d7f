using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using Vdi.Emulator.Disks;
using Vdi.Emulator.Importing;
using Vdi.Emulator.Limits;
using Vdi.Emulator.Machines;
using Vdi.Protocol.Fleet;

namespace Vdi.Emulator.Homes;

/// <summary>People's own disks on this computer: a folder each, with a qcow2 disk that grows as it is written, its snapshots within it. One machine at a
/// time has a disk, and the record beside it says which; QEMU's lock on the file is the second word. When a machine gives it back, a snapshot is
/// made of it.</summary>
public sealed partial class HomeStore(StateFolder state, Capacity capacity, TimeProvider time, ILogger<HomeStore> log)
{
    /// <summary>Snapshots of log-offs that are kept of a home, and as many of those before somebody went back.</summary>
    public const int Kept = 10;
    private readonly MachineUsers _users = new();
    private readonly ConcurrentDictionary<Guid, SemaphoreSlim> _turns = new();

    /// <summary>Gives the disk to a machine: made where there is none yet, made larger where it is smaller than it shall be. The same machine may take
    /// it again.</summary>
    /// <returns>The open file, for QEMU.</returns>
    /// <exception cref="MachineException">Another machine has it, or it is damaged.</exception>
    public Task<SafeFileHandle> TakeAsync(MachineHome home, Guid machine, CancellationToken stop) => InTurnAsync(home.Home, async folder =>
    {
        var record = HomeRecord.TryRead(folder) ?? await MakeAsync(home, folder, stop);
        if (record.Machine is { } other && other != machine)
        {
            throw new MachineException($"Machine {other:N} has these files at the moment");
        }

        capacity.DemandDisk("a person's files", 0);
        Demand(DiskIn(folder));
        if (record.GiB < home.GiB)
        {
            await LockedInAsync(folder, (tool, disk) => tool.ResizeAsync(disk, (long)home.GiB << 30, stop));
            record = record with { GiB = home.GiB };
        }

        (record with { Machine = machine }).Write(folder);
        return File.OpenHandle(DiskIn(folder), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
    }, stop);

    /// <summary>The machine has ended: its person's files are kept as a snapshot, and are the next machine's. Nothing happens where it does not have
    /// them; where they are damaged there is no snapshot, which is logged.</summary>
    public Task ReleaseAsync(Guid home, Guid machine, CancellationToken stop) => InTurnAsync(home, async folder =>
    {
        if (HomeRecord.TryRead(folder) is not { } record || record.Machine != machine)
        {
            return false;
        }

        try
        {
            await KeepAsync(folder, record, SnapshotCause.LogOff, stop);
        }
        catch (Exception e) when (e is MachineException or IOException or UnauthorizedAccessException)
        {
            LogNotKept(e, folder);
        }

        // Whoever wants the disk next must not wait for a snapshot that is missing.
        ((HomeRecord.TryRead(folder) ?? record) with { Machine = null }).Write(folder);
        return true;
    }, stop);

    /// <summary>After a start: disks of machines that are no more are given back.</summary>
    public async Task AdoptAsync(IReadOnlySet<Guid> alive, CancellationToken stop)
    {
        foreach (var folder in Directory.EnumerateDirectories(state.Homes))
        {
            try
            {
                if (HomeRecord.TryRead(folder) is { Machine: { } machine } record && !alive.Contains(machine))
                {
                    await ReleaseAsync(record.Id, machine, stop);
                }
                else if (HomeRecord.TryRead(folder) is null && Guid.TryParseExact(Path.GetFileName(folder), "N", out _) && !File.Exists(DiskIn(folder)))
                {
                    // It was being made.
                    Directory.Delete(folder, recursive: true);
                }
            }
            catch (Exception e) when (e is MachineException or IOException or UnauthorizedAccessException)
            {
                LogNotKept(e, folder);
            }
        }
    }

    /// <summary>The disk as it is; null where there is none.</summary>
    public ActualHome? Look(Guid home)
    {
        var folder = FolderOf(home);
        return HomeRecord.TryRead(folder) is { } record
            ? new ActualHome(record.Id, record.GiB, FileBlocks.Taken(DiskIn(folder)), record.Machine, [.. record.Snapshots.OrderByDescending(snapshot => snapshot.At)])
            : null;
    }

    /// <summary>Goes back to a snapshot. What was there is kept as a snapshot before.</summary>
    /// <param name="order">The same one is carried out once.</param>
    /// <exception cref="MachineException">A machine has it, there is no such snapshot, or it is damaged.</exception>
    public Task RestoreAsync(Guid home, Guid order, Guid snapshot, CancellationToken stop) => InTurnAsync(home, async folder =>
    {
        var record = Idle(folder);
        if (record.Done == order)
        {
            return false;
        }

        var wanted = record.Snapshots.FirstOrDefault(known => known.Id == snapshot) ?? throw new MachineException("There is no such snapshot any more: look at the list again");
        record = await KeepAsync(folder, record, SnapshotCause.BeforeRestore, stop, spare: snapshot);
        await LockedInAsync(folder, (tool, disk) => tool.GoBackAsync(disk, NameOf(snapshot), (long)record.GiB << 30, stop));
        (record with { GiB = wanted.GiB, Done = order }).Write(folder);
        return true;
    }, stop);

    /// <summary>Deletes a disk with its snapshots; nothing happens where there is none.</summary>
    /// <exception cref="MachineException">A machine has it.</exception>
    public Task DeleteAsync(Guid home, CancellationToken stop) => InTurnAsync(home, folder =>
    {
        if (Directory.Exists(folder))
        {
            if (HomeRecord.TryRead(folder) is not null)
            {
                Idle(folder);
            }

            Directory.Delete(folder, recursive: true);
        }

        return Task.FromResult(true);
    }, stop);

    internal static string DiskIn(string folder) => Path.Combine(folder, "disk.qcow2");

    internal string FolderOf(Guid home) => Path.Combine(state.Homes, home.ToString("N"));

    private static string NameOf(Guid snapshot) => snapshot.ToString("N");

    /// <summary>The record of one that no machine has.</summary>
    private static HomeRecord Idle(string folder) => HomeRecord.TryRead(folder) switch
    {
        null => throw new MachineException("There are no such files on this host"),
        { Machine: not null } => throw new MachineException("These files are in use: end the session that has them first"),
        var record => record,
    };

    private async Task<HomeRecord> MakeAsync(MachineHome home, string folder, CancellationToken stop)
    {
        if (File.Exists(DiskIn(folder)))
        {
            throw new MachineException($"The record of these files is missing or damaged, and they are not touched: ask an administrator to look at {folder}");
        }

        capacity.DemandDisk("a person's files", 0);
        StateFolder.Make(folder);
        await HomeDisk.MakeAsync(DiskIn(folder), (long)home.GiB << 30, stop);
        var record = new HomeRecord(home.Home, home.GiB, null, [], null);
        record.Write(folder);
        LogMade(home.Home, home.GiB);
        return record;
    }

    /// <summary>Makes a snapshot of what is there, and forgets those that are too many.</summary>
    /// <param name="spare">One that is not forgotten.</param>
    private async Task<HomeRecord> KeepAsync(string folder, HomeRecord record, SnapshotCause cause, CancellationToken stop, Guid? spare = null)
    {
        Demand(DiskIn(folder));
        var (made, bytes) = (new HomeSnapshot(Guid.NewGuid(), time.GetUtcNow(), cause, record.GiB), (long)record.GiB << 30);
        await LockedInAsync(folder, async (tool, disk) =>
        {
            // Noted first: one that is there and not noted would take disk for ever.
            Note(record with { Snapshots = [.. record.Snapshots, made] });
            try
            {
                await tool.KeepAsync(disk, NameOf(made.Id), bytes, stop);
            }
            catch
            {
                Note(record with { Snapshots = [.. record.Snapshots.Where(known => known.Id != made.Id)] });
                throw;
            }

            foreach (var old in record.Snapshots.Where(known => known.Cause == cause && known.Id != spare).OrderByDescending(known => known.At).Skip(Kept).ToList())
            {
                await tool.ForgetAsync(disk, NameOf(old.Id), bytes, stop);
                Note(record with { Snapshots = [.. record.Snapshots.Where(known => known.Id != old.Id)] });
            }
        });
        return record;

        void Note(HomeRecord changed) => (record = changed).Write(folder);
    }

    /// <summary>Does something with the disk as a user of its own, who owns it as long as that lasts: QEMU wrote it last, for a guest.</summary>
    private async Task LockedInAsync(string folder, Func<DiskTool, string, Task> work)
    {
        var (uid, disk) = (_users.Take(), DiskIn(folder));
        try
        {
            FileOwner.Give(disk, uid);
            await work(new DiskTool(new Sandbox(uid)), disk);
            DiskTool.Flush(disk);
        }
        finally
        {
            FileOwner.Hold(disk);
            _users.Return(uid);
        }
    }

    private async Task<T> InTurnAsync<T>(Guid home, Func<string, Task<T>> work, CancellationToken stop)
    {
        var turn = _turns.GetOrAdd(home, _ => new SemaphoreSlim(1));
        await turn.WaitAsync(stop);
        try
        {
            return await work(FolderOf(home));
        }
        finally
        {
            turn.Release();
        }
    }

    /// <exception cref="MachineException">The file is no whole qcow2 that stands alone.</exception>
    private static void Demand(string disk)
    {
        try
        {
            DiskHeader.Check(disk, MediumFormat.Qcow2, DiskLimits.Default);
        }
        catch (MachineException e)
        {
            throw new MachineException("The disk with these files is damaged. Nothing of it is deleted: ask an administrator", e);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Made a disk of {Size} GiB for home {Home}")]
    private partial void LogMade(Guid home, int size);

    [LoggerMessage(Level = LogLevel.Error, Message = "The files in {Folder} were not kept as a snapshot")]
    private partial void LogNotKept(Exception cause, string folder);
}
