using Microsoft.Win32.SafeHandles;
using Vdi.Emulator.Machines;
using Vdi.Protocol;
using Vdi.Protocol.UnixSockets;
using Vdi.TestSupport;

namespace Vdi.Emulator.Tests.Machines;

/// <summary>QEMU's own D-Bus display, which no scripted peer can stand in for.</summary>
[Collection(QemuCollection.Name)]
public sealed class DisplayLineTests(BootSectorTemplate fixture)
{
    private const int KeyZ = 0x2c;
    private const int KeyA = 0x1e;

    [Fact]
    public async Task Picture_on_the_line_is_the_one_that_QEMU_dumps()
    {
        var machine = await fixture.Forker.ForkAsync(fixture.Template, Guid.NewGuid(), 1, network: null, default);
        var line = await machine.OpenDisplayAsync(default);
        Assert.Equal(DisplayProtocol.DBus, line.Protocol);
        await using (var screen = new ScreenProbe(line))
        {
            var before = await screen.SeeAsync();
            await screen.PressAsync(KeyZ);
            await Eventually.HoldsAsync(() => Task.FromResult(screen.Hash != before), "the key changes the picture");
            var dump = Path.Combine(fixture.State.Folder.Root, $"{machine.Id:N}.ppm");
            await Eventually.HoldsAsync(
                async () =>
                {
                    using (SafeFileHandle file = File.OpenHandle(dump, FileMode.Create, FileAccess.Write))
                    {
                        await machine.Qmp.ScreenDumpAsync(file, default);
                    }

                    // A PPM: a header, then the pixels.
                    var (picture, dumped) = (screen.Rgb(), await File.ReadAllBytesAsync(dump));
                    return dumped.Length > picture.Length && dumped.AsSpan(dumped.Length - picture.Length).SequenceEqual(picture);
                },
                "both are the same");
        }

        await machine.DestroyAsync(default);
    }

    [Fact]
    public async Task New_line_takes_the_place_of_one_that_nobody_closed()
    {
        var machine = await fixture.Forker.ForkAsync(fixture.Template, Guid.NewGuid(), 1, network: null, default);
        await using var abandoned = new ScreenProbe(await machine.OpenDisplayAsync(default));
        await abandoned.SeeAsync();
        var silent = await machine.OpenDisplayAsync(default);
        await using var screen = await LookAsync(machine);
        var before = screen.Hash;
        await screen.PressAsync(KeyA);
        await Eventually.HoldsAsync(() => Task.FromResult(screen.Hash != before), "the key changes the picture");
        silent.Socket.Dispose();
        await machine.DestroyAsync(default);
    }

    /// <summary>Opens another line where the first is refused, as a screen does: QEMU, giving up the line that waited, may take its console off the
    /// one that came after it.</summary>
    private static async Task<ScreenProbe> LookAsync(Machine machine)
    {
        for (var more = 3; ; more--)
        {
            var screen = new ScreenProbe(await machine.OpenDisplayAsync(default));
            try
            {
                await screen.SeeAsync();
                return screen;
            }
            catch (ProtocolException) when (more > 0)
            {
                await screen.DisposeAsync();
            }
        }
    }
}
