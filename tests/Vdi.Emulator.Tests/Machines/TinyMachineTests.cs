using System.Globalization;
using Vdi.Emulator.Machines;
using Vdi.Emulator.Tests.Networks;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;

namespace Vdi.Emulator.Tests.Machines;

/// <summary>What only a guest with an operating system and an agent shows.</summary>
[Collection(QemuCollection.Name)]
public sealed class TinyMachineTests
{
    [RootFact]
    public async Task Guest_that_is_asked_shuts_down_in_order()
    {
        using var state = new TemporaryState();
        var emulator = new TestEmulator(state.Folder);
        var template = await TestImages.Shared.TinyAsync(state, emulator);

        // Once by its agent, and once, before anybody spoke to that, by the power button.
        foreach (var settled in (bool[])[true, false])
        {
            await using var machine = await emulator.Forker.ForkAsync(template, Guid.NewGuid(), 1, PoolNetwork.Isolated("pool"), default);
            if (settled)
            {
                await machine.SettleAsync(null, TimeSpan.FromSeconds(120), default);
            }

            Assert.True(await machine.ShutDownAsync(TimeSpan.FromMinutes(3), default), settled ? "by its agent" : "by the power button");
            Assert.False(machine.IsAlive);
            Assert.False(machine.Failed.IsCompleted);
            Assert.Empty(Directory.EnumerateFileSystemEntries(state.Folder.Machines));
        }
    }

    [RootFact]
    public async Task Machine_that_is_taken_up_while_its_guest_stands_still_gets_its_agent_back()
    {
        using var state = new TemporaryState();
        var emulator = new TestEmulator(state.Folder);
        var template = await TestImages.Shared.TinyAsync(state, emulator);
        var machine = await emulator.Forker.ForkAsync(template, Guid.NewGuid(), 1, PoolNetwork.Isolated("pool"), default);
        await machine.SettleAsync(null, TimeSpan.FromSeconds(120), default);
        await machine.Qmp.CallAsync("stop", null, default);
        await machine.DisposeAsync();

        await using var adopted = Assert.Single(await new TestEmulator(state.Folder).Forker.AdoptAsync(default));
        try
        {
            await Eventually.HoldsAsync(() => Task.FromResult(adopted.Trouble?.Contains("agent", StringComparison.Ordinal) == true), "the trouble is told", 30);
            await adopted.Qmp.CallAsync("cont", null, default);
            await Eventually.HoldsAsync(() => Task.FromResult(adopted.Trouble is null), "the agent is back", 60);
            Assert.Equal("here\n", (await adopted.Agent!.RunAsync("/bin/echo", ["here"], TimeSpan.FromSeconds(30), default)).Output);
            Assert.False(adopted.Failed.IsCompleted);
        }
        finally
        {
            await adopted.DestroyAsync(default);
        }
    }

    [RootFact]
    public async Task Machine_with_a_larger_disk_has_a_file_system_that_fills_it()
    {
        using var state = new TemporaryState();
        var emulator = new TestEmulator(state.Folder);
        var template = await TestImages.Shared.TinyAsync(state, emulator);
        await using var machine = await emulator.Forker.ForkAsync(template, Of(diskGiB: 9), default);
        try
        {
            await machine.SettleAsync(null, TimeSpan.FromSeconds(120), default);
            var (_, said, _) = await machine.Agent!.RunAsync("/bin/sh", ["-c", "cat /sys/block/vda/size; df -B1G --output=size / | tail -1"], TimeSpan.FromSeconds(30), default);
            var lines = said.Trim().Split('\n');
            Assert.Equal(9L << 30, 512 * long.Parse(lines[0], CultureInfo.InvariantCulture));
            Assert.InRange(int.Parse(lines[1], CultureInfo.InvariantCulture), 8, 9);
        }
        finally
        {
            await machine.DestroyAsync(default);
        }

        var refusal = await Assert.ThrowsAsync<MachineException>(() => emulator.Forker.ForkAsync(template, Of(diskGiB: 1), default));
        Assert.Contains("smaller than the image's", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(state.Folder.Machines));
    }

    private static ForkRequest Of(int diskGiB) => new(Guid.NewGuid(), 1, "tiny", PoolNetwork.Isolated("pool"), new MachineSize(null, null, diskGiB));
}
