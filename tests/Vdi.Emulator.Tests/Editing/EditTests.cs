using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Vdi.Emulator.Editing;
using Vdi.Emulator.Images;
using Vdi.Emulator.Importing;
using Vdi.Emulator.Machines;
using Vdi.Emulator.Templates;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;
using Xunit.Abstractions;

namespace Vdi.Emulator.Tests.Editing;

/// <summary>Images that are worked on: a real guest where what it does matters, the boot sector where only the machine does.</summary>
public sealed class EditTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const string Image = "work";
    private const int Z = 0x2c;
    private const int Q = 0x10;
    private readonly TemporaryState _state = new();
    private TestEmulator _emulator = null!;
    private ImageStore _images = null!;
    private EditStore _store = null!;
    private TemplateSupply _supply = null!;

    public Task InitializeAsync()
    {
        Compose(new ImageStore(_state.Folder, Path.Combine(Repository.Root, "deploy", "image"), TimeProvider.System));
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Checkpoint_keeps_memory_and_disk_and_is_gone_back_to_as_often_as_one_likes()
    {
        var edit = await OpenAsync(await BootSectorAsync());
        await edit.StartAsync(default);
        var start = await PictureAsync(edit, _ => true);
        await PressAsync(edit, Z);
        var painted = await PictureAsync(edit, picture => picture != start);

        var saved = Guid.NewGuid();
        var watch = Stopwatch.StartNew();
        await edit.CheckpointAsync(saved, "in colour z", default);
        output.WriteLine($"checkpoint {watch.ElapsedMilliseconds} ms");
        Assert.Equal(painted, await PictureAsync(edit, _ => true));
        await PressAsync(edit, Q);
        var later = await PictureAsync(edit, picture => picture != painted);

        for (var i = 0; i < 2; i++)
        {
            watch.Restart();
            await edit.GoBackAsync(saved, default);
            output.WriteLine($"back {watch.ElapsedMilliseconds} ms");
            Assert.Equal(painted, await PictureAsync(edit, _ => true));
            await PressAsync(edit, Q);
            Assert.Equal(later, await PictureAsync(edit, picture => picture != painted));
        }

        var checkpoint = Assert.Single(edit.Record.Checkpoints);
        Assert.Equal("in colour z", checkpoint.Name);
        Assert.True(checkpoint.Bytes > 0);
        await edit.DropAsync(saved, default);
        Assert.Empty(edit.Record.Checkpoints);
        Assert.Equal("running", await edit.Running!.Qmp.StatusAsync(default));
        await edit.DiscardAsync(default);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_state.Folder.Edits));
    }

    [Fact]
    public async Task Editing_machine_goes_on_when_the_server_starts_again_and_one_that_was_killed_is_off_with_its_disk()
    {
        var edit = await OpenAsync(await BootSectorAsync());
        await edit.StartAsync(default);
        await PressAsync(edit, Z);
        var painted = await PictureAsync(edit, _ => true);
        await edit.DisposeAsync();

        var again = Assert.Single(await _store.AdoptAsync(default));
        Assert.Equal(painted, await PictureAsync(again, _ => true));
        var process = again.Running!.Process;
        await again.DisposeAsync();
        await process.EndAsync(default);

        var off = Assert.Single(await _store.AdoptAsync(default));
        Assert.Null(off.Running);
        await off.StartAsync(default);
        Assert.Equal("running", await off.Running!.Qmp.StatusAsync(default));
        await off.DiscardAsync(default);
    }

    [Fact]
    public async Task Editing_machine_that_hangs_is_ended_where_it_is_switched_on_again()
    {
        var edit = await OpenAsync(await BootSectorAsync());
        await edit.StartAsync(default);
        var hung = edit.Running!;
        PosixSpawn.Signal(hung.Process.Pid, 19 /* SIGSTOP */);
        Assert.Contains("hung", await hung.Failed.WaitAsync(TimeSpan.FromSeconds(60)), StringComparison.Ordinal);
        await edit.StartAsync(default);
        Assert.False(hung.IsAlive);
        Assert.Equal("running", await edit.Running!.Qmp.StatusAsync(default));
        await edit.DiscardAsync(default);
    }

    [Fact]
    public async Task Machine_with_UEFI_and_TPM_goes_back_to_its_checkpoint_and_starts_with_what_its_firmware_kept()
    {
        var hardware = new ImageHardware(Firmware.UefiSecure, GuestDrivers.Pc, Tpm: true, GuestSystem.Other, Agent: false, MemoryMiB: 256, Cpus: 1);
        var edit = await _store.CreateAsync(New(hardware), default);
        await edit.StartAsync(default);
        var id = Guid.NewGuid();
        await PictureAsync(edit, _ => true);
        await edit.CheckpointAsync(id, "firmware", default);
        await edit.GoBackAsync(id, default);
        Assert.Equal("running", await edit.Running!.Qmp.StatusAsync(default));
        Assert.True(File.Exists(TpmEmulator.StateIn(edit.Folder.Run)));
        await edit.Running.Process.EndAsync(default);
        await edit.StartAsync(default);
        Assert.Equal("running", await edit.Running!.Qmp.StatusAsync(default));
        await edit.DiscardAsync(default);
    }

    [Fact]
    public async Task Version_without_agent_is_published_off_and_begins_with_its_disk()
    {
        var first = await BootSectorAsync();
        var edit = await OpenAsync(first);
        await edit.StartAsync(default);
        await edit.CheckpointAsync(Guid.NewGuid(), "one", default);
        await edit.CheckpointAsync(Guid.NewGuid(), "two", default);
        await edit.Running!.Process.EndAsync(default);
        var publisher = new EditPublisher(_images, new DiskConverter());
        var refusal = await Assert.ThrowsAsync<MachineException>(() => publisher.PublishAsync(edit, ImageOrigin.Edit, "kim", "notes", generalise: true, null, default));
        Assert.Contains("without generalising", refusal.Message, StringComparison.Ordinal);
        var second = await publisher.PublishAsync(edit, ImageOrigin.Edit, "kim", "notes", generalise: false, null, default);
        Assert.Equal((first.Version, "kim", "notes", ImageOrigin.Edit), (second.Parent, second.Author, second.Notes, second.Origin));
        Assert.Equal(first.Files.Disk, second.Files.Disk.TakeLast(1));
        Assert.True(second.Files.Disk.Count >= 2);

        // Done again, as after a crash before its outcome was heard, it is the same version.
        Assert.Equal(second.Version, (await publisher.PublishAsync(edit, ImageOrigin.Edit, "kim", "notes", generalise: false, null, default)).Version);
        await edit.DiscardAsync(default);
        await _images.DemandWholeAsync(second, default);
        var tested = await new ImageTester(_images, _supply, _emulator.Forker, TimeProvider.System).TestAsync(second, null, null, default);
        Assert.True(tested.Passed, string.Join(", ", tested.Steps));
    }

    [Fact]
    public async Task Version_that_does_not_start_fails_its_test_with_what_was_seen()
    {
        var image = await BootSectorAsync(agent: true);
        var tested = await new ImageTester(_images, _supply, _emulator.Forker, TimeProvider.System).TestAsync(image, null, null, default);
        Assert.False(tested.Passed);
        var failed = Assert.Single(tested.Steps, step => step.Passed == false);
        Assert.Equal(ImageTestStep.Agent, failed.Name);
        Assert.Contains("did not answer", failed.Words, StringComparison.Ordinal);
        Assert.False(_images.Describe().Single().IsOffered);
    }

    [Fact]
    public async Task Disk_that_was_grown_while_it_was_edited_is_grown_in_the_version()
    {
        var first = await BootSectorAsync();
        var edit = await _store.CreateAsync(new DesiredEdit(Guid.NewGuid(), 1, true, Image, first.Version, null, DiskGiB: 3, [], PoolNetwork.Isolated("edit")), default);
        var refusal = await Assert.ThrowsAsync<MachineException>(() => _store.CreateAsync(new DesiredEdit(Guid.NewGuid(), 1, true, Image, "nothing", null, null, [], PoolNetwork.Isolated("edit")), default));
        Assert.Contains("nothing", refusal.Message, StringComparison.Ordinal);
        var second = await new EditPublisher(_images, new DiskConverter()).PublishAsync(edit, ImageOrigin.Edit, "kim", "", generalise: false, null, default);
        await edit.DiscardAsync(default);
        Assert.Equal(3L << 30, DiskHeader.Check(second.Machine.Disk, MediumFormat.Qcow2, DiskLimits.Default));
    }

    public async Task DisposeAsync()
    {
        foreach (var edit in await _store.AdoptAsync(default))
        {
            await edit.DiscardAsync(default);
        }

        await _emulator.EndAllAsync();
        _state.Dispose();
    }

    private void Compose(ImageStore images)
    {
        _emulator = new TestEmulator(_state.Folder) { Boot = TimeSpan.FromSeconds(20) };
        _images = images;
        _supply = _emulator.Supply(images);
        _store = new EditStore(_state.Folder, images, _emulator.Forker, _supply, NullLogger<EditStore>.Instance);
    }

    private static DesiredEdit New(ImageHardware hardware) => new(Guid.NewGuid(), 1, true, Image, null, hardware, 1, [], PoolNetwork.Isolated("edit"));

    private Task<EditMachine> OpenAsync(Image image) => _store.CreateAsync(new DesiredEdit(Guid.NewGuid(), 1, true, Image, image.Version, null, null, [], PoolNetwork.Isolated("edit")), default);

    private Task<Image> BootSectorAsync(bool agent = false) => BootSector.AddAsync(_images, _state.Folder, Image, agent);

    private static async Task PressAsync(EditMachine edit, int key)
    {
        await using var screen = new ScreenProbe(await edit.Running!.OpenDisplayAsync(default));
        await screen.SeeAsync();
        await screen.PressAsync(key);

        // What is sent is not lost with the line that it was sent on.
        await Task.Delay(300);
    }

    private static async Task<ulong> PictureAsync(EditMachine edit, Func<ulong, bool> isIt)
    {
        await using var screen = new ScreenProbe(await edit.Running!.OpenDisplayAsync(default));
        await Eventually.HoldsAsync(async () => isIt(await screen.SeeAsync()), "the screen shows it");

        // Nothing that is only on its way.
        return await screen.StillAsync(TimeSpan.FromMilliseconds(700), TimeSpan.FromSeconds(30));
    }
}
