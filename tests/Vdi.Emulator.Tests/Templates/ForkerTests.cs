using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Vdi.Emulator.Machines;
using Vdi.Emulator.Templates;
using Vdi.TestSupport;

namespace Vdi.Emulator.Tests.Templates;

[Collection(QemuCollection.Name)]
public sealed class ForkerTests(BootSectorTemplate fixture)
{
    [Fact]
    public async Task Fork_of_a_running_machine_runs_and_shows_the_templates_picture()
    {
        await using var fork = new Owned(await ForkAsync());
        Assert.Equal("running", await fork.Machine.Qmp.StatusAsync(default));
        var picture = await PictureAsync(fork.Machine);
        Assert.Contains(picture, b => b != 0);
        Assert.True(fork.Machine.Times.Running > fork.Machine.Times.Started);
    }

    [Fact]
    public async Task Fork_that_gets_a_key_changes_and_its_twin_does_not()
    {
        await using var one = new Owned(await ForkAsync());
        await using var two = new Owned(await ForkAsync());
        var before = await PictureAsync(two.Machine);
        Assert.Equal(before, await PictureAsync(one.Machine));
        await PressAsync(one.Machine, "z");
        await Eventually.HoldsAsync(async () => !(await PictureAsync(one.Machine)).AsSpan().SequenceEqual(before), "the key repaints the screen");
        Assert.Equal(before, await PictureAsync(two.Machine));
    }

    [Fact]
    public async Task Fork_leaves_the_templates_files_as_they_were()
    {
        var ram = Path.Combine(fixture.Template.Folder, "ram");
        var before = SHA256.HashData(await File.ReadAllBytesAsync(ram));
        await using (var fork = new Owned(await ForkAsync()))
        {
            await PressAsync(fork.Machine, "q");
            await Task.Delay(300);
        }

        Assert.Equal(before, SHA256.HashData(await File.ReadAllBytesAsync(ram)));
        foreach (var file in (string[])["ram", "state", "disk.qcow2"])
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead, File.GetUnixFileMode(Path.Combine(fixture.Template.Folder, file)));
        }
    }

    [Fact]
    public async Task Fork_is_confined_with_a_user_of_its_own()
    {
        await using var one = new Owned(await ForkAsync());
        await using var two = new Owned(await ForkAsync());
        var (first, second) = (Confinement.Read(one.Machine.Process.Pid), Confinement.Read(two.Machine.Process.Pid));
        Assert.True(first.Seccomp && first.NoNewPrivileges);
        if (Confinement.CanDropUser)
        {
            Assert.NotEqual(0, first.Uid);
            Assert.NotEqual(first.Uid, second.Uid);
            Assert.Throws<MachineException>(() => Confinement.Demand(one.Machine.Process.Pid, second.Uid));
        }
    }

    [Fact]
    public async Task Destroyed_fork_leaves_neither_process_nor_files()
    {
        var machine = await ForkAsync();
        var folder = Path.Combine(fixture.State.Folder.Machines, machine.Id.ToString("N"));
        Assert.True(Directory.Exists(folder));
        await machine.DestroyAsync(default);
        Assert.False(machine.Process.IsAlive);
        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public async Task Fork_of_a_broken_template_fails_with_QEMUs_words_and_is_undone()
    {
        var broken = fixture.Template with { Machine = fixture.Definition with { Disk = "/nonexistent/disk.raw" } };
        var id = Guid.NewGuid();
        var failure = await Assert.ThrowsAsync<MachineException>(() => fixture.Forker.ForkAsync(broken, id, 1, network: null, default));
        Assert.Contains("/nonexistent/disk.raw", failure.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(fixture.State.Folder.Machines, id.ToString("N"))));
    }

    [Fact]
    public async Task Operation_on_a_dead_machine_says_so()
    {
        await using var fork = new Owned(await ForkAsync());
        fork.Machine.Process.Kill();
        await fork.Machine.Qmp.Closed.WaitAsync(TimeSpan.FromSeconds(10));
        await Assert.ThrowsAsync<MachineException>(() => fork.Machine.Qmp.StatusAsync(default));
    }

    private Task<Machine> ForkAsync() => fixture.Forker.ForkAsync(fixture.Template, Guid.NewGuid(), 1, network: null, default);

    private static Task PressAsync(Machine machine, string key) => machine.Qmp.CallAsync(
        "send-key",
        new JsonObject { ["keys"] = new JsonArray(new JsonObject { ["type"] = "qcode", ["data"] = key }) },
        default);

    private static async Task<byte[]> PictureAsync(Machine machine)
    {
        var path = Path.GetTempFileName();
        try
        {
            await using (var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite))
            {
                await machine.Qmp.ScreenDumpAsync(file.SafeFileHandle, default);
            }

            return await File.ReadAllBytesAsync(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private sealed record Owned(Machine Machine) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await Machine.DestroyAsync(default);
    }
}
