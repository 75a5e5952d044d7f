using Vdi.Emulator.Images;
using Vdi.Emulator.Machines;
using Vdi.Emulator.Templates;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;

namespace Vdi.Emulator.Tests.Templates;

[Collection(QemuCollection.Name)]
public sealed class TemplateSupplyTests(BootSectorTemplate fixture) : IDisposable
{
    private readonly TemporaryState _state = new();
    private readonly ListLog<TemplateSupply> _log = new();

    [Fact]
    public async Task Build_that_is_given_up_is_taken_back_before_its_caller_goes_on()
    {
        await SilentImage.WriteAsync(_state, "silent");
        using var interrupt = new CancellationTokenSource();
        var seen = new CancelWhen("waiting for the guest agent", interrupt, () => Assert.NotEmpty(QemuProcess.FindUsing(_state.Folder.Templates)));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Open().GetAsync("silent", size: null, app: null, seen, interrupt.Token).WaitAsync(TimeSpan.FromMinutes(2)));
        Assert.Empty(QemuProcess.FindUsing(_state.Folder.Templates));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_state.Folder.Templates));
    }

    [Fact]
    public async Task Build_goes_on_while_anybody_waits()
    {
        await SilentImage.WriteAsync(_state, "silent");
        var supply = Open();
        using var first = new CancellationTokenSource();
        using var second = new CancellationTokenSource();
        var other = supply.GetAsync("silent", size: null, app: null, null, second.Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => supply.GetAsync("silent", size: null, app: null, new CancelWhen("waiting for the guest agent", first, () => { }), first.Token).WaitAsync(TimeSpan.FromMinutes(2)));
        Assert.NotEmpty(QemuProcess.FindUsing(_state.Folder.Templates));
        await second.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => other);
        Assert.Empty(QemuProcess.FindUsing(_state.Folder.Templates));
    }

    [Fact]
    public async Task Machines_have_the_memory_and_the_processors_of_their_templates_size()
    {
        var emulator = new TestEmulator(_state.Folder);
        var images = new ImageStore(_state.Folder, Path.Combine(Repository.Root, "deploy", "image"), TimeProvider.System);
        await BootSector.AddAsync(images, _state.Folder, "sized");
        var template = await emulator.Supply(images).GetAsync("sized", new MachineSize(Cpus: 2, MemoryMiB: 640, DiskGiB: null), app: null, null, default);
        Assert.Equal((2, 640), (template.Machine.Cpus, template.Machine.MemoryMiB));
        await using var machine = await emulator.Forker.ForkAsync(template, Guid.NewGuid(), 1, PoolNetwork.Isolated("pool"), default);
        var processors = await machine.Qmp.CallAsync("query-cpus-fast", null, default);
        var memory = await machine.Qmp.CallAsync("query-memory-size-summary", null, default);
        await machine.DestroyAsync(default);
        Assert.Equal(2, processors.GetArrayLength());
        Assert.Equal(640L << 20, memory.GetProperty("base-memory").GetInt64());
    }

    [Theory]
    [InlineData("{\"Key\":")]
    [InlineData(null)]
    public async Task Template_whose_description_is_damaged_is_set_aside_with_a_log_line(string? description)
    {
        var image = await SilentImage.WriteAsync(_state, "silent");
        var supply = Open();
        var key = Template.KeyOf(image.Machine, (await supply.AcceleratorAsync).Name);
        var folder = Path.Combine(_state.Folder.Templates, key);
        StateFolder.Make(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "ram"), "what somebody may want to look at");
        if (description is not null)
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "template.json"), description);
        }

        using var interrupt = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => supply.GetAsync("silent", size: null, app: null, new CancelWhen("checking the image's files", interrupt, () => { }), interrupt.Token));
        Assert.True(File.Exists(Path.Combine(_state.Folder.Templates, $".damaged-{key}", "ram")));
        Assert.False(Directory.Exists(folder));
        Assert.Contains(_log.Lines, line => line.Contains(key, StringComparison.Ordinal) && line.Contains("set aside", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Template_whose_fork_has_no_agent_is_looked_at_again()
    {
        var template = Copy(fixture.Template);
        var emulator = new TestEmulator(_state.Folder);
        await using var hypervisor = new BootSectorHypervisor(template with { Machine = template.Machine with { HasAgent = true } }, emulator.Forker, emulator.Capacity);
        await hypervisor.PrepareAsync(BootSectorHypervisor.Image, size: null, app: null, null, default);
        var machine = await hypervisor.ForkAsync(new ForkRequest(Guid.NewGuid(), 1, BootSectorHypervisor.Image, PoolNetwork.Isolated("pool")), default);
        await Assert.ThrowsAsync<MachineException>(() => machine.SettleAsync(null, TimeSpan.FromMilliseconds(300), default));
        await machine.DestroyAsync(default);
        File.Delete(Path.Combine(template.Folder, "state"));
        var failure = await Assert.ThrowsAsync<MachineException>(() => hypervisor.PrepareAsync(BootSectorHypervisor.Image, size: null, app: null, null, default));
        Assert.Contains("state is missing", failure.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _state.Dispose();

    private TemplateSupply Open() => new(
        new ImageStore(_state.Folder, Path.Combine(Repository.Root, "deploy", "image"), TimeProvider.System),
        new TestEmulator(_state.Folder).Templates,
        new TemplateOptions(),
        _log);

    private Template Copy(Template template)
    {
        var folder = Path.Combine(_state.Folder.Templates, template.Key);
        StateFolder.Make(folder);
        foreach (var file in Directory.EnumerateFiles(template.Folder))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }

        return template with { Folder = folder };
    }

    private sealed class CancelWhen(string step, CancellationTokenSource source, Action before) : IProgress<string>
    {
        public void Report(string value)
        {
            if (value == step)
            {
                before();
                source.Cancel();
            }
        }
    }
}
