using Vdi.Emulator.Homes;
using Vdi.Emulator.Machines;
using Vdi.Emulator.Templates;
using Vdi.Emulator.Tests.Networks;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;

namespace Vdi.Emulator.Tests.Homes;

/// <summary>A person's files in real guests, one after the other.</summary>
[Collection(QemuCollection.Name)]
public sealed class MachineHomeTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    [RootFact]
    public async Task What_a_person_made_in_one_machine_is_in_their_next()
    {
        using var state = new TemporaryState();
        var emulator = new TestEmulator(state.Folder);
        var template = await TestImages.Shared.TinyAsync(state, emulator);
        var home = new MachineHome(Guid.NewGuid(), HomeMode.Folders, 1);
        await using (var first = await ForkAsync(emulator, template))
        {
            await first.BringHomeAsync(home, default);
            await first.BringHomeAsync(home, default);
            Assert.Equal("user 1000\n", await AsPersonAsync(first, "stat -c '%U %u' ~/Documents"));

            // Not written to disk by whoever wrote it: that is the log-off's affair.
            await AsPersonAsync(first, "echo thesis > ~/Documents/thesis.txt; mkdir ~/Downloads/x; ln -s /etc ~/Downloads/etc; echo gone > ~/elsewhere");
            await using var second = await ForkAsync(emulator, template);
            Assert.Contains("has these files", (await Assert.ThrowsAsync<MachineException>(() => second.BringHomeAsync(home, default))).Message, StringComparison.Ordinal);
            Assert.Contains("somebody else's", (await Assert.ThrowsAsync<MachineException>(() => first.BringHomeAsync(home with { Home = Guid.NewGuid() }, default))).Message, StringComparison.Ordinal);
            Assert.Contains("person's files", (await Assert.ThrowsAsync<MachineException>(() => first.SuspendAsync(default))).Message, StringComparison.Ordinal);

            // Who starts anew and ends it at once finds its agent first.
            await first.DisposeAsync();
            await second.DestroyAsync(default);
            var again = new TestEmulator(state.Folder);
            await using var adopted = Assert.Single(await again.Forker.AdoptAsync(default));
            await adopted.DestroyAsync(default);
            emulator = again;
        }

        Assert.Single(emulator.Forker.Homes.Look(home.Home)!.Snapshots);
        await using var next = await ForkAsync(emulator, template);
        try
        {
            // A larger one grows, and its file system with it.
            await next.BringHomeAsync(home with { GiB = 2 }, default);
            Assert.Equal("thesis\n", await AsPersonAsync(next, "cat ~/Documents/thesis.txt; cat ~/elsewhere 2>/dev/null"));
            await Eventually.HoldsAsync(async () => long.Parse(await AsPersonAsync(next, "df --output=size -B1M ~/Documents | tail -1")) > 1500, "the file system grows", 30);

            // It is full for its person, and for nobody else.
            Assert.Contains("No space left", await AsPersonAsync(next, "dd if=/dev/zero of=$HOME/Documents/large bs=1M 2>&1"), StringComparison.Ordinal);
            Assert.Null(next.Trouble);
        }
        finally
        {
            await next.DestroyAsync(default);
        }
    }

    [RootFact]
    public async Task All_of_a_home_is_there_when_the_session_begins_anew()
    {
        using var state = new TemporaryState();
        var emulator = new TestEmulator(state.Folder);
        var template = await TestImages.Shared.TinyAsync(state, emulator);
        var home = new MachineHome(Guid.NewGuid(), HomeMode.Whole, 1);
        await using (var first = await ForkAsync(emulator, template))
        {
            await first.BringHomeAsync(home, default);
            Assert.Equal("active\n", (await first.Agent!.RunAsync("/bin/systemctl", ["is-active", "vdi-desktop"], Patience, default)).Output);
            await AsPersonAsync(first, "echo mine > ~/.profile-of-mine; echo thesis > ~/Documents.txt");
            await first.DestroyAsync(default);
        }

        await using var second = await ForkAsync(emulator, template);
        try
        {
            await second.BringHomeAsync(home, default);
            Assert.Equal("mine\nthesis\n", await AsPersonAsync(second, "cat ~/.profile-of-mine ~/Documents.txt"));

            // The other way of having it shows the same files.
            await second.DestroyAsync(default);
            await using var third = await ForkAsync(emulator, template);
            await third.BringHomeAsync(home with { Mode = HomeMode.Folders }, default);
            await AsPersonAsync(third, "echo new > ~/Documents/new");
            await third.DestroyAsync(default);
            Assert.Equal(3, emulator.Forker.Homes.Look(home.Home)!.Snapshots.Count);
        }
        finally
        {
            await second.DestroyAsync(default);
        }
    }

    [RootFact]
    public async Task What_was_put_on_disk_survives_a_machine_that_is_killed()
    {
        using var state = new TemporaryState();
        var emulator = new TestEmulator(state.Folder);
        var template = await TestImages.Shared.TinyAsync(state, emulator);
        var home = new MachineHome(Guid.NewGuid(), HomeMode.Folders, 1);
        await using (var killed = await ForkAsync(emulator, template))
        {
            await killed.BringHomeAsync(home, default);
            await AsPersonAsync(killed, "echo saved > ~/Documents/saved; sync ~/Documents/saved; (while :; do echo x >> ~/Documents/log; sync -d ~/Documents/log; done) > /dev/null 2>&1 &");
            await Task.Delay(1000);
            killed.Process.Kill();
            await killed.Failed;
            await killed.DestroyAsync(default);
        }

        await using var next = await ForkAsync(emulator, template);
        await next.BringHomeAsync(home, default);
        Assert.Equal("saved\n", await AsPersonAsync(next, "cat ~/Documents/saved"));
        await next.DestroyAsync(default);
    }

    [RootFact]
    public async Task Power_that_is_cut_while_somebody_writes_costs_nothing_that_was_on_disk()
    {
        using var state = new TemporaryState();
        var emulator = new TestEmulator(state.Folder);
        await using var machine = await ForkAsync(emulator, await TestImages.Shared.TinyAsync(state, emulator));
        Assert.Equal((12, 0, 0), await PowerCuts.RunAsync(emulator, machine, state.Folder.Root, cuts: 6));
    }

    private static async Task<Machine> ForkAsync(TestEmulator emulator, Template template)
    {
        var machine = await emulator.Forker.ForkAsync(template, Guid.NewGuid(), 1, PoolNetwork.Isolated("pool"), default);
        await machine.SettleAsync(null, Patience, default);
        return machine;
    }

    private static async Task<string> AsPersonAsync(Machine machine, string script)
    {
        var (_, output, _) = await machine.Agent!.RunAsync("/sbin/runuser", ["-u", "user", "--", "env", "HOME=/home/user", "sh", "-c", script], Patience, default);
        return output;
    }
}
