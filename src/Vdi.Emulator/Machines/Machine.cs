using System.Diagnostics;
using System.Globalization;
using Vdi.Emulator.Guest;
using Vdi.Emulator.Limits;
using Vdi.Emulator.Networks;
using Vdi.Protocol.Fleet;
using Vdi.Protocol.Qmp;
using Vdi.Protocol.UnixSockets;

namespace Vdi.Emulator.Machines;

/// <summary>One running QEMU machine: its process, its monitor and its agent, and the watch over them. One operation at a time.</summary>
public sealed class Machine : IMachine
{
    private static readonly TimeSpan Pulse = TimeSpan.FromSeconds(2);

    /// <summary>A monitor that does not answer for so long, though its process was not short of CPU, is hung.</summary>
    private static readonly TimeSpan PulseDeadline = TimeSpan.FromSeconds(6);

    /// <summary>A QEMU that ends closes its lines one after the other, and its process last.</summary>
    private static readonly TimeSpan Ending = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AddressDeadline = TimeSpan.FromSeconds(30);
    private readonly SemaphoreSlim _operation = new(1, 1);
    private readonly CancellationTokenSource _letGo = new();
    private readonly TaskCompletionSource<string> _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long _began;
    private readonly string _folder;
    private readonly Capacity _capacity;
    private readonly MachineNetworks _networks;
    private readonly PoolNetwork? _network;
    private readonly TimeProvider _time;
    private readonly Task _watching;
    private string? _busyWith;
    private string? _stopped;
    private string? _unreachable;
    private int _disposed;

    internal Machine(MachineRecord record, string folder, QmpClient qmp, MachineSurroundings surroundings, PoolNetwork? network, long began)
    {
        (Record, _folder, Qmp, _network, _began) = (record, folder, qmp, network, began);
        (_capacity, _networks, _time) = (surroundings.Capacity, surroundings.Networks, surroundings.Time);
        Process = new QemuProcess(record.Pid, record.StartTicks);
        qmp.Event += OnEvent;
        _watching = Task.WhenAll(WatchProcessAsync(), WatchPulseAsync(_letGo.Token));
    }

    public MachineRecord Record { get; private set; }

    public Guid Id => Record.Id;

    public long Epoch => Record.Epoch;

    public QemuProcess Process { get; }

    public QmpClient Qmp { get; }

    public ForkTimes Times => Record.Times ?? new ForkTimes(0, 0, 0, 0);

    public string Handle => $"process {Process.Pid.ToString(CultureInfo.InvariantCulture)}";

    public bool IsAlive => Process.IsAlive;

    public Task<string> Failed => _failed.Task;

    public string? Trouble => _stopped ?? _unreachable;

    /// <summary>Null until <see cref="ConnectAgentAsync"/> succeeded.</summary>
    public GuestAgentClient? Agent { get; private set; }

    public Task ConnectAgentAsync(TimeSpan deadline, CancellationToken stop) => RunAsync("connecting the agent", async () =>
    {
        if (Agent is null)
        {
            Agent = await GuestAgentClient.ConnectAsync(Path.Combine(_folder, "agent"), deadline, stop);
            _ = WatchAgentAsync(Agent);
        }
    });

    public async Task SettleAsync(IProgress<string>? progress, TimeSpan deadline, CancellationToken stop)
    {
        if (Record.HasAgent)
        {
            progress?.Report("waits for its guest agent");
            await ConnectAgentAsync(deadline, stop);
            Record = Record with { Times = Times with { Agent = Stopwatch.GetElapsedTime(_began).TotalMilliseconds } };
            progress?.Report("gets its own identity");
            await IndividualiseAsync(stop);
        }

        Record = Record with { Complete = true };
        Record.Write(_folder);
    }

    /// <summary>Gives the fork what must differ from its twins and from the template's past: a NIC, clock, host name, machine id.
    /// Its address comes a moment later, see <see cref="ForkTimes.Address"/>.</summary>
    public Task IndividualiseAsync(CancellationToken stop) => RunAsync("giving it an identity", async () =>
    {
        var agent = Agent ?? throw new MachineException("The machine has no guest agent");
        var network = _network ?? PoolNetwork.Isolated("");
        var mac = (await _networks.PlugAsync(Qmp, Id, network, stop)).Mac;
        await GuestIdentity.GiveAsync(agent, Id, _time.GetUtcNow(), stop);
        Record = Record with { Times = Times with { Identity = Stopwatch.GetElapsedTime(_began).TotalMilliseconds } };
        if (network.Proxy is not null)
        {
            await GuestProxy.SetAsync(agent, network.Proxy, stop);
        }

        _ = WatchAddressAsync(agent, mac, _letGo.Token);
    });

