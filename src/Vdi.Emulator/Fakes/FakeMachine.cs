using System.Net.Sockets;
using Vdi.Emulator.Machines;
using Vdi.Protocol.Apps;
using Vdi.Protocol.Fleet;
using Vdi.Protocol.UnixSockets;

namespace Vdi.Emulator.Fakes;

/// <summary>A machine of a <see cref="FakeComputer"/>.</summary>
internal sealed class FakeMachine(ForkRequest request, FakeComputer computer, TimeProvider time, FakeScreen screen) : IMachine
{
    private Guid? _home;

    /// <summary>It outlives hypervisors, as the machine does.</summary>
    private FakeApp? Keeper => request.App is { } app ? computer.Apps.GetOrAdd(Id, _ => new FakeApp(app)) : null;

    private TaskCompletionSource<string> _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Guid Id => request.Machine;

    public long Epoch => request.Epoch;

    public string? ImageVersion { get; } = request.Image.Version ?? "1";

    public ForkTimes Times { get; private set; } = new(0, 0, 0, computer.ForkTime.TotalMilliseconds);

    public string Handle => "fake";

    public MachineApp? App => request.App;

    public bool IsAlive { get; private set; } = true;

    public bool IsComplete { get; private set; }

    public Task<string> Failed => _failed.Task;

    public string? Trouble => null;

    /// <summary>One that goes on where it was suspended: it survives whatever ends before it is settled again.</summary>
    internal static FakeMachine Woken(ForkRequest request, FakeComputer computer, TimeProvider time, FakeScreen screen) =>
        new(request, computer, time, screen) { IsComplete = true, Times = new(0, 0, 0, computer.WakeTime.TotalMilliseconds) };

    public async Task SettleAsync(IProgress<string>? progress, TimeSpan deadline, CancellationToken stop)
    {
        progress?.Report("waits for its guest agent");
        await Task.Delay(computer.SettleTime, time, stop);
        var settled = (computer.ForkTime + computer.SettleTime).TotalMilliseconds;
        Times = Times with { Agent = settled, Identity = settled, Address = settled };
        IsComplete = true;
    }

    public Task<DisplayLine> OpenDisplayAsync(CancellationToken stop)
    {
        if (!IsAlive)
        {
            throw new MachineException("The machine is gone");
        }

        var (mine, theirs) = UnixSocket.Pair();
        _ = (computer.Screen ?? screen.ServeAsync)(theirs);
        return Task.FromResult(new DisplayLine(DisplayProtocol.Rfb, mine));
    }

    public Task<Stream?> OpenDesktopAgentAsync(CancellationToken stop)
    {
        if (!computer.DesktopAgents.TryGetValue(Id, out var agent))
        {
            return Task.FromResult<Stream?>(null);
        }

        var (mine, theirs) = UnixSocket.Pair();
        _ = agent.ServeAsync(new NetworkStream(theirs, ownsSocket: true));
        return Task.FromResult<Stream?>(new NetworkStream(mine, ownsSocket: true));
    }

    public Task<AppLine> OpenAppLineAsync(CancellationToken stop) => Task.FromResult((Keeper ?? throw new MachineException("The machine shows a desktop")).Open());

    public Task GiveToAsync(PersonSettings person, CancellationToken stop)
    {
        computer.GivenTo.Enqueue((Id, person));
        return Task.CompletedTask;
    }

    /// <summary>The disk is taken; nobody has a guest that could look into it.</summary>
    public async Task BringHomeAsync(MachineHome home, CancellationToken stop)
    {
        (await (computer.Homes ?? throw new MachineException("These machines cannot have people's files")).TakeAsync(home, Id, stop)).Dispose();
        _home = home.Home;
    }

    public IGuestFiles? Files => computer.Files.GetValueOrDefault(Id);

    public void YieldToOthers(bool yield) { }

    public async Task<ISuspendedMachine> SuspendAsync(CancellationToken stop)
    {
        if (!IsComplete || computer.SuspendFailure is not null)
        {
            throw new MachineException(computer.SuspendFailure ?? "It is still being made");
        }

        await Task.Delay(computer.SuspendTime, time, stop);
        var asleep = new FakeSuspendedMachine(request, computer, time, screen);
        computer.Suspended[Id] = asleep;
        computer.Machines.TryRemove(Id, out _);
        IsAlive = false;
        screen.Disconnect();
        return asleep;
    }

    /// <summary>Ends it as a crash would.</summary>
    public void Crash(string reason)
    {
        IsAlive = false;
        screen.Close();
        _failed.TrySetResult(reason);
    }

    public async Task<bool> ShutDownAsync(TimeSpan grace, CancellationToken stop)
    {
        var wasAlive = IsAlive;
        await DestroyAsync(stop);
        return wasAlive;
    }

    public async Task DestroyAsync(CancellationToken stop)
    {
        IsAlive = false;
        screen.Close();
        if (_home is { } home)
        {
            await computer.Homes!.ReleaseAsync(home, Id, stop);
        }

        computer.Machines.TryRemove(Id, out _);
        computer.Apps.TryRemove(Id, out _);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Another hypervisor watches it now.</summary>
    internal void Adopt() => _failed = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
}
