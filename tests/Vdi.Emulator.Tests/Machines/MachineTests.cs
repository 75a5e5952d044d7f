using System.Text;
using Vdi.Emulator.Guest;
using Vdi.Emulator.Machines;
using Vdi.TestSupport;

namespace Vdi.Emulator.Tests.Machines;

[Collection(QemuCollection.Name)]
public sealed class MachineTests(BootSectorTemplate fixture)
{
    private const string Mac = "52:54:00:00:00:01";

    [Fact]
    public async Task Address_that_comes_late_ends_the_trouble_of_its_absence()
    {
        var addresses = "[]";
        await using var peer = new LinePeer("", id => Encoding.Latin1.GetBytes($"{{\"return\":[{{\"hardware-address\":\"{Mac}\",\"ip-addresses\":{Volatile.Read(ref addresses)}}}],\"id\":{id}}}\n"));
        await using var agent = await GuestAgentClient.ConnectAsync(peer.Path, Environment.ProcessId, TimeSpan.FromSeconds(10), default);
        await using var machine = await ForkAsync();
        try
        {
            var watching = machine.WatchAddressAsync(agent, Mac, TimeSpan.FromMilliseconds(300), default);
            await Eventually.HoldsAsync(() => Task.FromResult(machine.Trouble?.Contains("no address", StringComparison.Ordinal) == true), "the trouble is told");
            Assert.Null(machine.Times.Address);
            Volatile.Write(ref addresses, "[{\"ip-address-type\":\"ipv4\",\"ip-address\":\"10.0.0.2\"}]");
            await watching.WaitAsync(TimeSpan.FromSeconds(30));
            Assert.Null(machine.Trouble);
            Assert.NotNull(machine.Times.Address);
        }
        finally
        {
            await machine.DestroyAsync(default);
        }
    }

    [Fact]
    public async Task Notes_at_the_same_time_are_all_kept()
    {
        await using var machine = await ForkAsync();
        try
        {
            var before = machine.Record.Epoch;
            Parallel.For(0, 200_000, _ => machine.Note(record => record with { Epoch = record.Epoch + 1 }));
            Assert.Equal(before + 200_000, machine.Record.Epoch);
        }
        finally
        {
            await machine.DestroyAsync(default);
        }
    }

    [Fact]
    public async Task Guest_that_does_not_shut_down_is_ended_after_its_grace()
    {
        // The boot sector knows of no power button.
        await using var machine = await ForkAsync();
        Assert.False(await machine.ShutDownAsync(TimeSpan.FromMilliseconds(300), default));
        Assert.False(machine.IsAlive);
        Assert.False(Directory.Exists(Path.Combine(fixture.State.Folder.Machines, $"{machine.Id:N}")));
    }

    [Fact]
    public async Task QEMU_that_ended_before_it_was_spoken_to_is_told_of_in_its_own_words()
    {
        var folder = Directory.CreateTempSubdirectory("vdi-log").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "log"), "qemu-system-x86_64: I could not\n");
        var failure = await Assert.ThrowsAsync<MachineException>(() => QemuStart.ConnectAsync(folder, new QemuProcess(int.MaxValue, 1), default));
        Assert.Contains("did not start: qemu-system-x86_64: I could not", failure.Message, StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Of_a_log_without_end_only_the_end_is_read()
    {
        var folder = Directory.CreateTempSubdirectory("vdi-log").FullName;
        using (var log = File.Create(Path.Combine(folder, "log")))
        {
            // More than fits into a string: sparse.
            log.SetLength(3L << 30);
            log.Position = log.Length;
            log.Write("\u001b[31mthe end\n"u8);
        }

        var words = QemuStart.LastWords(folder);
        Assert.NotNull(words);
        Assert.EndsWith("the end", words, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', words);
        Assert.True(words.Length <= 500);
        Assert.Null(QemuStart.LastWords("/nonexistent"));
        Directory.Delete(folder, recursive: true);
    }

    private Task<Machine> ForkAsync() => fixture.Forker.ForkAsync(fixture.Template, Guid.NewGuid(), 1, network: null, default);
}
