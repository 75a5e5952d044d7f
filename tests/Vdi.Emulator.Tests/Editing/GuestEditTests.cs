using Microsoft.Extensions.Logging.Abstractions;
using Vdi.Emulator.Editing;
using Vdi.Emulator.Guest;
using Vdi.Emulator.Images;
using Vdi.Emulator.Importing;
using Vdi.Emulator.Machines;
using Vdi.Emulator.Templates;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;
using Xunit.Abstractions;

namespace Vdi.Emulator.Tests.Editing;

/// <summary>A real guest is worked on, published and tried.</summary>
public sealed class GuestEditTests(ITestOutputHelper output) : IAsyncLifetime
{
    private readonly TemporaryState _state = new();
    private TestEmulator _emulator = null!;
    private ImageStore _images = null!;
    private EditStore _store = null!;
    private TemplateSupply _supply = null!;
    private Image _tiny = null!;

    public async Task InitializeAsync()
    {
        // Its own store over the shared content: what is made here is not for other tests.
        var shared = await TestImages.Shared.ProvideAsync("tiny", new TemporaryState());
        _tiny = shared.Find("tiny")!;
        _images = new ImageStore(_state.Folder, Path.Combine(Repository.Root, "deploy", "image"), TimeProvider.System);
        var copy = Path.Combine(_state.Folder.Images, ".copy");
        foreach (var hash in _tiny.Files.All)
        {
            File.Copy(shared.Blobs.PathOf(hash), copy);
            await _images.Blobs.TakeAsync(copy, default);
        }

        _tiny = _tiny with { Folder = Path.Combine(_state.Folder.Images, "tiny", _tiny.Version) };
        StateFolder.Make(Path.GetDirectoryName(_tiny.Folder)!);
        StateFolder.Make(_tiny.Folder);
        await File.WriteAllTextAsync(Path.Combine(_tiny.Folder, "image.json"), System.Text.Json.JsonSerializer.Serialize(_tiny));
        _emulator = new TestEmulator(_state.Folder) { Boot = TimeSpan.FromMinutes(6) };
        _supply = _emulator.Supply(_images);
        _store = new EditStore(_state.Folder, _images, _emulator.Forker, _supply, NullLogger<EditStore>.Instance);
    }

    [Fact]
    public async Task What_was_done_in_an_image_is_gone_back_from_published_and_in_every_machine_of_the_new_version()
    {
        var edit = await _store.CreateAsync(new DesiredEdit(Guid.NewGuid(), 1, true, "tiny", _tiny.Version, null, null, [], PoolNetwork.Isolated("edit-tiny")), default);
        await edit.StartAsync(default);
        var agent = await AgentAsync(edit);
        await RunAsync(agent, "echo kept >/etc/vdi-work && touch /etc/ssh/ssh_host_test_key");

        // Whoever works on it is an administrator and can install what the host could.
        Assert.Equal("0", await RunAsync(agent, "runuser -u user -- sudo -n id -u"));
        Assert.Contains("InRelease", await RunAsync(agent, "apt-get --print-uris update"), StringComparison.Ordinal);
        var before = Guid.NewGuid();
        await edit.CheckpointAsync(before, "before the mistake", default);
        agent = await AgentAsync(edit);
        await RunAsync(agent, "echo mistake >/etc/vdi-work && rm -rf /usr/share/fonts && sync");
        await edit.GoBackAsync(before, default);
        agent = await AgentAsync(edit);
        Assert.Equal("kept", await RunAsync(agent, "cat /etc/vdi-work && ls /usr/share/fonts >/dev/null"));

        // A kernel that the guest got is the version's, which starts without a boot loader.
        await RunAsync(agent, "v=$(uname -r); head -c 700000 /dev/urandom >/boot/vmlinuz-$v; echo initrd >/boot/initrd.img-$v");
        var folder = Path.Combine(_state.Folder.Root, "kernel");
        StateFolder.Make(folder);
        var (kernel, initrd) = (await GuestSeal.KernelAsync(agent, folder, default))!.Value;
        Assert.Equal(700_000, new FileInfo(kernel).Length);
        Assert.Equal("initrd\n", await File.ReadAllTextAsync(initrd));
        await RunAsync(agent, "rm /boot/*");

        var steps = new List<string>();
        var publisher = new EditPublisher(_images, new DiskConverter());
        var version = await publisher.PublishAsync(edit, ImageOrigin.Edit, "kim", "a note", generalise: true, new Steps(steps), default);
        Assert.Contains("seals the disk", steps);
        await edit.DiscardAsync(default);
        Assert.Equal((_tiny.Version, _tiny.Files.Kernel), (version.Parent, version.Files.Kernel));
        Assert.Equal(_tiny.Files.Disk[0], version.Files.Disk[^1]);

        var tester = new ImageTester(_images, _supply, _emulator.Forker, TimeProvider.System);
        const string Check = "grep -qx kept /etc/vdi-work && [ ! -e /etc/ssh/ssh_host_test_key ] && [ -s /etc/machine-id ] && ! runuser -u user -- sudo -n true && [ -z \"$(apt-get --print-uris update)\" ]";
        var test = await tester.TestAsync(version, Check, null, default);
        output.WriteLine(string.Join("\n", test.Steps));
        Assert.True(test.Passed, string.Join(", ", test.Steps));
        Assert.All(test.Steps, step => Assert.True(step.Passed));
        Assert.True(_images.FindingsOf(version)!.Packages!.Count > 100);
        var details = _images.Describe().Single(image => image.Version == version.Version).Details!;
        Assert.True(details.OwnBytes > 0 && details.OwnBytes < details.Bytes);

        // Only what the script says is tried anew: the template is there.
        var failed = await tester.TestAsync(version, "echo 'no printer' >&2; exit 3", null, default);
        Assert.False(failed.Passed);
        Assert.Contains("no printer", failed.Steps.Single(step => step.Name == ImageTestStep.Script).Words, StringComparison.Ordinal);
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

    private static async Task<GuestAgentClient> AgentAsync(EditMachine edit)
    {
        GuestAgentClient? agent = null;
        await Eventually.HoldsAsync(() => Task.FromResult((agent = edit.Running?.Agent) is not null), "the guest's agent answers", 600);
        return agent!;
    }

    private static async Task<string> RunAsync(GuestAgentClient agent, string script)
    {
        var (code, said, errors) = await agent.RunAsync("/bin/sh", ["-c", script], TimeSpan.FromMinutes(1), default);
        Assert.True(code == 0, $"{script}: {errors}");
        return said.Trim();
    }

    private sealed class Steps(List<string> seen) : IProgress<WorkProgress>
    {
        public void Report(WorkProgress value) => seen.Add(value.Step);
    }
}
