using Microsoft.Extensions.Logging.Abstractions;
using Vdi.Emulator.Fakes;
using Vdi.Host.Desktops;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;

namespace Vdi.Host.Tests;

/// <summary>What a host does with machines that sleep when it starts anew, and when something fails.</summary>
public sealed class SleepTests : IDisposable
{
    private readonly FakeComputer _computer = new() { ForkTime = TimeSpan.FromMilliseconds(5), SettleTime = TimeSpan.FromMilliseconds(5), SuspendTime = TimeSpan.FromMilliseconds(5), WakeTime = TimeSpan.FromMilliseconds(5) };
    private readonly TemporaryState _state = new();
    private readonly DesiredMachine _runs = new(Guid.NewGuid(), "desktop", 1, Create: true, PoolNetwork.Isolated("pool"));

    private DesiredMachine Sleeps => _runs with { Create = false, Suspend = true };

    [Fact]
    public async Task Host_that_starts_has_what_slept_before_and_wakes_it()
    {
        await using (var host = await Running.StartAsync(_computer, _state))
        {
            await host.DesireUntilAsync(_runs, MachineState.Ready, "is ready");
            await host.DesireUntilAsync(Sleeps, MachineState.Suspended, "sleeps");
        }

        await using var next = await Running.StartAsync(_computer, _state);
        await Eventually.HoldsAsync(() => Task.FromResult(next.Newest is { Machines: [{ State: MachineState.Suspended, Reason: "sleeps", Version: "1" }] }), "it is reported");
        await next.DesireUntilAsync(_runs with { Create = false }, MachineState.Ready, "was woken and is ready");
    }

    [Fact]
    public async Task Machine_that_cannot_be_woken_says_why_sleeps_on_and_is_woken_later()
    {
        await using var host = await Running.StartAsync(_computer, _state);
        await host.DesireUntilAsync(_runs, MachineState.Ready, "is ready");
        await host.DesireUntilAsync(Sleeps, MachineState.Suspended, "sleeps");
        _computer.WakeFailure = "Its saved state is missing";
        await host.DesireUntilAsync(_runs with { Create = false }, MachineState.Waking, "could not be woken, which is tried again: Its saved state is missing");

        // Nobody waits for it any more.
        await host.DesireUntilAsync(Sleeps, MachineState.Suspended, "sleeps; last, it could not be woken, which is tried again: Its saved state is missing");
        _computer.WakeFailure = null;
        _computer.Room = 0;
        await host.DesireUntilAsync(_runs with { Create = false }, MachineState.Waking, "waits: the fake computer has room for 0 machines: end sessions");
        _computer.Room = 1;
        await host.DesireUntilAsync(_runs with { Create = false }, MachineState.Ready, "was woken and is ready");
    }

    [Fact]
    public async Task Machine_that_cannot_be_suspended_stays_ready_and_says_why()
    {
        await using var host = await Running.StartAsync(_computer, _state);
        await host.DesireUntilAsync(_runs, MachineState.Ready, "is ready");
        _computer.SuspendFailure = "The disk is full";
        await host.DesireUntilAsync(Sleeps, MachineState.Ready, "could not be suspended: The disk is full");
        _computer.SuspendFailure = null;
        await host.DesireUntilAsync(Sleeps, MachineState.Suspended, "sleeps");
    }

    public void Dispose() => _state.Dispose();

    private sealed class Running : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly InProcessFleetLink _broker;
        private readonly HostAgent _host;
        private readonly Task _hearing;

        private Running(InProcessFleetLink broker, HostAgent host)
        {
            (_broker, _host) = (broker, host);
            _hearing = HearAsync();
        }

        public ActualState? Newest { get; private set; }

        public static async Task<Running> StartAsync(FakeComputer computer, TemporaryState state)
        {
            var (broker, line) = InProcessFleetLink.Create();
            var options = new HostOptions { WakeAgain = TimeSpan.FromMilliseconds(20) };
            var admissions = new Admissions(new SessionFiles(state.Folder.Sessions, NullLogger<SessionFiles>.Instance), options, TimeProvider.System);
            var host = new HostAgent(line, options, new FakeHypervisor(computer, TimeProvider.System), admissions, TimeProvider.System, NullLogger<HostAgent>.Instance);
            await host.StartAsync(default);
            return new Running(broker, host);
        }

        public Task DesireUntilAsync(DesiredMachine wanted, MachineState state, string reason) => Eventually.HoldsAsync(
            async () =>
            {
                await _broker.SendAsync(new DesiredState([wanted]), default);
                return Newest?.Machines is [var machine] && (machine.State, machine.Reason) == (state, reason);
            },
            $"the machine is {state}: {reason}");

        public async ValueTask DisposeAsync()
        {
            await _host.StopAsync(default);
            await _stop.CancelAsync();
            await _hearing.ContinueWith(_ => { }, TaskScheduler.Default);
            _stop.Dispose();
        }

        private async Task HearAsync()
        {
            await foreach (var message in _broker.ReceiveAsync(_stop.Token))
            {
                Newest = message as ActualState ?? Newest;
            }
        }
    }
}
