using System.Runtime.InteropServices;
using Vdi.Emulator.Machines;
using Vdi.Emulator.Networks;
using Vdi.Emulator.Tests.Networks;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;

namespace Vdi.Emulator.Tests.Machines;

/// <summary>A new process finds the machines of an earlier one: it ends none that lives, and stumbles over none that is broken.</summary>
[Collection(QemuCollection.Name)]
public sealed partial class AdoptionTests(BootSectorTemplate fixture) : IAsyncLifetime
{
    private const int SigStop = 19;
    private const int SigContinue = 18;
    private readonly TemporaryState _state = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await new TestEmulator(_state.Folder).EndAllAsync();
        _state.Dispose();
    }

    [Fact]
    public async Task Machine_whose_agent_is_silent_is_taken_up_and_says_so()
    {
        // Its guest restarts, say: the boot sector never has an agent.
        var machine = await LeaveAsync();
        (machine.Record with { HasAgent = true }).Write(FolderOf(machine));
        var adopted = Assert.Single(await AdoptAsync());
        Assert.Equal(machine.Process.Pid, adopted.Process.Pid);
        await Eventually.HoldsAsync(() => Task.FromResult(adopted.Trouble?.Contains("agent", StringComparison.Ordinal) == true), "the trouble is told", 30);
        Assert.False(adopted.Failed.IsCompleted);
        Assert.Equal("running", await adopted.Qmp.StatusAsync(default));

        // An attempt that is under way does not hold up its end.
        await adopted.DestroyAsync(default);
        await adopted.DisposeAsync();
        Assert.False(adopted.IsAlive);
    }

    [RootFact]
    public async Task Machine_whose_network_cannot_be_checked_is_taken_up_and_loses_its_trouble_when_it_can()
    {
        var machine = await LeaveAsync();
        var pool = PoolNames.Of(_state.Folder, "pool");
        var folder = Path.Combine(_state.Folder.Networks, pool.Hash);
        Directory.CreateDirectory(Path.Combine(folder, "machines"));
        await File.WriteAllTextAsync(Path.Combine(folder, "network.json"), System.Text.Json.JsonSerializer.Serialize(new { Network = new PoolNetwork("pool", NetworkMode.Internet, [], [], null), Subnet = "10.0.0.0/24" }));
        new PoolMachine(machine.Id, "52:54:00:00:00:07", System.Net.IPAddress.Parse("10.0.0.7")).Write(Path.Combine(folder, "machines"));

        // A namespace into which nobody gets: ip fails as it would for any other reason.
        var broken = $"/run/netns/{pool.Namespace}";
        Directory.CreateDirectory("/run/netns");
        await File.WriteAllTextAsync(broken, "");
        try
        {
            var adopted = Assert.Single(await AdoptAsync());
            await Eventually.HoldsAsync(() => Task.FromResult(adopted.Trouble?.Contains("network", StringComparison.Ordinal) == true), "the trouble is told", 30);
            Assert.True(adopted.IsAlive);
            File.Delete(broken);
            await Eventually.HoldsAsync(() => Task.FromResult(adopted.Trouble is null), "the trouble is over", 30);
            await adopted.DisposeAsync();
        }
        finally
        {
            File.Delete(broken);
        }
    }

    [Fact]
    public async Task Machine_whose_monitor_cannot_be_reached_is_ended_and_its_neighbour_taken_up()
    {
        var (broken, whole) = (await LeaveAsync(), await LeaveAsync());
        File.Delete(Path.Combine(FolderOf(broken), "qmp"));
        var adopted = Assert.Single(await AdoptAsync());
        Assert.Equal(whole.Id, adopted.Id);
        Assert.False(broken.Process.IsAlive);
        Assert.False(Directory.Exists(FolderOf(broken)));
        await adopted.DisposeAsync();
    }

    [RootFact]
    public async Task Folder_that_cannot_be_removed_is_left_for_the_next_start()
    {
        var whole = await LeaveAsync();
        var folder = Directory.CreateDirectory(Path.Combine(_state.Folder.Machines, $"{Guid.NewGuid():N}", "busy"));
        var disk = new SmallDisk(1, folder.FullName);
        try
        {
            var adopted = Assert.Single(await AdoptAsync());
            Assert.Equal(whole.Id, adopted.Id);
            Assert.True(Directory.Exists(folder.FullName));
            await adopted.DisposeAsync();
        }
        finally
        {
            disk.Dispose();
        }

        await Assert.Single(await AdoptAsync()).DisposeAsync();
        Assert.False(Directory.Exists(folder.Parent!.FullName));
    }

    [Fact]
    public async Task Machines_are_taken_up_at_the_same_time()
    {
        var machines = new[] { await LeaveAsync(), await LeaveAsync(), await LeaveAsync() };
        Array.ForEach(machines, machine => _ = kill(machine.Process.Pid, SigStop));
        var adopting = AdoptAsync();

        // Each is asked while none answers.
        await Eventually.HoldsAsync(() => Task.FromResult(machines.All(machine => Lines(machine) >= 2)), "every monitor is asked");
        Assert.False(adopting.IsCompleted);
        Array.ForEach(machines, machine => _ = kill(machine.Process.Pid, SigContinue));
        foreach (var adopted in await adopting)
        {
            Assert.Contains(machines, machine => machine.Id == adopted.Id);
            await adopted.DisposeAsync();
        }

        Assert.All(machines, machine => Assert.True(machine.Process.IsAlive));
    }

    [Fact]
    public async Task QEMU_whose_folder_is_gone_is_ended()
    {
        var (orphan, whole) = (await LeaveAsync(), await LeaveAsync());
        Directory.Delete(FolderOf(orphan), recursive: true);
        var adopted = Assert.Single(await AdoptAsync());
        Assert.Equal(whole.Id, adopted.Id);
        Assert.False(orphan.Process.IsAlive);
        Assert.True(whole.Process.IsAlive);
        await adopted.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Socket_at_which_another_process_listens_is_not_spoken_to(bool isLink)
    {
        var (machine, impostor) = (await LeaveAsync(), await LeaveAsync());
        var (mine, others) = (Path.Combine(FolderOf(machine), "qmp"), Path.Combine(FolderOf(impostor), "qmp"));
        File.Delete(mine);
        if (isLink)
        {
            File.CreateSymbolicLink(mine, others);
        }
        else
        {
            File.Move(others, mine);
        }

        var failure = await Assert.ThrowsAsync<MachineException>(() => QmpClient.ConnectAsync(mine, machine.Process.Pid, TimeSpan.FromSeconds(10), default));
        Assert.Contains("is not spoken to", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(await AdoptAsync(), adopted => adopted.Id == machine.Id);
    }

    /// <summary>A machine that was ready when its process ended.</summary>
    private async Task<Machine> LeaveAsync()
    {
        var machine = await new TestEmulator(_state.Folder).Forker.ForkAsync(fixture.Template, Guid.NewGuid(), 1, PoolNetwork.Isolated("pool"), default);
        await machine.SettleAsync(null, TimeSpan.FromSeconds(10), default);
        await machine.DisposeAsync();
        return machine;
    }

    private Task<IReadOnlyList<Machine>> AdoptAsync() => new TestEmulator(_state.Folder).Forker.AdoptAsync(default);

    private string FolderOf(Machine machine) => Path.Combine(_state.Folder.Machines, machine.Id.ToString("N"));

    /// <summary>Sockets that bear the monitor's name (proc(5), /proc/net/unix): the one that listens, and each line to it. It is the name
    /// under which the socket was bound; what it was renamed to the kernel does not know.</summary>
    private int Lines(Machine machine) => File.ReadLines("/proc/net/unix").Count(line => line.EndsWith(Path.Combine(FolderOf(machine), "qmp.new"), StringComparison.Ordinal));

    [LibraryImport("libc")]
    private static partial int kill(int pid, int signal);
}
