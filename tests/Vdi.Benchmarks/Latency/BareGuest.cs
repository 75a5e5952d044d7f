using System.Diagnostics;
using Vdi.Emulator.Machines;
using Vdi.TestSupport;

namespace Vdi.Benchmarks.Latency;

/// <summary>A QEMU with the boot sector that repaints at every key, started by hand; its devices are those of our machines, as far as the
/// boot sector sees any. Disposing ends it.</summary>
internal sealed class BareGuest(Process process, string monitor) : IAsyncDisposable
{
    public int Pid => process.Id;

    /// <summary>QMP's Unix socket.</summary>
    public string Monitor => monitor;

    /// <param name="disk">The boot sector's disk; any number of guests may share it.</param>
    /// <param name="monitor">Where QMP's socket is made.</param>
    /// <param name="display">QEMU's arguments for the display.</param>
    public static async Task<BareGuest> StartAsync(string disk, string monitor, params string[] display)
    {
        var process = Process.Start(QemuBinary.Path,
        [
            "-nodefaults", "-no-user-config", "-accel", "tcg", "-cpu", "max", "-m", "32M", "-machine", $"{MachineDefinition.MachineType},vmport=off", "-vga", "none",
            "-device", $"virtio-vga,xres={MachineDefinition.Width},yres={MachineDefinition.Height}", "-device", "virtio-keyboard-pci", "-device", "virtio-tablet-pci",
            "-blockdev", $"driver=raw,node-name=disk0,read-only=on,file.driver=file,file.filename={disk}", "-device", "virtio-blk-pci,drive=disk0",
            "-qmp", $"unix:{monitor},server=on,wait=off", .. display,
        ]);
        var guest = new BareGuest(process, monitor);
        try
        {
            await Eventually.HoldsAsync(() => Task.FromResult(File.Exists(monitor)), "QEMU is there");
            return guest;
        }
        catch
        {
            await guest.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
    }
}
