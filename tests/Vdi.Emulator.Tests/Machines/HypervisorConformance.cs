using Vdi.Emulator.Fakes;
using Vdi.Emulator.Limits;
using Vdi.Emulator.Machines;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;

namespace Vdi.Emulator.Tests.Machines;

/// <summary>What every hypervisor does, the real one and the fake.</summary>
public abstract class HypervisorConformance
{
    private const int KeyZ = 0x2c;

    private protected abstract string Image { get; }

    /// <summary>A hypervisor over the same computer as the one before.</summary>
    private protected abstract IHypervisor Open(bool withRoom = true);

    private protected abstract void Crash(IMachine machine);

    [Fact]
    public async Task Machine_shows_a_picture_that_answers_a_key()
    {
        await using var hypervisor = Open();
        var machine = await ReadyAsync(hypervisor);
        await using (var screen = new ScreenProbe(await machine.OpenDisplayAsync(default)))
        {
            var before = await screen.SeeAsync();
            await screen.PressAsync(KeyZ);
            await Eventually.HoldsAsync(() => Task.FromResult(screen.Hash != before), "the key changes the picture");
        }

        await machine.DestroyAsync(default);
    }

    [Fact]
    public async Task Machine_that_was_ready_is_found_again_with_its_picture()
    {
        ulong before;
        Guid id;
        string handle;
        await using (var hypervisor = Open())
        {
            var machine = await ReadyAsync(hypervisor, epoch: 7);
            (id, handle) = (machine.Id, machine.Handle);
            await using (var screen = new ScreenProbe(await machine.OpenDisplayAsync(default)))
            {
                before = await StillAsync(screen);
            }

            await machine.DisposeAsync();
        }

        await using var next = Open();
        var found = Assert.Single(await next.AdoptAsync(default), machine => machine.Id == id);
        Assert.Equal(handle, found.Handle);
        Assert.Equal(7, found.Epoch);
        Assert.True(found.IsAlive);
        await using (var screen = new ScreenProbe(await found.OpenDisplayAsync(default)))
        {
            Assert.Equal(before, await StillAsync(screen));
        }

        await found.DestroyAsync(default);
        Assert.DoesNotContain(await next.AdoptAsync(default), machine => machine.Id == id);
    }

    [Fact]
    public async Task Machine_that_was_half_made_is_ended_and_not_found_again()
    {
        IMachine machine;
        await using (var hypervisor = Open())
        {
            machine = await hypervisor.ForkAsync(Request(), default);
            await machine.DisposeAsync();
        }

        await using var next = Open();
        Assert.DoesNotContain(await next.AdoptAsync(default), found => found.Id == machine.Id);

        // Its place is free again.
        var again = await next.ForkAsync(Request() with { Machine = machine.Id }, default);
        await again.DestroyAsync(default);
    }

    [Fact]
    public async Task Machine_that_died_unwatched_is_not_found_again()
    {
        IMachine machine;
        await using (var hypervisor = Open())
        {
            machine = await ReadyAsync(hypervisor);
            await machine.DisposeAsync();
        }

        Crash(machine);
        await using var next = Open();
        Assert.DoesNotContain(await next.AdoptAsync(default), found => found.Id == machine.Id);
    }

    [Fact]
    public async Task Machine_that_crashes_says_so()
    {
        await using var hypervisor = Open();
        var machine = await ReadyAsync(hypervisor);
        Assert.False(machine.Failed.IsCompleted);
        Crash(machine);
        Assert.NotEmpty(await machine.Failed.WaitAsync(TimeSpan.FromSeconds(10)));
        await Eventually.HoldsAsync(() => Task.FromResult(!machine.IsAlive), "its last thread ended");
        await machine.DestroyAsync(default);
    }

    [Fact]
    public async Task Destroyed_machine_is_gone_and_its_screen_with_it()
    {
        await using var hypervisor = Open();
        var machine = await ReadyAsync(hypervisor);
        await machine.DestroyAsync(default);
        Assert.False(machine.IsAlive);
        await Assert.ThrowsAsync<MachineException>(() => machine.OpenDisplayAsync(default));
    }

