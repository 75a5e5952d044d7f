using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Vdi.Emulator.Editing;
using Vdi.Emulator.Images;
using Vdi.Emulator.Machines;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;

namespace Vdi.Emulator.Tests.Editing;

/// <summary>A system is installed from an installer's ISO, by keyboard and from the firmware's first screen on: Debian's, with Secure Boot and a TPM.</summary>
public sealed class InstallerTests : IAsyncLifetime
{
    private const int Enter = 0x1c;
    private readonly TemporaryState _state = new();
    private EditStore _store = null!;
    private TestEmulator _emulator = null!;

    public Task InitializeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Installer_is_started_from_its_medium_and_answered_by_keyboard()
    {
        var images = new ImageStore(_state.Folder, Path.Combine(Repository.Root, "deploy", "image"), TimeProvider.System);
        var media = new MediaShelf(_state.Folder, images, TimeProvider.System);
        var iso = Path.Combine(_state.Folder.Images, ".installer.iso");
        await MakeAsync(iso);
        var medium = await media.AddAsync(iso, "Debian", default);
        _emulator = new TestEmulator(_state.Folder);
        _store = new EditStore(_state.Folder, images, _emulator.Forker, _emulator.Supply(images), NullLogger<EditStore>.Instance);
        // With less the installer has no list of languages.
        var hardware = new ImageHardware(Firmware.UefiSecure, GuestDrivers.Pc, Tpm: true, GuestSystem.Linux, Agent: false, MemoryMiB: 1280, Cpus: 1);
        var edit = await _store.CreateAsync(new DesiredEdit(Guid.NewGuid(), 1, true, "debian", null, hardware, 8, [medium.Hash], PoolNetwork.Isolated("edit-debian")), default);
        await edit.StartAsync(default);
        await using var screen = new ScreenProbe(await edit.Running!.OpenDisplayAsync(default));

        // Whatever waits for a key before the installer's own pages, which lie on blue, gets one: the boot menu does, for as long as it takes.
        var began = Stopwatch.StartNew();
        try
        {
            while (!IsBlue(screen))
            {
                Assert.True(began.Elapsed < TimeSpan.FromMinutes(6), "the installer did not ask for a language");
                await screen.StillAsync(TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(2));
                if (!IsBlue(screen))
                {
                    await screen.PressAsync(Enter);
                }
            }
        }
        finally
        {
            screen.Keep("installer-languages");
        }

        // Enter is an answer to each of its first pages; those that only say what is being done pass by themselves.
        var page = await screen.StillAsync(TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(2));
        await Eventually.HoldsAsync(
            async () =>
            {
                await screen.PressAsync(Enter);
                await Task.Delay(1000);
                return screen.Hash != page && IsBlue(screen);
            },
            "the next page is shown",
            120);
        screen.Keep("installer-next");
        await edit.DiscardAsync(default);
    }

    public async Task DisposeAsync()
    {
        if (_store is not null)
        {
            foreach (var edit in await _store.AdoptAsync(default))
            {
                await edit.DiscardAsync(default);
            }

            await _emulator.EndAllAsync();
        }

        _state.Dispose();
    }

    /// <summary>Whether a third of the screen is the blue of text-mode dialogues.</summary>
    private static bool IsBlue(ScreenProbe screen)
    {
        var rgb = screen.Rgb();
        var blue = 0;
        for (var i = 0; i + 2 < rgb.Length; i += 3)
        {
            blue += rgb[i] < 60 && rgb[i + 1] < 60 && rgb[i + 2] > 100 ? 1 : 0;
        }

        return blue > rgb.Length / 9;
    }

    private static async Task MakeAsync(string iso)
    {
        using var script = Process.Start(new ProcessStartInfo(Path.Combine(Repository.Root, "deploy", "image", "lib", "installer-iso"), [iso]) { RedirectStandardError = true })!;
        var words = await script.StandardError.ReadToEndAsync();
        await script.WaitForExitAsync();
        Assert.True(script.ExitCode == 0, words);
    }
}
