using System.Globalization;
using Vdi.Emulator.Guest;
using Vdi.Emulator.Limits;
using Vdi.Emulator.Machines;
using Vdi.Emulator.Suspending;
using Vdi.Emulator.Tests.Networks;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;

namespace Vdi.Emulator.Tests.Suspending;

/// <summary>Suspending and waking real machines, and what is left when that stops midway.</summary>
[Collection(QemuCollection.Name)]
public sealed class SuspendTests(BootSectorTemplate fixture)
{
    private const UnixFileMode Ours = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    [RootFact]
    public async Task Suspended_guest_wakes_as_the_same_machine_with_its_programs_its_card_and_the_right_time()
    {
        using var state = new TemporaryState();
        var emulator = new TestEmulator(state.Folder);
        var template = await TestImages.Shared.TinyAsync(state, emulator);
        try
        {
            var machine = await emulator.Forker.ForkAsync(template, Guid.NewGuid(), 1, PoolNetwork.Isolated("pool"), default);
            await machine.SettleAsync(null, TimeSpan.FromSeconds(120), default);
            await Eventually.HoldsAsync(() => Task.FromResult(machine.Times.Address is not null), "it has an address", 60);
            await RunAsync(machine, "echo on disk >/root/note; mkdir -p /run/kept; mount -t tmpfs none /run/kept; head -c 20000000 /dev/urandom >/run/kept/random; sha256sum </run/kept/random >/root/sum; sleep 100000 >/dev/null 2>&1 & echo $! >/root/pid");
            var before = await RunAsync(machine, "cat /sys/class/net/e*/address /etc/machine-id; sha256sum </run/kept/random");

            var asleep = await machine.SuspendAsync(default);
            await machine.DisposeAsync();
            var folder = Path.Combine(state.Folder.Machines, machine.Id.ToString("N"));
            Assert.Empty(QemuProcess.FindUsing(folder));
            foreach (var file in (string[])["saved", "disk.qcow2"])
            {
                Assert.Equal(Ours, File.GetUnixFileMode(Path.Combine(folder, file)));
                Assert.Equal("0", await OwnerOfAsync(Path.Combine(folder, file)));
            }

            // It shares the most of its memory with its template also here.
            Assert.InRange(asleep.Bytes >> 20, 20, template.Machine.MemoryMiB / 2);

            await Task.Delay(3000);
            var again = new TestEmulator(state.Folder);
            Assert.Empty(await again.Forker.AdoptAsync(default));
            await using var woken = (Machine)await Assert.Single(again.Forker.FindSuspended()).WakeAsync(PoolNetwork.Isolated("pool"), default);
            await woken.SettleAsync(null, TimeSpan.FromSeconds(60), default);
            Assert.Null(woken.Trouble);
            Assert.Equal(before, await RunAsync(woken, "cat /sys/class/net/e*/address /etc/machine-id; sha256sum </run/kept/random"));
            Assert.Equal("on disk\n", await RunAsync(woken, "kill -0 $(cat /root/pid) && cat /root/note"));
            var late = (TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds - double.Parse(await RunAsync(woken, "date +%s"), CultureInfo.InvariantCulture);
            Assert.InRange(late, -2, 2);
            await Eventually.HoldsAsync(() => Task.FromResult(woken.Times.Address is not null), "it has its address", 60);
            Assert.False(File.Exists(Path.Combine(folder, "saved")));
            Assert.InRange(QemuProcess.ReadPrivateMiB($"/proc/{woken.Process.Pid}/status"), 20, template.Machine.MemoryMiB / 2);
            await woken.DestroyAsync(default);
        }
        finally
        {
            await emulator.EndAllAsync();
        }
    }

    [RootFact]
    public async Task Guest_that_stood_still_when_its_server_ended_gets_the_time_from_the_next_one()
    {
        using var state = new TemporaryState();
        var emulator = new TestEmulator(state.Folder);
        var template = await TestImages.Shared.TinyAsync(state, emulator);
        try
        {
            var machine = await emulator.Forker.ForkAsync(template, Guid.NewGuid(), 1, PoolNetwork.Isolated("pool"), default);
            await machine.SettleAsync(null, TimeSpan.FromSeconds(120), default);
            await SavedMachine.WriteAsync(machine.Qmp, Path.Combine(state.Folder.Machines, machine.Id.ToString("N")), template, default);
            await machine.DisposeAsync();
            await Task.Delay(5000);

            await using var found = Assert.Single(await new TestEmulator(state.Folder).Forker.AdoptAsync(default));
            await Eventually.HoldsAsync(
                async () => found.Agent is not null && Math.Abs((TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds - double.Parse(await RunAsync(found, "date +%s"), CultureInfo.InvariantCulture)) < 3,
                "the guest has the time",
                30);
            await found.DestroyAsync(default);
        }
        finally
        {
            await emulator.EndAllAsync();
        }
    }

    [RootFact]
    public async Task Woken_machine_with_the_internet_has_its_address_again()
    {
        using var state = new TemporaryState();
        var emulator = new TestEmulator(state.Folder);
        var template = await TestImages.Shared.TinyAsync(state, emulator);
        var network = new PoolNetwork("suspended-internet", NetworkMode.Internet, [], [], null);
        var machine = await emulator.Forker.ForkAsync(template, Guid.NewGuid(), 1, network, default);
        try
        {
            await machine.SettleAsync(null, TimeSpan.FromSeconds(120), default);
            await Eventually.HoldsAsync(() => Task.FromResult(machine.Times.Address is not null), "it has an address", 60);
            const string Card = "ip -4 -o address show scope global | awk '{ print $2, $4 }'; cat /sys/class/net/e*/address";
            var before = await RunAsync(machine, Card);
            var asleep = await machine.SuspendAsync(default);
            await machine.DisposeAsync();
            await using var woken = (Machine)await asleep.WakeAsync(network, default);
            await woken.SettleAsync(null, TimeSpan.FromSeconds(60), default);
            Assert.Equal(before, await RunAsync(woken, Card));
            Assert.Equal("", await RunAsync(woken, "ip route show default | grep -q via || echo no route"));
            await RunAsync(woken, "ping -c 1 -W 5 $(ip route show default | awk '{ print $3 }') >/dev/null 2>&1; ip neigh show | grep -q lladdr && echo reached >/root/reached; true");
            Assert.Equal("reached\n", await RunAsync(woken, "cat /root/reached"));
            await woken.DestroyAsync(default);
        }
        finally
        {
            await emulator.EndAllAsync();
            await emulator.Forker.Networks.RemoveUnusedAsync([], default);
        }
    }

    [Fact]
    public async Task Machine_that_cannot_be_saved_runs_on()
    {
        var machine = await ReadyAsync();
        var folder = FolderOf(machine);
        Directory.CreateDirectory(Path.Combine(folder, "saved.new"));
        await Assert.ThrowsAnyAsync<Exception>(() => machine.SuspendAsync(default));
        Directory.Delete(Path.Combine(folder, "saved.new"));
        Assert.Equal("running", await machine.Qmp.StatusAsync(default));

        using var stopped = new CancellationTokenSource();
        await stopped.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => machine.SuspendAsync(stopped.Token));
        Assert.Equal("running", await machine.Qmp.StatusAsync(default));
        Assert.Equal(machine.Record, MachineRecord.TryRead(folder));

        // And can be later.
        var asleep = await machine.SuspendAsync(default);
        await asleep.DestroyAsync(default);
        await machine.DisposeAsync();
    }

    [Fact]
    public async Task Machine_that_was_being_suspended_when_its_server_ended_goes_on()
    {
        var machine = await ReadyAsync();
        await SavedMachine.WriteAsync(machine.Qmp, FolderOf(machine), fixture.Template, default);
        Assert.NotEqual("running", await machine.Qmp.StatusAsync(default));
        await machine.DisposeAsync();

        var next = new TestEmulator(fixture.State.Folder);
        await using var found = Assert.Single(await next.Forker.AdoptAsync(default), found => found.Id == machine.Id);
        Assert.Equal("running", await found.Qmp.StatusAsync(default));
        Assert.False(File.Exists(Path.Combine(FolderOf(machine), "saved")));
        await found.DestroyAsync(default);
    }

    [Fact]
    public async Task Machine_whose_server_ended_after_it_was_saved_sleeps_and_its_process_is_ended()
    {
        var machine = await ReadyAsync();
        await SavedMachine.WriteAsync(machine.Qmp, FolderOf(machine), fixture.Template, default);
        machine.Note(record => record with { Saved = SavedMachine.Of(fixture.Template, null) }, onDisk: true);
        await machine.DisposeAsync();
        Assert.True(machine.IsAlive);

        var next = new TestEmulator(fixture.State.Folder);
        Assert.DoesNotContain(await next.Forker.AdoptAsync(default), found => found.Id == machine.Id);
        await Eventually.HoldsAsync(() => Task.FromResult(!machine.IsAlive), "its process is ended");
        var asleep = Assert.Single(next.Forker.FindSuspended(), found => found.Id == machine.Id);
        var woken = await asleep.WakeAsync(PoolNetwork.Isolated("pool"), default);
        Assert.True(woken.IsAlive);
        await woken.DestroyAsync(default);
    }

    [Fact]
    public async Task Machine_is_not_woken_over_another_template_and_keeps_its_disk()
    {
        var machine = await ReadyAsync();
        var asleep = await machine.SuspendAsync(default);
        await machine.DisposeAsync();
        var record = MachineRecord.TryRead(FolderOf(machine))!;
        (record with { Saved = record.Saved! with { TemplateRam = "another" } }).Write(FolderOf(machine));
        var sleeper = Assert.Single(new TestEmulator(fixture.State.Folder).Forker.FindSuspended(), found => found.Id == machine.Id);
        Assert.Contains("made anew", (await Assert.ThrowsAsync<MachineException>(() => sleeper.WakeAsync(PoolNetwork.Isolated("pool"), default))).Message, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(FolderOf(machine), "disk.qcow2")));
        Assert.True(File.Exists(Path.Combine(FolderOf(machine), "saved")));
        await asleep.DestroyAsync(default);
    }

