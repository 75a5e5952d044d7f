using Microsoft.Extensions.Time.Testing;
using Vdi.Emulator.Images;
using Vdi.Emulator.Machines;
using Vdi.Emulator.Tests.Networks;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;

namespace Vdi.Emulator.Tests.Images;

/// <summary>The store over a recipe program of the test's own.</summary>
public sealed class ImageStoreTests : IDisposable
{
    private readonly RecipeFolder _recipes = new();

    [Fact]
    public async Task Image_is_there_when_its_recipe_is_through()
    {
        using var state = new TemporaryState();
        var image = await Store(state, "for f in vmlinuz initrd disk.qcow2; do echo $f >\"$2/$f\"; done").BuildAsync("small", "kim", "", null, default);
        Assert.Equal(image.Version, Assert.Single(Store(state, "").List()).Version);
    }

    [Fact]
    public async Task Recipe_that_fails_midway_leaves_nothing()
    {
        using var state = new TemporaryState();
        var failure = await Assert.ThrowsAsync<MachineException>(() => Store(state, "echo half >\"$2/disk.qcow2\"; echo 'no space, or so' >&2; exit 1").BuildAsync("small", "kim", "", null, default));
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
        await Assert.ThrowsAnyAsync<Exception>(() => store.BuildAsync("small", "kim", "", null, default));
        Assert.Empty(store.List());
        Assert.Empty(Directory.EnumerateFileSystemEntries(state.Folder.Images));
        disk.Free();
        await store.BuildAsync("small", "kim", "", null, default);
        Assert.Single(store.List());
    }

    [Fact]
    public async Task Image_whose_content_changed_is_set_aside_with_a_way_out()
    {
        using var state = new TemporaryState();
        var store = Store(state, "for f in vmlinuz initrd disk.qcow2; do echo $f >\"$2/$f\"; done");
        var image = await store.BuildAsync("small", "kim", "", null, default);
        await store.DemandWholeAsync(image, default);
        var file = image.Machine.Disk;
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await File.AppendAllTextAsync(file, "rot");
        var damage = await Assert.ThrowsAsync<MachineException>(() => store.DemandWholeAsync(image, default));
        Assert.Contains("vdi image build small", damage.Message, StringComparison.Ordinal);
        Assert.Empty(store.List());
        Assert.Contains(Directory.EnumerateFiles(Path.GetDirectoryName(file)!), path => Path.GetFileName(path).StartsWith(".damaged-", StringComparison.Ordinal));

        // Built anew it is whole again, and the same version.
        Assert.Equal(image.Version, (await store.BuildAsync("small", "kim", "", null, default)).Version);
    }

    [Fact]
    public async Task Content_that_versions_share_is_there_once_and_goes_with_the_last_of_them()
    {
        using var state = new TemporaryState();
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        ImageStore WithDisk(string content) => Store(state, $"echo kernel >\"$2/vmlinuz\"; echo initrd >\"$2/initrd\"; echo {content} >\"$2/disk.qcow2\"", time: time);
        var first = await WithDisk("one").BuildAsync("small", "kim", "first", null, default);
        time.Advance(TimeSpan.FromMinutes(1));
        var store = WithDisk("two");
        var second = await store.BuildAsync("small", "lee", "second", null, default);
        Assert.Equal(first.Version, second.Parent);
        Assert.Equal("lee", store.Find("small")!.Author);
        var told = store.Describe().ToDictionary(image => image.Version, image => image.Details!);
        Assert.Equal("kernel\ninitrd\none\n".Length, told[first.Version].Bytes);
        Assert.Equal("one\n".Length, told[first.Version].OwnBytes);
        Assert.Equal(4, Directory.EnumerateFiles(Path.Combine(state.Folder.Images, ".blobs")).Count());

        // Young content may be about to be referred to; a template may still lie over what no version has any more.
        store.Delete(first);
        Assert.Equal(0, store.Collect([]));
        time.Advance(TimeSpan.FromHours(2));
        Assert.Equal(0, store.Collect([first.Machine.Disk]));
        Assert.Equal("one\n".Length, store.Collect([]));
        Assert.False(File.Exists(first.Machine.Disk));
        await store.DemandWholeAsync(second, default);
    }