    [Fact]
    public async Task Machine_that_is_shut_down_is_gone_and_has_not_failed()
    {
        await using var hypervisor = Open();
        var machine = await ReadyAsync(hypervisor);
        await machine.ShutDownAsync(TimeSpan.FromMilliseconds(500), default);
        Assert.False(machine.IsAlive);
        Assert.False(machine.Failed.IsCompleted);
        await Assert.ThrowsAsync<MachineException>(() => machine.OpenDisplayAsync(default));
        Assert.DoesNotContain(await hypervisor.AdoptAsync(default), found => found.Id == machine.Id);
    }

    [Fact]
    public async Task Machine_that_takes_its_time_to_shut_down_can_be_destroyed_at_once()
    {
        await using var hypervisor = Open();
        var machine = await ReadyAsync(hypervisor);
        var ending = machine.ShutDownAsync(TimeSpan.FromHours(1), default);
        await machine.DestroyAsync(default).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.False(machine.IsAlive);
        await ending.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Unknown_image_is_refused_with_its_name()
    {
        await using var hypervisor = Open();
        var refusal = await Assert.ThrowsAsync<MachineException>(() => hypervisor.ForkAsync(Request() with { Image = "no-such-image" }, default));
        Assert.Contains("no-such-image", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Same_machine_is_not_made_twice()
    {
        await using var hypervisor = Open();
        var machine = await ReadyAsync(hypervisor);
        await Assert.ThrowsAsync<MachineException>(() => hypervisor.ForkAsync(Request() with { Machine = machine.Id }, default));
        Assert.True(machine.IsAlive);
        await machine.DestroyAsync(default);
    }

    [Fact]
    public async Task Full_computer_makes_no_machine_and_says_what_is_short()
    {
        await using var hypervisor = Open(withRoom: false);
        Assert.NotNull(hypervisor.Shortage);
        var shortage = await Assert.ThrowsAsync<ShortageException>(() => hypervisor.ForkAsync(Request(), default));
        Assert.Equal(hypervisor.Shortage.Split(' ')[0], shortage.Message.Split(' ')[0]);
    }

    [Fact]
    public async Task Suspended_machine_runs_no_more_and_wakes_with_its_picture_also_after_a_restart()
    {
        ulong before;
        Guid id;
        await using (var hypervisor = Open())
        {
            var machine = await ReadyAsync(hypervisor, epoch: 7);
            id = machine.Id;
            await using (var screen = new ScreenProbe(await machine.OpenDisplayAsync(default)))
            {
                var fresh = await StillAsync(screen);
                await screen.PressAsync(KeyZ);
                await Eventually.HoldsAsync(() => Task.FromResult(screen.Hash != fresh), "the key changes the picture");
                before = await StillAsync(screen);
            }

            var asleep = await machine.SuspendAsync(default);
            await machine.DisposeAsync();
            Assert.Equal((id, 7), (asleep.Id, asleep.Epoch));
            Assert.True(asleep.Bytes > 0);
            Assert.False(machine.IsAlive);
            Assert.False(machine.Failed.IsCompleted);
        }

        await using var next = Open();
        Assert.DoesNotContain(await next.AdoptAsync(default), found => found.Id == id);
        await Assert.ThrowsAsync<MachineException>(() => next.ForkAsync(Request() with { Machine = id }, default));

        // Twice, for the second time it is saved over a template's memory from which it did not start.
        var sleeper = Assert.Single(next.FindSuspended(), found => found.Id == id);
        for (var round = 0; round < 2; round++)
        {
            var woken = await sleeper.WakeAsync(PoolNetwork.Isolated("pool"), default);
            await woken.SettleAsync(null, TimeSpan.FromSeconds(30), default);
            Assert.DoesNotContain(next.FindSuspended(), found => found.Id == id);
            await using (var screen = new ScreenProbe(await woken.OpenDisplayAsync(default)))
            {
                Assert.Equal(before, await StillAsync(screen));
            }

            sleeper = await woken.SuspendAsync(default);
            await woken.DisposeAsync();
        }

        await sleeper.DestroyAsync(default);
        Assert.DoesNotContain(next.FindSuspended(), found => found.Id == id);
    }

    [Fact]
    public async Task Woken_machine_is_found_again_and_wakes_only_once()
    {
        IMachine woken;
        await using (var hypervisor = Open())
        {
            var machine = await ReadyAsync(hypervisor);
            var asleep = await machine.SuspendAsync(default);
            woken = await asleep.WakeAsync(PoolNetwork.Isolated("pool"), default);
            await Assert.ThrowsAsync<MachineException>(() => asleep.WakeAsync(PoolNetwork.Isolated("pool"), default));
            Assert.True(woken.IsAlive);
            await woken.DisposeAsync();
        }

        await using var next = Open();
        var found = Assert.Single(await next.AdoptAsync(default), found => found.Id == woken.Id);
        Assert.DoesNotContain(next.FindSuspended(), found => found.Id == woken.Id);
        await found.DestroyAsync(default);
    }

    [Fact]
    public async Task Full_computer_wakes_no_machine_and_the_machine_sleeps_on()
    {
        ISuspendedMachine asleep;
        await using (var hypervisor = Open())
        {
            asleep = await (await ReadyAsync(hypervisor)).SuspendAsync(default);
        }

        await using (var full = Open(withRoom: false))
        {
            var sleeper = Assert.Single(full.FindSuspended(), found => found.Id == asleep.Id);
            await Assert.ThrowsAsync<ShortageException>(() => sleeper.WakeAsync(PoolNetwork.Isolated("pool"), default));
        }

        await using var next = Open();
        Assert.DoesNotContain(await next.AdoptAsync(default), found => found.Id == asleep.Id);
        var woken = await Assert.Single(next.FindSuspended(), found => found.Id == asleep.Id).WakeAsync(PoolNetwork.Isolated("pool"), default);
        Assert.True(woken.IsAlive);
        await woken.DestroyAsync(default);
    }

    [Fact]
    public async Task Machine_that_is_still_being_made_is_not_suspended_and_runs_on()
    {
        await using var hypervisor = Open();
        await hypervisor.PrepareAsync(Image, size: null, app: null, null, default);
        var machine = await hypervisor.ForkAsync(Request(), default);
        await Assert.ThrowsAsync<MachineException>(() => machine.SuspendAsync(default));
        Assert.True(machine.IsAlive);
        await machine.DestroyAsync(default);
    }

    private async Task<IMachine> ReadyAsync(IHypervisor hypervisor, long epoch = 1)
    {
        await hypervisor.PrepareAsync(Image, size: null, app: null, null, default);
        var machine = await hypervisor.ForkAsync(Request() with { Epoch = epoch }, default);
        await machine.SettleAsync(null, TimeSpan.FromSeconds(30), default);
        return machine;
    }

    /// <summary>The picture once the guest has finished painting it: it paints for a while longer where the computer is busy.</summary>
    private static Task<ulong> StillAsync(ScreenProbe screen) => screen.StillAsync(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30));

    private ForkRequest Request() => new(Guid.NewGuid(), 1, Image, PoolNetwork.Isolated("pool"));
}

public sealed class FakeHypervisorTests : HypervisorConformance
{
    private readonly FakeComputer _computer = new() { ForkTime = TimeSpan.FromMilliseconds(5), SettleTime = TimeSpan.FromMilliseconds(5) };

    private protected override string Image => "desktop";

    private protected override IHypervisor Open(bool withRoom = true)
    {
        _computer.Room = withRoom ? int.MaxValue : 0;
        return new FakeHypervisor(_computer, TimeProvider.System);
    }

    private protected override void Crash(IMachine machine) => ((FakeMachine)machine).Crash("It was told to");
}

[Collection(QemuCollection.Name)]
public sealed class QemuHypervisorTests(BootSectorTemplate fixture) : HypervisorConformance
{
    private protected override string Image => BootSectorHypervisor.Image;

    private protected override IHypervisor Open(bool withRoom = true)
    {
        var emulator = new TestEmulator(fixture.State.Folder, new CapacityOptions { SpareMemoryMiB = withRoom ? 64 : 1L << 40, SpareDiskMiB = 64 });
        return new BootSectorHypervisor(fixture.Template, emulator.Forker, emulator.Capacity);
    }

    private protected override void Crash(IMachine machine) => ((Machine)machine).Process.Kill();
}
