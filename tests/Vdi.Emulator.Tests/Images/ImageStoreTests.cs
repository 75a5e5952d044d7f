using Vdi.Emulator.Images;
using Vdi.Emulator.Machines;
using Vdi.Emulator.Tests.Networks;
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

    [Fact]
    public async Task Build_that_is_stopped_is_asked_alone_and_may_clean_up_first()
    {
        using var state = new TemporaryState();
        var proof = Path.Combine(_recipes, "proof");

        // Its child would be dead before it if both were killed; its own temporary folder has another name.
        var script = $"mkdir \"$2.tmp.1\"; sleep 300 & child=$!\ntrap 'kill -0 $child && echo alive >{proof}; kill $child; sleep 0.5; echo cleaned >>{proof}; exit 143' TERM\necho '@step 1 2 begun'\nwait";
        var (build, begun, stop) = Start(state, script, TimeSpan.FromSeconds(30));
        await begun;
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => build);
        Assert.Equal("alive\ncleaned\n", await File.ReadAllTextAsync(proof));
        Assert.Empty(Directory.EnumerateFileSystemEntries(state.Folder.Images));
        stop.Dispose();
    }

    [Fact]
    public async Task Build_that_ignores_being_asked_is_killed_with_its_children()
    {
        using var state = new TemporaryState();
        var pids = Path.Combine(_recipes, "pids");
        var (build, begun, stop) = Start(state, $"trap '' TERM; sleep 300 & echo $$ $! >{pids}\necho '@step 1 2 begun'\nwait; sleep 300", TimeSpan.FromSeconds(1));
        await begun;
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => build.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Empty(Directory.EnumerateFileSystemEntries(state.Folder.Images));
        await Eventually.HoldsAsync(
            () => Task.FromResult(File.ReadAllText(pids).Split(' ').All(pid => !Directory.Exists($"/proc/{pid.Trim()}") || File.ReadAllText($"/proc/{pid.Trim()}/stat").Contains(") Z", StringComparison.Ordinal))),
            "the recipe and its child are gone");
        stop.Dispose();
    }

    [RootFact]
    public async Task Leftover_with_something_mounted_in_it_is_removed_without_what_is_mounted()
    {
        using var state = new TemporaryState();
        var precious = Directory.CreateDirectory(Path.Combine(_recipes, "precious")).FullName;
        await File.WriteAllTextAsync(Path.Combine(precious, "file"), "of this computer");

        // Of a build that no longer runs; a bind mount of the same file system, which rm cannot tell from the rest.
        var left = Directory.CreateDirectory(Path.Combine(state.Folder.Images, ".building-4194999.tmp.abc", "root", "dev")).FullName;
        using (var mount = System.Diagnostics.Process.Start("mount", ["--bind", precious, left]))
        {
            await mount.WaitForExitAsync();
            Assert.Equal(0, mount.ExitCode);
        }

        await Store(state, "for f in vmlinuz initrd disk.qcow2; do echo $f >\"$2/$f\"; done").BuildAsync("small", null, default);
        Assert.True(File.Exists(Path.Combine(precious, "file")));
        Assert.Equal(["small"], Directory.EnumerateFileSystemEntries(state.Folder.Images).Select(Path.GetFileName));
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

    /// <summary>A build that runs until it is stopped; the second task ends when it has begun.</summary>
    private (Task Build, Task Begun, CancellationTokenSource Stop) Start(TemporaryState state, string script, TimeSpan patience)
    {
        var begun = new TaskCompletionSource();
        var stop = new CancellationTokenSource();
        return (Store(state, script, patience).BuildAsync("small", new Telling(begun), stop.Token), begun.Task.WaitAsync(TimeSpan.FromSeconds(30)), stop);
    }

    private sealed class Telling(TaskCompletionSource begun) : IProgress<ImageProgress>
    {
        public void Report(ImageProgress value) => begun.TrySetResult();
    }

    private ImageStore Store(TemporaryState state, string script, TimeSpan? patience = null)
    {
        var recipe = Directory.CreateDirectory(Path.Combine(_recipes, "small")).FullName;
        File.WriteAllText(Path.Combine(recipe, "packages"), "");
        File.WriteAllText(Path.Combine(recipe, "recipe"), "MEMORY_MIB=64\n");
        var build = Path.Combine(_recipes, "build");
        File.WriteAllText(build, $"#!/bin/sh\nmkdir -p \"$2\" || exit 1\n{script}\n");
        File.SetUnixFileMode(build, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return new ImageStore(state.Folder, _recipes, TimeProvider.System) { Patience = patience ?? TimeSpan.FromSeconds(30) };
    }
}
