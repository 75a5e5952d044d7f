using System.Diagnostics;
using Vdi.Emulator.Machines;
using Vdi.Emulator.Templates;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;
using Xunit.Abstractions;

namespace Vdi.Emulator.Tests.Machines;

/// <summary>Machines of other hardware than our own images': real firmware, without a guest.</summary>
public sealed class FirmwareTests(ITestOutputHelper output) : IDisposable
{
    /// <summary>QEMU's numbers of keys: an arrow moves in the firmware's menu.</summary>
    private const int Down = 0xd0;

    /// <summary>The boot sector paints in its colour.</summary>
    private const int Z = 0x2c;
    private const int Q = 0x10;
    private readonly TemporaryState _state = new();

    [Fact]
    public async Task Guest_without_virtio_drivers_is_forked_as_others_are()
    {
        var machine = BootSector.Write(_state.Folder.Root) with { Drivers = GuestDrivers.Pc };
        await ForkTwiceAsync(machine, TimeSpan.FromSeconds(1), Z);
    }

    [Fact]
    public async Task Machine_with_UEFI_Secure_Boot_and_TPM_is_forked_and_sleeps_and_wakes()
    {
        // Its disk has nothing that may start: the firmware's own menu is what it shows.
        var machine = BootSector.Write(_state.Folder.Root) with { Image = "uefi", MemoryMiB = 256, Firmware = Firmware.UefiSecure, HasTpm = true, Drivers = GuestDrivers.Pc };
        await ForkTwiceAsync(machine, TimeSpan.FromSeconds(10), Down);
    }

    public void Dispose() => _state.Dispose();

    private async Task ForkTwiceAsync(MachineDefinition machine, TimeSpan still, int key)
    {
        var emulator = new TestEmulator(_state.Folder, still: still);
        try
        {
            var began = Stopwatch.StartNew();
            var template = await emulator.Templates.BuildAsync(machine, "tcg", TimeSpan.FromMinutes(3), null, default);
            output.WriteLine($"template {began.Elapsed.TotalSeconds:0.0} s");
            Assert.Null(await template.FindDamageAsync(default));
            var one = await emulator.Forker.ForkAsync(template, Guid.NewGuid(), 1, PoolNetwork.Isolated("p"), default);
            var two = await emulator.Forker.ForkAsync(template, Guid.NewGuid(), 1, PoolNetwork.Isolated("p"), default);
            output.WriteLine($"fork {one.Times.Running:0} ms, {two.Times.Running:0} ms");
            await one.SettleAsync(null, TimeSpan.FromSeconds(10), default);
            await using var screen = new ScreenProbe(await one.OpenDisplayAsync(default));
            await using var twin = new ScreenProbe(await two.OpenDisplayAsync(default));
            var before = await StillAsync(twin);
            await Eventually.HoldsAsync(() => Task.FromResult(screen.Hash == before), "twins show the same");
            await Eventually.HoldsAsync(
                async () =>
                {
                    await screen.PressAsync(key);
                    return screen.Hash != before;
                },
                "a key changes the screen");
            Assert.Equal(before, twin.Hash);
            await StillAsync(screen);

            var asleep = await one.SuspendAsync(default);
            await one.DisposeAsync();
            await using var woken = (Machine)await asleep.WakeAsync(PoolNetwork.Isolated("p"), default);
            await using var again = new ScreenProbe(await woken.OpenDisplayAsync(default));
            var shown = await StillAsync(again);
            await Eventually.HoldsAsync(
                async () =>
                {
                    await again.PressAsync(key == Z ? Q : key);
                    return again.Hash != shown;
                },
                "a key changes the screen of the woken machine");
            await woken.DestroyAsync(default);
            await two.DestroyAsync(default);
            await two.DisposeAsync();
            Assert.Empty(Directory.EnumerateDirectories(_state.Folder.Machines));
        }
        finally
        {
            await emulator.EndAllAsync();
        }
    }

    private static Task<ulong> StillAsync(ScreenProbe screen) => screen.StillAsync(TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(2));
}
