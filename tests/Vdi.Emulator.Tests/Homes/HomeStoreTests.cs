using Microsoft.Extensions.Logging.Abstractions;
using Vdi.Emulator.Homes;
using Vdi.Emulator.Limits;
using Vdi.Emulator.Machines;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;

namespace Vdi.Emulator.Tests.Homes;

/// <summary>People's disks without machines: what is in them is looked at with QEMU's own tools.</summary>
public sealed class HomeStoreTests : IDisposable
{
    private readonly TemporaryState _state = new();
    private readonly SetClock _clock = new();
    private readonly MachineHome _home = new(Guid.NewGuid(), HomeMode.Folders, 1);

    public void Dispose() => _state.Dispose();

    [Fact]
    public async Task One_machine_at_a_time_has_a_disk()
    {
        var (store, first, second) = (Store(), Guid.NewGuid(), Guid.NewGuid());
        using (await store.TakeAsync(_home, first, default))
        {
            Assert.Equal(first, store.Look(_home.Home)!.Machine);
            Assert.Contains($"{first:N}", (await Assert.ThrowsAsync<MachineException>(() => store.TakeAsync(_home, second, default))).Message, StringComparison.Ordinal);
        }

        // The same one may take it again; another one's giving back is no one's.
        (await store.TakeAsync(_home, first, default)).Dispose();
        await store.ReleaseAsync(_home.Home, second, default);
        Assert.Equal(first, store.Look(_home.Home)!.Machine);
        await store.ReleaseAsync(_home.Home, first, default);
        (await store.TakeAsync(_home, second, default)).Dispose();
        Assert.Equal(second, Store().Look(_home.Home)!.Machine);
    }

    [Fact]
    public async Task Two_at_once_get_one_disk_between_them()
    {
        var store = Store();
        var takes = Enumerable.Range(0, 4).Select(_ => store.TakeAsync(_home, Guid.NewGuid(), default)).ToList();
        await Task.WhenAll(takes).ContinueWith(_ => { }, TaskScheduler.Default);
        (await Assert.Single(takes, take => take.IsCompletedSuccessfully)).Dispose();
    }