    [Fact]
    public async Task Recipe_that_was_changed_has_another_hash_and_its_image_says_from_which_it_is()
    {
        using var state = new TemporaryState();
        var store = Store(state, "for f in vmlinuz initrd disk.qcow2; do echo $f >\"$2/$f\"; done");
        var image = await store.BuildAsync("small", "kim", "", null, default);
        Assert.Equal(store.Recipes.HashOf("small"), image.Recipe);
        await File.WriteAllTextAsync(Path.Combine(_recipes.Path, "small", "packages"), "another\n");
        Assert.NotEqual(image.Recipe, Assert.Single(store.Recipes.All()).Hash);
    }

    [Fact]
    public async Task Packages_of_two_versions_are_compared()
    {
        using var state = new TemporaryState();
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var store = Store(state, "echo $RANDOM$$ >\"$2/disk.qcow2\"; echo k >\"$2/vmlinuz\"; echo i >\"$2/initrd\"", time: time);
        var first = await store.BuildAsync("small", "kim", "", null, default);
        time.Advance(TimeSpan.FromMinutes(1));
        var second = await store.BuildAsync("small", "kim", "", null, default);
        var test = new ImageTest(true, time.GetUtcNow(), []);
        store.Note(first, new ImageFindings(test, new Dictionary<string, string> { ["bash"] = "5.1", ["less"] = "1", ["nano"] = "2" }));
        store.Note(second, new ImageFindings(test, new Dictionary<string, string> { ["bash"] = "5.2", ["nano"] = "2", ["vim"] = "9" }));
        var changes = store.Describe().Single(image => image.Version == second.Version).Details!.Changes;
        Assert.Equal([new PackageChange("bash", "5.1", "5.2"), new PackageChange("less", "1", null), new PackageChange("vim", null, "9")], changes);
    }

    [Fact]
    public async Task Build_that_is_stopped_is_asked_alone_and_may_clean_up_first()
    {
        using var state = new TemporaryState();
        var proof = Path.Combine(_recipes.Path, "proof");

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
        var pids = Path.Combine(_recipes.Path, "pids");
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
        var precious = Directory.CreateDirectory(Path.Combine(_recipes.Path, "precious")).FullName;
        await File.WriteAllTextAsync(Path.Combine(precious, "file"), "of this computer");

        // Of a build that no longer runs; a bind mount of the same file system, which rm cannot tell from the rest.
        var left = Directory.CreateDirectory(Path.Combine(state.Folder.Images, ".building-4194999.tmp.abc", "root", "dev")).FullName;
        using (var mount = System.Diagnostics.Process.Start("mount", ["--bind", precious, left]))
        {
            await mount.WaitForExitAsync();
            Assert.Equal(0, mount.ExitCode);
        }

        await Store(state, "for f in vmlinuz initrd disk.qcow2; do echo $f >\"$2/$f\"; done").BuildAsync("small", "kim", "", null, default);
        Assert.True(File.Exists(Path.Combine(precious, "file")));
        Assert.Equal([".blobs", "small"], Directory.EnumerateFileSystemEntries(state.Folder.Images).Select(Path.GetFileName).Order());
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
        await Assert.ThrowsAsync<MachineException>(() => Store(state, "touch /tmp/never").BuildAsync(name, "kim", "", null, default));
    }

    public void Dispose() => _recipes.Dispose();

    /// <summary>A build that runs until it is stopped; the second task ends when it has begun.</summary>
    private (Task Build, Task Begun, CancellationTokenSource Stop) Start(TemporaryState state, string script, TimeSpan patience)
    {
        var begun = new TaskCompletionSource();
        var stop = new CancellationTokenSource();
        return (Store(state, script, patience).BuildAsync("small", "kim", "", new Telling(begun), stop.Token), begun.Task.WaitAsync(TimeSpan.FromSeconds(30)), stop);
    }

    private sealed class Telling(TaskCompletionSource begun) : IProgress<ImageProgress>
    {
        public void Report(ImageProgress value) => begun.TrySetResult();
    }

    private ImageStore Store(TemporaryState state, string script, TimeSpan? patience = null, TimeProvider? time = null)
    {
        _recipes.Write(script);
        return new ImageStore(state.Folder, _recipes.Path, time ?? TimeProvider.System) { Patience = patience ?? TimeSpan.FromSeconds(30) };
    }
}