    public Task<DisplayLine> OpenDisplayAsync(CancellationToken stop) => Qmp.OpenDisplayAsync(Record.Display, stop);

    public void YieldToOthers(bool yield) => Process.YieldToOthers(yield);

    public Task DestroyAsync(CancellationToken stop) => RunAsync("being destroyed", async () =>
    {
        await _letGo.CancelAsync();
        Process.Kill();
        if (!await Process.WaitForExitAsync(TimeSpan.FromSeconds(10), stop))
        {
            throw new MachineException($"QEMU process {Process.Pid} did not end within 10 s of SIGKILL");
        }

        await DisposeLinesAsync();
        await _networks.ReleaseAsync(Id, stop);
        Cgroup.Remove(Id);
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    });

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _letGo.CancelAsync();
        await DisposeLinesAsync();
        await _watching;
        _operation.Dispose();
    }

    private void OnEvent(QmpMessage message)
    {
        if (message is { Kind: QmpMessageKind.Event, Name: "GUEST_PANICKED" })
        {
            _failed.TrySetResult("Its operating system crashed");
        }
        else if (message is { Kind: QmpMessageKind.Event, Name: "BLOCK_IMAGE_CORRUPTED" })
        {
            _failed.TrySetResult("Its disk's file is corrupt");
        }
    }

    private async Task WatchProcessAsync()
    {
        var reason = await Qmp.Closed;
        if (!_letGo.IsCancellationRequested)
        {
            _failed.TrySetResult(await Process.WaitForExitAsync(Ending, CancellationToken.None) ? "It was switched off or its QEMU ended" : $"Its monitor failed: {reason.Message}");
        }
    }

    /// <summary>A line to the agent never closes by itself, also when the agent restarts: it broke its protocol, or QEMU ended.</summary>
    private async Task WatchAgentAsync(GuestAgentClient agent)
    {
        var reason = await agent.Closed;
        await Task.WhenAny(Qmp.Closed, Task.Delay(Ending, _time));
        if (!_letGo.IsCancellationRequested && !Qmp.Closed.IsCompleted)
        {
            _failed.TrySetResult($"Its guest agent failed: {reason.Message}");
        }
    }

    private async Task WatchPulseAsync(CancellationToken stop)
    {
        try
        {
            while (!_failed.Task.IsCompleted)
            {
                await Task.Delay(Pulse, _time, stop);
                await FeelPulseAsync(stop);
            }
        }
        catch (OperationCanceledException)
        {
            // Let go.
        }
    }

    private async Task FeelPulseAsync(CancellationToken stop)
    {
        var waited = Process.WaitedForCpu;
        try
        {
            var status = await Qmp.StatusAsync(PulseDeadline, stop);
            switch (status)
            {
                case "io-error" when _capacity.DiskShortage is null:
                    await Qmp.CallAsync("cont", null, stop);
                    break;
                case "io-error":
                    _stopped = $"is paused, for it could not write its disk: {_capacity.DiskShortage}";
                    break;
                case "guest-panicked" or "internal-error" or "shutdown":
                    _failed.TrySetResult($"Its processor stopped ({status})");
                    break;
                default:
                    _stopped = null;
                    break;
            }
        }
        catch (MachineException) when (Process.WaitedForCpu - waited > PulseDeadline / 4)
        {
            _stopped = "waits for a free processor";
        }
        catch (MachineException e)
        {
            _failed.TrySetResult($"Its QEMU is hung or gone: {e.Message}");
        }
    }

    private async Task WatchAddressAsync(GuestAgentClient agent, string mac, CancellationToken stop)
    {
        try
        {
            await GuestIdentity.WaitForAddressAsync(agent, mac, AddressDeadline, stop);
            Record = Record with { Times = Times with { Address = Stopwatch.GetElapsedTime(_began).TotalMilliseconds } };
        }
        catch (MachineException e)
        {
            _unreachable = $"has no network: {e.Message}";
        }
        catch (OperationCanceledException)
        {
            // Let go.
        }
    }

    private async ValueTask DisposeLinesAsync()
    {
        await Qmp.DisposeAsync();
        if (Agent is { } agent)
        {
            await agent.DisposeAsync();
        }
    }

    private async Task RunAsync(string operation, Func<Task> run)
    {
        if (!await _operation.WaitAsync(TimeSpan.FromSeconds(60)))
        {
            throw new MachineException($"The machine is busy {_busyWith}");
        }

        _busyWith = operation;
        try
        {
            await run();
        }
        finally
        {
            _busyWith = null;
            _operation.Release();
        }
    }
}

/// <summary>What every machine of this computer shares.</summary>
internal sealed record MachineSurroundings(Capacity Capacity, MachineNetworks Networks, TimeProvider Time);
