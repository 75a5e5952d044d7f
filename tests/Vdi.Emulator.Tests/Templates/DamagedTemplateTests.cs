using Vdi.Emulator.Machines;
using Vdi.Emulator.Templates;
using Vdi.TestSupport;

namespace Vdi.Emulator.Tests.Templates;

[Collection(QemuCollection.Name)]
public sealed class DamagedTemplateTests(BootSectorTemplate fixture)
{
    [Theory]
    [InlineData("ram")]
    [InlineData("state")]
    [InlineData("disk.qcow2")]
    public async Task Damage_to_any_file_is_found(string name)
    {
        using var state = new TemporaryState();
        var template = Copy(state);
        Assert.Null(await template.FindDamageAsync(default));
        using (var file = new FileStream(Path.Combine(template.Folder, name), FileMode.Open, FileAccess.Write))
        {
            file.Position = file.Length / 2;
            file.WriteByte(0xA5);
        }

        Assert.Contains(name, await template.FindDamageAsync(default), StringComparison.Ordinal);
        File.Delete(Path.Combine(template.Folder, name));
        Assert.Contains("missing", await template.FindDamageAsync(default), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Template_that_does_not_say_what_a_file_was_like_is_damaged()
    {
        using var state = new TemporaryState();
        var template = Copy(state);
        Assert.Contains("state", await (template with { Hashes = template.Hashes.Where(hash => hash.Key != "state").ToDictionary() }).FindDamageAsync(default), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Template_whose_image_is_elsewhere_now_is_damaged()
    {
        using var state = new TemporaryState();
        var template = Copy(state);
        var moved = template with { Machine = template.Machine with { Disk = Path.Combine(state.Folder.Images, "disk.qcow2") } };
        Assert.Contains(moved.Machine.Disk, await moved.FindDamageAsync(default), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Damaged_template_is_set_aside_and_found_no_more()
    {
        using var state = new TemporaryState();
        var template = Copy(state);
        var store = new TestEmulator(state.Folder).Templates;
        Assert.NotNull(store.Find(fixture.Definition, "tcg"));
        var aside = store.SetAside(template);
        Assert.True(File.Exists(Path.Combine(aside, "ram")));
        Assert.Null(store.Find(fixture.Definition, "tcg"));
        await Task.CompletedTask;
    }

    [Fact]
    public async Task Fork_of_a_template_with_a_damaged_state_fails_with_a_reason_and_is_undone()
    {
        using var state = new TemporaryState();
        var template = Copy(state);
        await File.WriteAllBytesAsync(Path.Combine(template.Folder, "state"), new byte[4096]);
        await Assert.ThrowsAsync<MachineException>(() => new TestEmulator(state.Folder).Forker.ForkAsync(template, Guid.NewGuid(), 1, network: null, default));
        Assert.Empty(Directory.EnumerateFileSystemEntries(state.Folder.Machines));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"Key\":1}")]
    [InlineData("{\"Key\":\"x\"}")]
    public void Template_whose_description_is_damaged_counts_as_missing(string text)
    {
        using var state = new TemporaryState();
        var template = Copy(state);
        File.WriteAllText(Path.Combine(template.Folder, "template.json"), text);
        Assert.Null(new TestEmulator(state.Folder).Templates.Find(fixture.Definition, "tcg"));
    }

    private Template Copy(TemporaryState state)
    {
        var folder = Path.Combine(state.Folder.Templates, fixture.Template.Key);
        StateFolder.Make(folder);
        foreach (var file in Directory.EnumerateFiles(fixture.Template.Folder))
        {
            var copy = Path.Combine(folder, Path.GetFileName(file));
            File.Copy(file, copy);
            File.SetUnixFileMode(copy, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        }

        return fixture.Template with { Folder = folder };
    }
}
