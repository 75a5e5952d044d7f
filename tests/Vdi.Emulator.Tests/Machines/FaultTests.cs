using System.Runtime.InteropServices;
using Vdi.Emulator.Limits;
using Vdi.Emulator.Machines;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;

namespace Vdi.Emulator.Tests.Machines;

/// <summary>What can happen to a machine and its files while it runs or while nobody watches.</summary>
[Collection(QemuCollection.Name)]
public sealed partial class FaultTests(BootSectorTemplate fixture)
{
    private const int SigStop = 19;

    [Fact]
    public async Task Killed_QEMU_is_noticed()
    {
        var machine = await ForkAsync(fixture.State);
        machine.Process.Kill();
        Assert.Contains("ended", await machine.Failed.WaitAsync(TimeSpan.FromSeconds(10)), StringComparison.Ordinal);
        await machine.DestroyAsync(default);
    }

    [Fact]
    public async Task Hung_QEMU_is_noticed_and_can_be_destroyed()
    {
        var machine = await ForkAsync(fixture.State);
        _ = kill(machine.Process.Pid, SigStop);
        Assert.Contains("hung", await machine.Failed.WaitAsync(TimeSpan.FromSeconds(20)), StringComparison.Ordinal);
        await machine.DestroyAsync(default);
        Assert.False(machine.Process.IsAlive);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"Id\":")]
    [InlineData("{}")]
    public async Task Machine_whose_record_is_damaged_is_ended_and_removed(string record)
    {
        using var state = new TemporaryState();
        var machine = await ForkAsync(state);
        var folder = Path.Combine(state.Folder.Machines, machine.Id.ToString("N"));
        await machine.DisposeAsync();
        await File.WriteAllTextAsync(Path.Combine(folder, MachineRecord.FileName), record);
        Assert.Empty(await new TestEmulator(state.Folder).Forker.AdoptAsync(default));
        Assert.False(machine.Process.IsAlive);
        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public async Task Machine_whose_disk_is_damaged_is_ended_and_removed()
    {
        using var state = new TemporaryState();
        var machine = await ForkAsync(state);
        await machine.DisposeAsync();
        await File.WriteAllTextAsync(Path.Combine(state.Folder.Machines, machine.Id.ToString("N"), "disk.qcow2"), "#!/bin/sh");
        Assert.Empty(await new TestEmulator(state.Folder).Forker.AdoptAsync(default));
        Assert.False(machine.Process.IsAlive);
    }

    [Fact]
    public async Task Process_that_only_bears_a_machines_number_is_left_alone()
    {
        using var state = new TemporaryState();
        var machine = await ForkAsync(state);
        await machine.DisposeAsync();
        var folder = Path.Combine(state.Folder.Machines, machine.Id.ToString("N"));
        machine.Process.Kill();
        Assert.True(await machine.Process.WaitForExitAsync(TimeSpan.FromSeconds(10), default));

        // The number went to somebody else: to this test, say.
        (machine.Record with { Pid = Environment.ProcessId }).Write(folder);
        Assert.Empty(await new TestEmulator(state.Folder).Forker.AdoptAsync(default));
        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public async Task Fork_onto_a_full_disk_fails_and_leaves_nothing()
    {
        using var disk = new SmallDisk(16);
        using var state = new TemporaryState(disk.Folder);
        var emulator = new TestEmulator(state.Folder, new CapacityOptions { SpareMemoryMiB = 64, SpareDiskMiB = 0, ResumeDiskMiB = 0 });
        disk.Fill();
        await Assert.ThrowsAnyAsync<Exception>(() => emulator.Forker.ForkAsync(fixture.Template, Guid.NewGuid(), 1, network: null, default));
        Assert.Empty(Directory.EnumerateFileSystemEntries(state.Folder.Machines));
        disk.Free();
        var machine = await emulator.Forker.ForkAsync(fixture.Template, Guid.NewGuid(), 1, network: null, default);
        await machine.DestroyAsync(default);
    }

    [Fact]
    public void Full_disk_is_a_shortage_with_a_way_out()
    {
        using var disk = new SmallDisk(16);
        using var state = new TemporaryState(disk.Folder);
        var capacity = new Capacity(state.Folder, new CapacityOptions { SpareMemoryMiB = 0, PrivateShare = 0, SpareDiskMiB = 8, ResumeDiskMiB = 8 });
        Assert.Null(capacity.ShortageFor(32));
        disk.Fill();
        Assert.Contains("disk", capacity.ShortageFor(32), StringComparison.Ordinal);
        Assert.NotNull(capacity.DiskShortage);
        disk.Free();
        Assert.Null(capacity.DiskShortage);
    }

    [Fact]
    public async Task QEMU_listens_nowhere_but_in_a_folder_that_it_cannot_write()
    {
        await using var machine = await ForkAsync(fixture.State);
        var vnc = await machine.Qmp.CallAsync("query-vnc", null, default);
        Assert.False(vnc.GetProperty("enabled").GetBoolean());

        var sockets = Directory.EnumerateFiles($"/proc/{machine.Process.Pid}/fd").Select(fd => new FileInfo(fd).LinkTarget ?? "")
            .Where(target => target.StartsWith("socket:[", StringComparison.Ordinal)).Select(target => target[8..^1]).ToHashSet();
        foreach (var table in (string[])["tcp", "tcp6", "udp", "udp6"])
        {
            var inodes = File.ReadLines($"/proc/{machine.Process.Pid}/net/{table}").Skip(1).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[9]);
            Assert.DoesNotContain(inodes, sockets.Contains);
        }

        var folder = Path.Combine(fixture.State.Folder.Machines, machine.Id.ToString("N"));
        foreach (var socket in (string[])["qmp", "agent", "vdagent"])
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(folder, socket)));
        }

        Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(folder) & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite | UnixFileMode.OtherRead));
        await machine.DestroyAsync(default);
    }

    private async Task<Machine> ForkAsync(TemporaryState state)
    {
        var machine = await new TestEmulator(state.Folder).Forker.ForkAsync(fixture.Template, Guid.NewGuid(), 1, PoolNetwork.Isolated("pool"), default);
        await machine.SettleAsync(null, TimeSpan.FromSeconds(10), default);
        return machine;
    }

    [LibraryImport("libc")]
    private static partial int kill(int pid, int signal);
}
