using Vdi.Emulator.Images;
using Vdi.Emulator.Machines;
using Vdi.TestSupport;

namespace Vdi.Emulator.Tests.Images;

/// <summary>The store over a recipe program of the test's own.</summary>
public sealed class ImageStoreTests : IDisposable
{
    private readonly string _recipes = Directory.CreateTempSubdirectory("vdi-recipes").FullName;

    [Fact]
    public async Task Image_is_there_when_its_recipe_is_through()
    {
        using var state = new TemporaryState();
        var image = await Store(state, "for f in vmlinuz initrd disk.qcow2; do echo $f >\"$2/$f\"; done").BuildAsync("small", null, default);
        Assert.Equal(image.Version, Assert.Single(Store(state, "").List()).Version);
    }

    [Fact]
    public async Task Recipe_that_fails_midway_leaves_nothing()
    {
        using var state = new TemporaryState();
        var failure = await Assert.ThrowsAsync<MachineException>(() => Store(state, "echo half >\"$2/disk.qcow2\"; echo 'no space, or so' >&2; exit 1").BuildAsync("small", null, default));
        Assert.Contains("no space, or so", failure.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(state.Folder.Images));
    }

    [Fact]
    public async Task Full_image_store_leaves_no_image_and_works_again_when_there_is_room()
    {
        using var disk = new SmallDisk(8);
        using var state = new TemporaryState(disk.Folder);
        var store = Store(state, "for f in vmlinuz initrd; do echo $f >\"$2/$f\"; done; head -c 4M /dev/zero >\"$2/disk.qcow2\" || { echo 'the disk is full' >&2; exit 1; }");
        disk.Fill();
        await Assert.ThrowsAnyAsync<Exception>(() => store.BuildAsync("small", null, default));
        Assert.Empty(store.List());
        Assert.Empty(Directory.EnumerateFileSystemEntries(state.Folder.Images));
        disk.Free();
        await store.BuildAsync("small", null, default);
        Assert.Single(store.List());
    }

    [Fact]
    public async Task Image_whose_content_changed_is_set_aside_with_a_way_out()
    {
        using var state = new TemporaryState();
        var store = Store(state, "for f in vmlinuz initrd disk.qcow2; do echo $f >\"$2/$f\"; done");
        var image = await store.BuildAsync("small", null, default);
        await store.DemandWholeAsync(image, default);
        var file = Path.Combine(image.Folder, "disk.qcow2");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await File.AppendAllTextAsync(file, "rot");
        var damage = await Assert.ThrowsAsync<MachineException>(() => store.DemandWholeAsync(image, default));
        Assert.Contains("vdi image build small", damage.Message, StringComparison.Ordinal);
        Assert.Empty(store.List());
    }

    [Theory]
    [InlineData("../small")]
    [InlineData("small/../small")]
    [InlineData("/etc")]
    [InlineData("")]
    [InlineData(".")]
    public async Task Name_that_is_a_path_is_no_recipe(string name)
    {
        using var state = new TemporaryState();
        await Assert.ThrowsAsync<MachineException>(() => Store(state, "touch /tmp/never").BuildAsync(name, null, default));
    }

    public void Dispose() => Directory.Delete(_recipes, recursive: true);

    private ImageStore Store(TemporaryState state, string script)
    {
        var recipe = Directory.CreateDirectory(Path.Combine(_recipes, "small")).FullName;
        File.WriteAllText(Path.Combine(recipe, "packages"), "");
        File.WriteAllText(Path.Combine(recipe, "recipe"), "MEMORY_MIB=64\n");
        var build = Path.Combine(_recipes, "build");
        File.WriteAllText(build, $"#!/bin/sh\nmkdir -p \"$2\" || exit 1\n{script}\n");
        File.SetUnixFileMode(build, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return new ImageStore(state.Folder, _recipes, TimeProvider.System);
    }
}
