using Vdi.Emulator.Accelerators;

namespace Vdi.Emulator.Tests.Accelerators;

public sealed class AcceleratorProbeTests
{
    [Fact]
    public async Task Tcg_runs_the_probe_to_its_known_result() =>
        Assert.True(await AcceleratorProbe.RunsGuestAsync("tcg", TimeSpan.FromSeconds(30), default));

    [Fact]
    public async Task Guest_that_never_reports_is_given_up_at_the_deadline()
    {
        byte[] endless = [0xEB, 0xFE]; // jmp $
        Assert.False(await AcceleratorProbe.RunsGuestAsync("tcg", endless, TimeSpan.FromSeconds(1), default));
    }

    [Fact]
    public async Task Unknown_accelerator_does_not_run_guests() =>
        Assert.False(await AcceleratorProbe.RunsGuestAsync("nonsense", TimeSpan.FromSeconds(30), default));
}
