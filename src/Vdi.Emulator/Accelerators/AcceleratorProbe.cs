using System.Diagnostics;
using Vdi.Emulator.Machines;

namespace Vdi.Emulator.Accelerators;

/// <summary>The accelerator in use and, where it is not the fastest, why.</summary>
public sealed record Accelerator(string Name, string Why);

/// <summary>Finds out whether KVM really runs guests: a device that opens, and even a QEMU that starts, proves nothing.</summary>
public static class AcceleratorProbe
{
    /// <summary>Firmware: counts 20 million down, then writes 0x21 to QEMU's debug-exit port; QEMU then exits with (0x21 * 2) + 1.
    /// The loop is the point: a KVM without hardware behind it can emulate a few instructions, but takes minutes for these
    /// (docs/adr/0002). mov ecx,20000000; dec ecx; jnz $-2; mov al,0x21; out 0xf4,al; hlt.</summary>
    private static readonly byte[] Code = [0x66, 0xB9, 0x00, 0x2D, 0x31, 0x01, 0x66, 0x49, 0x75, 0xFC, 0xB0, 0x21, 0xE6, 0xF4, 0xF4];

    /// <summary>Where the processor begins: jmp f000:0000.</summary>
    private static readonly byte[] ResetVector = [0xEA, 0x00, 0x00, 0x00, 0xF0];
    private const int Expected = (0x21 * 2) + 1;

    public static async Task<Accelerator> ProbeAsync(TimeSpan deadline, CancellationToken stop)
    {
        if (!File.Exists("/dev/kvm"))
        {
            return new Accelerator("tcg", "there is no /dev/kvm");
        }

        return await RunsGuestAsync("kvm", deadline, stop)
            ? new Accelerator("kvm", "a guest ran to its known result")
            : new Accelerator("tcg", "/dev/kvm is there but a guest under it did not run to its known result");
    }

    /// <summary>Runs a few bytes of guest code under <paramref name="accelerator"/>; true when they gave the known result in time.</summary>
    public static Task<bool> RunsGuestAsync(string accelerator, TimeSpan deadline, CancellationToken stop) => RunsGuestAsync(accelerator, Code, deadline, stop);

    /// <summary>The same with other guest code.</summary>
    internal static async Task<bool> RunsGuestAsync(string accelerator, byte[] code, TimeSpan deadline, CancellationToken stop)
    {
        var firmware = new byte[64 * 1024];
        code.CopyTo(firmware, 0);
        ResetVector.CopyTo(firmware, firmware.Length - 16);
        var image = Path.Combine(Path.GetTempPath(), $"vdi-probe-{Guid.NewGuid():N}");
        await File.WriteAllBytesAsync(image, firmware, stop);
        try
        {
            var start = new ProcessStartInfo(QemuBinary.Path) { RedirectStandardError = true, RedirectStandardOutput = true };
            foreach (var argument in (string[])["-nodefaults", "-no-user-config", "-display", "none", "-accel", accelerator, "-m", "16", "-machine", MachineDefinition.MachineType,
                "-bios", image, "-device", "isa-debug-exit,iobase=0xf4,iosize=1", "-no-reboot"])
            {
                start.ArgumentList.Add(argument);
            }

            using var process = Process.Start(start)!;
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
            limit.CancelAfter(deadline);
            try
            {
                await process.WaitForExitAsync(limit.Token);
                return process.ExitCode == Expected;
            }
            catch (OperationCanceledException)
            {
                process.Kill();
                stop.ThrowIfCancellationRequested();
                return false;
            }
        }
        finally
        {
            File.Delete(image);
        }
    }
}
