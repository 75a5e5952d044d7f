using Vdi.Emulator.Machines;
using Vdi.Protocol.Fleet;

namespace Vdi.Emulator.Fakes;

/// <summary>A machine that sleeps on a <see cref="FakeComputer"/>.</summary>
internal sealed class FakeSuspendedMachine(ForkRequest request, FakeComputer computer, TimeProvider time, FakeScreen screen) : ISuspendedMachine
{
    public Guid Id => request.Machine;

    public long Epoch => request.Epoch;

    public string? ImageVersion { get; } = request.Image.Version ?? "1";

    public long Bytes => 1;

    public async Task<IMachine> WakeAsync(PoolNetwork network, CancellationToken stop)
    {
        if (computer.WakeFailure is { } failure)
        {
            throw new MachineException(failure);
        }

        if (computer.Machines.Count >= computer.Room)
        {
            throw new ShortageException($"the fake computer has room for {computer.Room} machines: end sessions");
        }

        await Task.Delay(computer.WakeTime, time, stop);
        var machine = FakeMachine.Woken(request, computer, time, screen);
        return computer.Suspended.TryRemove(Id, out _) && computer.Machines.TryAdd(Id, machine) ? machine : throw new MachineException("It was woken already");
    }

    public Task DestroyAsync(CancellationToken stop)
    {
        computer.Suspended.TryRemove(Id, out _);
        screen.Close();
        return Task.CompletedTask;
    }
}
