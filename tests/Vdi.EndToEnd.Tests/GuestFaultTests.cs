using System.Diagnostics;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Sessions;
using Vdi.Emulator.Machines;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;
using Xunit.Abstractions;

namespace Vdi.EndToEnd.Tests;

/// <summary>Faults 19 and 20: a machine ends under the hands of somebody who works with it.</summary>
[Collection(TinyCollection.Name)]
public sealed class GuestFaultTests(TinyVdi fixture, ITestOutputHelper output)
{
    /// <summary>The promise is 10 s on a computer with time to spare; a busy one is slower, and none is this slow.</summary>
    private const double Noticed = 30;
    private readonly RunningVdi _vdi = fixture.Vdi;

    [Fact]
    public async Task Kernel_that_crashes_fails_its_machine_and_the_person_gets_another() => await FailsAsync(
        machine =>
        {
            _ = machine.Agent!.RunAsync("/bin/sh", ["-c", "echo 1 > /proc/sys/kernel/sysrq; echo c > /proc/sysrq-trigger"], TimeSpan.FromSeconds(60), default)
                .ContinueWith(_ => { }, TaskScheduler.Default);
        },
        "Its operating system crashed");

    [Fact]
    public async Task QEMU_that_is_killed_fails_its_machine_and_the_person_gets_another() => await FailsAsync(
        machine => machine.Process.Kill(),
        "ended");

    [Fact]
    public async Task QEMU_that_hangs_fails_its_machine_and_the_person_gets_another() => await FailsAsync(
        machine => Stop(machine.Process.Pid),
        "hung");

    private async Task FailsAsync(Action<Machine> harm, string reason)
    {
        await _vdi.MachineReadyAsync(600);
        await using var person = await _vdi.NewPersonAsync();
        await person.OpenDesktopAsync();
        var machine = person.Machine;
        var watch = Stopwatch.StartNew();
        harm(machine);
        Assert.Contains(reason, await machine.Failed.WaitAsync(TimeSpan.FromSeconds(Noticed)), StringComparison.Ordinal);
        output.WriteLine($"noticed after {watch.Elapsed.TotalSeconds:0.0} s");
        await Eventually.HoldsAsync(
            () => _vdi.QueryAsync(db => db.Machines.AnyAsync(row => row.Id == machine.Id && row.State == MachineState.Failed && row.Reason.Contains(reason))), "the broker knows the reason", Noticed);
        await Eventually.HoldsAsync(
            () => _vdi.QueryAsync(db => db.Sessions.AnyAsync(session => session.Id == person.Session && session.State == SessionState.Ended)), "the session is ended", Noticed);
        output.WriteLine($"session ended after {watch.Elapsed.TotalSeconds:0.0} s");
        await Person.StateIsAsync(person.Page, "ended", Noticed);
        await Eventually.HoldsAsync(() => Task.FromResult(!machine.Process.IsAlive), "its process is gone", Noticed);
        await Eventually.HoldsAsync(() => Task.FromResult(!Directory.Exists(Path.Combine(_vdi.State.Machines, machine.Id.ToString("N")))), "its files are gone", Noticed);

        await person.LeaveAsync();
        await person.OpenDesktopAsync();
        Assert.NotEqual(machine.Id, person.Machine.Id);
        Assert.Equal("again\n", await person.InGuestAsync("echo again"));
        output.WriteLine($"at work in another machine after {watch.Elapsed.TotalSeconds:0.0} s");
    }

    private static void Stop(int pid)
    {
        using var kill = Process.Start("kill", ["-STOP", pid.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }
}