    [Fact]
    public async Task Each_giving_back_makes_a_snapshot_and_ten_are_kept()
    {
        var store = Store();
        for (var day = 0; day < HomeStore.Kept + 2; day++)
        {
            _clock.Ahead = TimeSpan.FromDays(day);
            await UseAsync(store);
        }

        var seen = store.Look(_home.Home)!;
        Assert.Null(seen.Machine);
        Assert.Equal(HomeStore.Kept, seen.Snapshots.Count);
        Assert.Equal(seen.Snapshots.OrderByDescending(snapshot => snapshot.At), seen.Snapshots);
        Assert.All(seen.Snapshots, snapshot => Assert.Equal((SnapshotCause.LogOff, 1), (snapshot.Cause, snapshot.GiB)));
        Assert.Equal(HomeStore.Kept, (await ToolAsync("qemu-img", "snapshot", "-l", Disk(store))).Split('\n').Count(line => seen.Snapshots.Any(known => line.Contains($"{known.Id:N}"[..8], StringComparison.Ordinal))));
        Assert.Contains("No errors", await ToolAsync("qemu-img", "check", "-f", "qcow2", Disk(store)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Going_back_brings_what_was_and_keeps_what_is()
    {
        var store = Store();
        await UseAsync(store, "monday");
        var monday = store.Look(_home.Home)!.Snapshots[0];
        _clock.Ahead = TimeSpan.FromDays(1);
        await UseAsync(store, "tuesday");
        Assert.Equal("tuesday", await ReadAsync(store));
        _clock.Ahead = TimeSpan.FromDays(2);
        var order = Guid.NewGuid();
        await store.RestoreAsync(_home.Home, order, monday.Id, default);
        Assert.Equal("monday", await ReadAsync(store));
        var before = store.Look(_home.Home)!.Snapshots[0];
        Assert.Equal(SnapshotCause.BeforeRestore, before.Cause);

        // The same order twice is one.
        await UseAsync(store, "wednesday");
        await store.RestoreAsync(_home.Home, order, monday.Id, default);
        Assert.Equal("wednesday", await ReadAsync(store));
        await store.RestoreAsync(_home.Home, Guid.NewGuid(), before.Id, default);
        Assert.Equal("tuesday", await ReadAsync(store));
        await Assert.ThrowsAsync<MachineException>(() => store.RestoreAsync(_home.Home, Guid.NewGuid(), Guid.NewGuid(), default));
        using (await store.TakeAsync(_home, Guid.NewGuid(), default))
        {
            Assert.Contains("in use", (await Assert.ThrowsAsync<MachineException>(() => store.RestoreAsync(_home.Home, Guid.NewGuid(), monday.Id, default))).Message, StringComparison.Ordinal);
            await Assert.ThrowsAsync<MachineException>(() => store.DeleteAsync(_home.Home, default));
        }
    }

    [Fact]
    public async Task A_disk_grows_and_goes_back_to_its_size()
    {
        var store = Store();
        await UseAsync(store);
        var small = store.Look(_home.Home)!.Snapshots[0].Id;
        await UseAsync(store, home: _home with { GiB = 2 });
        Assert.Equal((2, 2L << 30), (store.Look(_home.Home)!.GiB, await SizeAsync(store)));

        // None shrinks.
        await UseAsync(store);
        Assert.Equal(2, store.Look(_home.Home)!.GiB);
        await store.RestoreAsync(_home.Home, Guid.NewGuid(), small, default);
        Assert.Equal((1, 1L << 30), (store.Look(_home.Home)!.GiB, await SizeAsync(store)));
    }

    [Fact]
    public async Task What_a_machine_that_is_no_more_had_is_given_back_at_the_next_start()
    {
        var (lost, alive) = (Guid.NewGuid(), Guid.NewGuid());
        var other = _home with { Home = Guid.NewGuid() };
        (await Store().TakeAsync(_home, lost, default)).Dispose();
        (await Store().TakeAsync(other, alive, default)).Dispose();
        Directory.CreateDirectory(Path.Combine(_state.Folder.Homes, $"{Guid.NewGuid():N}"));
        var next = Store();
        await next.AdoptAsync(new HashSet<Guid> { alive }, default);
        Assert.Equal((null, 1), (next.Look(_home.Home)!.Machine, next.Look(_home.Home)!.Snapshots.Count));
        Assert.Equal((alive, 0), (next.Look(other.Home)!.Machine, next.Look(other.Home)!.Snapshots.Count));
        Assert.Equal(2, Directory.GetDirectories(_state.Folder.Homes).Length);
    }

    [Fact]
    public async Task A_disk_that_a_machine_made_point_elsewhere_is_opened_by_nothing_and_deleted_by_nothing()
    {
        var store = Store();
        await UseAsync(store);
        (await store.TakeAsync(_home, Guid.NewGuid(), default)).Dispose();
        var holder = store.Look(_home.Home)!.Machine!.Value;
        await ToolAsync("qemu-img", "rebase", "-u", "-f", "qcow2", "-b", "/etc/shadow", "-F", "raw", Disk(store));
        await store.ReleaseAsync(_home.Home, holder, default);
        Assert.Single(store.Look(_home.Home)!.Snapshots);
        Assert.Contains("damaged", (await Assert.ThrowsAsync<MachineException>(() => store.TakeAsync(_home, Guid.NewGuid(), default))).Message, StringComparison.Ordinal);
        Assert.True(File.Exists(Disk(store)));
        File.Delete(Path.Combine(store.FolderOf(_home.Home), "home.json"));
        Assert.Contains("not touched", (await Assert.ThrowsAsync<MachineException>(() => store.TakeAsync(_home, Guid.NewGuid(), default))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_left_of_one_that_is_deleted()
    {
        var store = Store();
        await UseAsync(store);
        await store.DeleteAsync(_home.Home, default);
        await store.DeleteAsync(_home.Home, default);
        Assert.Null(store.Look(_home.Home));
        Assert.Empty(Directory.GetFileSystemEntries(_state.Folder.Homes));
    }

    private HomeStore Store() => new(_state.Folder, new Capacity(_state.Folder, new CapacityOptions { SpareDiskMiB = 256 }), _clock, NullLogger<HomeStore>.Instance);

    private string Disk(HomeStore store) => HomeStore.DiskIn(store.FolderOf(_home.Home));

    /// <summary>A machine has it, writes a word at 512 MiB, and ends.</summary>
    private async Task UseAsync(HomeStore store, string? word = null, MachineHome? home = null)
    {
        var machine = Guid.NewGuid();
        (await store.TakeAsync(home ?? _home, machine, default)).Dispose();
        if (word is not null)
        {
            var file = Path.Combine(_state.Folder.Root, "word");
            await File.WriteAllTextAsync(file, word.PadRight(512));
            await ToolAsync("qemu-io", "-f", "qcow2", "-c", $"write -s {file} 512M 512", Disk(store));
        }

        await store.ReleaseAsync(_home.Home, machine, default);
    }

    private async Task<string> ReadAsync(HomeStore store)
    {
        var file = Path.Combine(_state.Folder.Root, "read");
        File.Delete(file);
        await ToolAsync("qemu-img", "dd", "-f", "qcow2", "-O", "raw", "bs=512", "skip=1048576", "count=1048577", $"if={Disk(store)}", $"of={file}");
        return (await File.ReadAllTextAsync(file)).Trim();
    }

    private async Task<long> SizeAsync(HomeStore store) => System.Text.Json.JsonDocument.Parse(await ToolAsync("qemu-img", "info", "--output=json", "-f", "qcow2", Disk(store))).RootElement.GetProperty("virtual-size").GetInt64();

    private static async Task<string> ToolAsync(string program, params string[] arguments)
    {
        var start = new System.Diagnostics.ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = System.Diagnostics.Process.Start(start)!;
        var (said, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await errors);
        return await said;
    }
}
