using Vdi.Emulator.Limits;
using Vdi.Emulator.Machines;
using Vdi.Emulator.Tests.Networks;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;

namespace Vdi.Emulator.Tests.Machines;

/// <summary>Fault 12, for a machine that works already: a real guest whose disk cannot grow any more.</summary>
[Collection(QemuCollection.Name)]
public sealed class FullDiskTests
{
    private const int Small = 48;
    private const int Written = 96;

    [RootFact]
    public async Task Machine_on_a_full_disk_pauses_with_a_reason_and_goes_on_when_there_is_room()
    {
        using var disk = new SmallDisk(Small);
        using var state = new TemporaryState();
        state.Borrow(state.Folder.Machines, Directory.CreateDirectory(Path.Combine(disk.Folder, "machines")).FullName);
        var emulator = new TestEmulator(state.Folder, new CapacityOptions { SpareMemoryMiB = 64, SpareDiskMiB = 0, ResumeDiskMiB = 16 });
        var machine = await ForkAsync(state, emulator);
        try
        {
            await machine.SettleAsync(null, TimeSpan.FromSeconds(120), default);
            var writing = RunAsync(machine, $"dd if=/dev/urandom of=/root/big bs=1M count={Written} 2>/dev/null; sync; sha256sum </root/big");
            await Eventually.HoldsAsync(async () => await machine.Qmp.StatusAsync(default) == "io-error", "QEMU pauses the machine", 120);
            await Eventually.HoldsAsync(() => Task.FromResult(machine.Trouble is not null), "the trouble is told", 30);
            Assert.Contains("could not write its disk", machine.Trouble, StringComparison.Ordinal);
            Assert.Contains("free some disk", machine.Trouble, StringComparison.Ordinal);
            Assert.False(machine.Failed.IsCompleted);

            disk.Grow(512);
            await Eventually.HoldsAsync(async () => await machine.Qmp.StatusAsync(default) == "running", "the machine goes on", 60);
            await Eventually.HoldsAsync(() => Task.FromResult(machine.Trouble is null), "there is no trouble any more", 60);
            var sum = await writing;
            Assert.Equal(64 + 4, sum.Length);

            // What was written is on the disk, and not only in the guest's memory.
            Assert.Equal(sum, await RunAsync(machine, "echo 3 >/proc/sys/vm/drop_caches; sha256sum </root/big"));
            Assert.Equal($"{Written * 1024 * 1024}\n", await RunAsync(machine, "stat -c %s /root/big"));
            Assert.Equal("", await RunAsync(machine, "dmesg | grep -iE 'i/o error|ext4-fs error|remounting filesystem' || true"));
            Assert.False(machine.Failed.IsCompleted);
        }
        finally
        {
            await machine.DestroyAsync(default);
            await machine.DisposeAsync();
        }
    }

    private static async Task<Machine> ForkAsync(TemporaryState state, TestEmulator emulator)
    {
        var template = await TestImages.Shared.TinyAsync(state, emulator);
        return await emulator.Forker.ForkAsync(template, Guid.NewGuid(), 1, PoolNetwork.Isolated("pool"), default);
    }

    /// <summary>Asks again and again, for a paused machine's agent is silent.</summary>
    private static async Task<string> RunAsync(Machine machine, string script)
    {
        // The agent starts the program in the background; its end is asked for until it came.
        var name = $"/run/{Guid.NewGuid():N}";
        await machine.Agent!.RunAsync("/bin/sh", ["-c", $"( ( {script} ) >{name}.new 2>&1; mv {name}.new {name} ) >/dev/null 2>&1 </dev/null &"], TimeSpan.FromSeconds(60), default);
        var result = "";
        await Eventually.HoldsAsync(
            async () =>
            {
                try
                {
                    var (code, text, _) = await machine.Agent!.RunAsync("/bin/cat", [name], TimeSpan.FromSeconds(10), default);
                    result = text;
                    return code == 0;
                }
                catch (MachineException)
                {
                    return false;
                }
            },
            $"the guest has run {script}",
            300);
        return result;
    }
}
