using Vdi.Emulator.Machines;
using Vdi.Emulator.Templates;
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
}
