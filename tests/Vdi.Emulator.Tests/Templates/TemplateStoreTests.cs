using System.Diagnostics;
using System.Globalization;
using Vdi.Emulator.Disks;
using Vdi.Emulator.Machines;
using Vdi.Emulator.Templates;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;

namespace Vdi.Emulator.Tests.Templates;

[Collection(QemuCollection.Name)]
public sealed class TemplateStoreTests(BootSectorTemplate fixture)
{
    [Fact]
    public void Template_is_found_by_its_key_and_another_image_version_is_another_key()
    {
        var store = new TestEmulator(fixture.State.Folder).Templates;
        Assert.NotNull(store.Find(fixture.Definition, "tcg"));
        Assert.Null(store.Find(fixture.Definition with { ImageVersion = "2" }, "tcg"));
        Assert.Null(store.Find(fixture.Definition with { MemoryMiB = 64 }, "tcg"));
        Assert.Null(store.Find(fixture.Definition, "kvm"));
    }

    [Fact]
    public void Templates_of_applications_that_nobody_wanted_for_long_go_and_those_of_desktops_stay()
    {
        using var state = new TemporaryState();
        var app = new MachineApp("editor", []);
        Assert.NotEqual(Template.KeyOf(fixture.Definition, "tcg"), Template.KeyOf(fixture.Definition with { App = app }, "tcg"));
        foreach (var (name, shown, days) in new[] { ("desktop", null, 60), ("new", app, 1), ("old", app, 15), ("gone", (MachineApp?)null, 0) })
        {
            var folder = Path.Combine(state.Folder.Templates, name);
            StateFolder.Make(folder);
            var template = fixture.Template with { Folder = folder, Key = name, Machine = fixture.Template.Machine with { App = shown, ImageVersion = name == "gone" ? "0" : fixture.Template.Machine.ImageVersion } };
            File.WriteAllBytes(Path.Combine(folder, "template.json"), System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(template));
            File.SetLastWriteTimeUtc(Path.Combine(folder, "template.json"), TimeProvider.System.GetUtcNow().AddDays(-days).UtcDateTime);
        }

        new TestEmulator(state.Folder).Templates.RemoveUnused(new HashSet<(string, string)> { (fixture.Template.Machine.Image, fixture.Template.Machine.ImageVersion) });
        Assert.Equal(["desktop", "new"], Directory.EnumerateDirectories(state.Folder.Templates).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Template_that_never_settles_is_given_up_and_leaves_nothing()
    {
        using var state = new TemporaryState();
        var store = new TestEmulator(state.Folder).Templates;
        var failure = await Assert.ThrowsAsync<MachineException>(() => store.BuildAsync(fixture.Definition, "tcg", TimeSpan.Zero, null, default));
        Assert.Contains("painted and still", failure.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateDirectories(state.Folder.Templates));
    }

    [Fact]
    public async Task Interrupted_build_is_removed()
    {
        using var state = new TemporaryState();
        var store = new TestEmulator(state.Folder).Templates;
        using var interrupt = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.BuildAsync(fixture.Definition with { HasAgent = true }, "tcg", TimeSpan.FromSeconds(30), null, interrupt.Token));
        store.RemoveUnfinished();
        Assert.Empty(Directory.EnumerateDirectories(state.Folder.Templates));
    }

    [Fact]
    public async Task Build_that_another_process_works_on_is_left_alone_and_one_of_a_dead_process_is_ended()
    {
        using var state = new TemporaryState();
        var store = new TestEmulator(state.Folder).Templates;
        using var sleeping = Process.Start("/bin/sleep", "600");
        var start = long.Parse(File.ReadAllText($"/proc/{sleeping.Id}/stat").Split(") ")[1].Split(' ')[19], CultureInfo.InvariantCulture);
        var living = Directory.CreateDirectory(Path.Combine(state.Folder.Templates, $".building-{sleeping.Id}-{start}-0001")).FullName;
        string[] dead =
        [
            Path.Combine(state.Folder.Templates, $".building-{sleeping.Id}-{start + 1}-0002"),
            Path.Combine(state.Folder.Templates, ".building-12345678"),
        ];
        Array.ForEach(dead, folder => Directory.CreateDirectory(folder));
        var (worked, abandoned) = (StartQemu(living), StartQemu(dead[0]));
        try
        {
            // Every build begins with it; this one is cancelled at once.
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.BuildAsync(fixture.Definition, "tcg", TimeSpan.FromMinutes(1), null, new CancellationToken(canceled: true)));
            Assert.True(worked.IsAlive);
            Assert.Equal([living], Directory.EnumerateDirectories(state.Folder.Templates));
            Assert.True(await abandoned.WaitForExitAsync(TimeSpan.FromSeconds(10), default));
        }
        finally
        {
            sleeping.Kill();
            await sleeping.WaitForExitAsync();
            store.RemoveUnfinished();
        }

        Assert.True(await worked.WaitForExitAsync(TimeSpan.FromSeconds(10), default));
        Assert.Empty(Directory.EnumerateDirectories(state.Folder.Templates));
    }

    [Fact]
    public async Task Build_does_not_delete_what_is_in_its_place()
    {
        using var state = new TemporaryState();
        var store = new TestEmulator(state.Folder).Templates;
        var key = Template.KeyOf(fixture.Definition, "tcg");
        await File.WriteAllTextAsync(Path.Combine(Directory.CreateDirectory(Path.Combine(state.Folder.Templates, key)).FullName, "ram"), "earlier");
        var template = await store.BuildAsync(fixture.Definition, "tcg", TimeSpan.FromSeconds(60), null, default);
        Assert.Equal(key, Path.GetFileName(template.Folder));
        Assert.Equal("earlier", await File.ReadAllTextAsync(Path.Combine(state.Folder.Templates, $".damaged-{key}", "ram")));
        Assert.Empty(Directory.EnumerateFileSystemEntries(state.Folder.Machines));
        Assert.Equal(["disk.qcow2", "log", "ram", "state", "template.json"], Directory.EnumerateFileSystemEntries(template.Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    private QemuProcess StartQemu(string folder)
    {
        var ram = Path.Combine(folder, "ram");
        FileOwner.Create(ram, null, fixture.Definition.MemoryMiB * 1024L * 1024);
        return QemuProcess.Start(folder, null, null, QemuArguments.Build(fixture.Definition, "tcg", MemoryMode.Template, ram, DiskChain.Node((fixture.Template.Disk, "qcow2"), (fixture.Definition.Disk, "raw")), folder));
    }
}