    [Fact]
    public async Task Machine_is_not_suspended_where_the_disk_has_no_room_for_it()
    {
        var emulator = new TestEmulator(fixture.State.Folder, new CapacityOptions { SpareMemoryMiB = 64, SpareDiskMiB = 1L << 40 });
        var machine = await ReadyAsync();
        await machine.DisposeAsync();
        await using var found = Assert.Single(await emulator.Forker.AdoptAsync(default), found => found.Id == machine.Id);
        await Assert.ThrowsAsync<ShortageException>(() => found.SuspendAsync(default));
        Assert.Equal("running", await found.Qmp.StatusAsync(default));
        await found.DestroyAsync(default);
    }

    [Theory]
    [InlineData("QEVM")]
    [InlineData("")]
    [InlineData("nothing that QEMU would write")]
    public async Task State_that_is_not_understood_is_refused(string text)
    {
        using var from = new MemoryStream(System.Text.Encoding.ASCII.GetBytes(text));
        await Assert.ThrowsAsync<MachineException>(() => ChangedMemory.CopyAsync(from, Stream.Null, Path.Combine(fixture.Template.Folder, "ram"), default));
    }

    private async Task<Machine> ReadyAsync()
    {
        var machine = await fixture.Forker.ForkAsync(fixture.Template, Guid.NewGuid(), 1, PoolNetwork.Isolated("pool"), default);
        await machine.SettleAsync(null, TimeSpan.FromSeconds(30), default);
        return machine;
    }

    private string FolderOf(Machine machine) => Path.Combine(fixture.State.Folder.Machines, machine.Id.ToString("N"));

    private static async Task<string> RunAsync(Machine machine, string script)
    {
        var (code, output, errors) = await machine.Agent!.RunAsync("/bin/sh", ["-c", script], TimeSpan.FromSeconds(60), default);
        Assert.True(code == 0, $"{code}: {errors}");
        return output;
    }

    private static async Task<string> OwnerOfAsync(string file)
    {
        using var stat = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("stat", ["-c", "%u", file]) { RedirectStandardOutput = true })!;
        return (await stat.StandardOutput.ReadToEndAsync()).Trim();
    }
}
