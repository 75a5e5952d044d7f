using System.Collections.Concurrent;
using System.Net.Sockets;
using Vdi.Emulator.Accelerators;
using Vdi.Emulator.Homes;
using Vdi.Emulator.Machines;
using Vdi.Protocol.Fleet;

namespace Vdi.Emulator.Fakes;

/// <summary>A computer that does not exist: what runs on it outlives the hypervisors that come and go, as QEMUs do.</summary>
public sealed class FakeComputer
{
    internal ConcurrentDictionary<Guid, FakeMachine> Machines { get; } = new();

    internal ConcurrentDictionary<Guid, FakeSuspendedMachine> Suspended { get; } = new();

    /// <summary>Images of which machines can be made.</summary>
    public IReadOnlyList<string> Images { get; set; } = ["desktop"];

    /// <summary>Machines that fit; one more finds memory short.</summary>
    public int Room { get; set; } = int.MaxValue;

    /// <summary>From the request until the machine runs.</summary>
    public TimeSpan ForkTime { get; set; } = TimeSpan.FromMilliseconds(150);

    /// <summary>From running until guest and identity are there.</summary>
    public TimeSpan SettleTime { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>From the request until a machine sleeps.</summary>
    public TimeSpan SuspendTime { get; set; } = TimeSpan.FromMilliseconds(300);

    /// <summary>From the request until one that sleeps runs.</summary>
    public TimeSpan WakeTime { get; set; } = TimeSpan.FromMilliseconds(150);

    /// <summary>Why no machine can be suspended; null where they can.</summary>
    public string? SuspendFailure { get; set; }

    /// <summary>Why no machine can be woken; null where they can.</summary>
    public string? WakeFailure { get; set; }

    /// <summary>The desktop agent of each machine; machines have none that have none here.</summary>
    public ConcurrentDictionary<Guid, FakeDesktopAgent> DesktopAgents { get; } = new();

    /// <summary>Who machines were given to, in turn.</summary>
    public ConcurrentQueue<(Guid Machine, PersonSettings Person)> GivenTo { get; } = new();

    /// <summary>What its images say that they have.</summary>
    public IReadOnlyList<FoundApp> FoundApps { get; set; } = [new("editor", "Editor", "Writes text", "editor", [], null, ["Utility"], ["text/plain"], null, Terminal: false)];

    /// <summary>The keeper of each machine's application; machines have none that have none here, or show a desktop.</summary>
    public ConcurrentDictionary<Guid, FakeApp> Apps { get; } = new();

    /// <summary>The files of machines whose guests have any.</summary>
    public ConcurrentDictionary<Guid, FakeGuestFiles> Files { get; } = new();

    /// <summary>People's own disks, which are real; null where there is no place for any.</summary>
    public HomeStore? Homes { get; set; }

    /// <summary>Serves RFB on display lines in the place of the screens that machines have of their own: it is given the machine's end of
    /// each, and closes it. Null leaves them their own.</summary>
    public Func<Socket, Task>? Screen { get; set; }
}

/// <summary>Machines without QEMU: they take as long as real ones, show a picture that answers keys, and can be made to fail.
/// For developing and loading a broker, and the web, on any computer: vdi serve --machines fake.</summary>
public sealed class FakeHypervisor(FakeComputer computer, TimeProvider time) : IHypervisor
{
    public Task<Accelerator> AcceleratorAsync { get; } = Task.FromResult(new Accelerator("fake", "these machines do not exist"));

    public IReadOnlyList<HostImage> Images => [.. computer.Images.Select(name => new HostImage(name, "1", DateTimeOffset.UnixEpoch))];

    public HomeStore? Homes => computer.Homes;

    public string? Shortage => computer.Machines.Count < computer.Room ? null : $"the fake computer has room for {computer.Room} machines: end sessions";

    public Task<IReadOnlyList<IMachine>> AdoptAsync(CancellationToken stop)
    {
        var adopted = new List<IMachine>();
        foreach (var machine in computer.Machines.Values)
        {
            if (machine is { IsAlive: true, IsComplete: true })
            {
                machine.Adopt();
                adopted.Add(machine);
            }
            else
            {
                computer.Machines.TryRemove(machine.Id, out _);
            }
        }

        return Task.FromResult<IReadOnlyList<IMachine>>(adopted);
    }

    public IReadOnlyList<ISuspendedMachine> FindSuspended() => [.. computer.Suspended.Values];

    public Task PrepareAsync(ImageRef image, MachineSize? size, MachineApp? app, IProgress<string>? progress, CancellationToken stop) => computer.Images.Contains(image.Name)
        ? Task.CompletedTask
        : Task.FromException(new MachineException($"Image '{image}' is not on this host"));

    public Task<IReadOnlyList<FoundApp>> FindAppsAsync(ImageRef image, CancellationToken stop) => Task.FromResult(computer.FoundApps);

    public Task ApplyNetworksAsync(IReadOnlyList<PoolNetwork> networks, CancellationToken stop) => Task.CompletedTask;

    public async Task<IMachine> ForkAsync(ForkRequest request, CancellationToken stop)
    {
        await PrepareAsync(request.Image, request.Size, request.App, null, stop);
        if (Shortage is { } shortage)
        {
            throw new ShortageException(shortage);
        }

        await Task.Delay(computer.ForkTime, time, stop);
        var machine = new FakeMachine(request, computer, time, new FakeScreen(request.Machine));
        return !computer.Suspended.ContainsKey(request.Machine) && computer.Machines.TryAdd(request.Machine, machine) ? machine : throw new MachineException($"There is a machine {request.Machine} already");
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
