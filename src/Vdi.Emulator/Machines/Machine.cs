using System.Diagnostics;
using System.Globalization;
using Vdi.Emulator.Guest;
using Vdi.Emulator.Homes;
using Vdi.Emulator.Limits;
using Vdi.Emulator.Networks;
using Vdi.Emulator.Suspending;
using Vdi.Emulator.Templates;
using Vdi.Protocol.Apps;
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

    /// <summary>Between two attempts at what a machine lacks though it lives: its agent's line, its network, its address.</summary>
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan FirstAgentDeadline = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LaterAgentDeadline = TimeSpan.FromSeconds(15);
    private readonly SemaphoreSlim _operation = new(1, 1);
    private readonly CancellationTokenSource _letGo = new();
    private readonly CancellationTokenSource _forced = new();
    private readonly TaskCompletionSource<string> _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long _began;
    private readonly string _folder;
    private readonly MachineSurroundings _surroundings;
    private readonly Capacity _capacity;
    private readonly MachineNetworks _networks;
    private readonly MachineUsers _users;
    private readonly Lock _recordLock = new();
    private readonly PoolNetwork? _network;
    private readonly TimeProvider _time;
    private readonly Task _watching;
    private GuestFiles? _files;
    private Task _reattaching = Task.CompletedTask;
    private string? _busyWith;

    // Volatile: each has one writer, and is read by whoever asks for Trouble.
    private volatile string? _stopped;
    private volatile string? _unreachable;
    private volatile string? _agentless;
    private volatile string? _cut;
    private int _userReturned;
    private int _disposed;

    internal Machine(MachineRecord record, string folder, QmpClient qmp, MachineSurroundings surroundings, PoolNetwork? network, long began)
    {
        (Record, _folder, Qmp, _network, _began) = (record, folder, qmp, network, began);
        _surroundings = surroundings;
        (_capacity, _networks, _users, _time) = (surroundings.Capacity, surroundings.Networks, surroundings.Users, surroundings.Time);
        Process = new QemuProcess(record.Pid, record.StartTicks);
        qmp.Event += OnEvent;
        _watching = Task.WhenAll(WatchProcessAsync(), WatchPulseAsync(_letGo.Token));
    }

    public MachineRecord Record { get; private set; }

    public Guid Id => Record.Id;

    public long Epoch => Record.Epoch;

    public QemuProcess Process { get; }

    public QmpClient Qmp { get; }

    public string? ImageVersion => Record.ImageVersion;

    public ForkTimes Times => Record.Times ?? new ForkTimes(0, 0, 0, 0);

    public string Handle => $"process {Process.Pid.ToString(CultureInfo.InvariantCulture)}";

    public bool IsAlive => Process.IsAlive;

    public Task<string> Failed => _failed.Task;

    public string? Trouble => _stopped ?? _agentless ?? _cut ?? _unreachable;

    /// <summary>Null until <see cref="ConnectAgentAsync"/> succeeded.</summary>
    public GuestAgentClient? Agent { get; private set; }

    /// <summary>Another one with each agent: what one said of its guest need not be so any more.</summary>
    public IGuestFiles? Files => Agent is not { } agent || Record.System != GuestSystem.Linux ? null : _files is { } known && known.Agent == agent ? known : _files = new GuestFiles(agent);

    public Task GiveToAsync(PersonSettings person, CancellationToken stop) => Agent is { } agent && Record.System == GuestSystem.Linux ? GuestPerson.SetAsync(agent, person, stop) : Task.CompletedTask;

    public Task BringHomeAsync(MachineHome home, CancellationToken stop) => RunAsync("getting its person's files", async () =>
    {
        if (Agent is not { } agent || Record.System != GuestSystem.Linux)
        {
            throw new MachineException("Only a Linux guest whose agent answers can have people's files");
        }

        if (Record.Home is { } other && other != home.Home)
        {
            throw new MachineException("It has somebody else's files");
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop, _letGo.Token);
        if (!await HomeDisk.IsPluggedAsync(Qmp, limit.Token))
        {
            using var file = await _surroundings.Homes.TakeAsync(home, Id, limit.Token);
            Note(record => record with { Home = home.Home }, onDisk: true);
            await HomeDisk.PlugAsync(Qmp, file, limit.Token);
        }

        await GuestHome.BringAsync(agent, home.Mode, limit.Token);
    });

    /// <summary>Whether its disk is larger than its file system.</summary>
    internal bool HasOwnDiskSize { get; init; }

    /// <summary>The application that it is for, where its template does not have it open.</summary>
    internal MachineApp? AppToOpen { get; init; }

    /// <summary>The MAC of a machine that was woken: it is somebody already.</summary>
    internal string? WokenMac { get; init; }

    /// <summary>What happens to its files in the end, where they are not to be deleted.</summary>
    internal Action? Cleanup { get; init; }

    /// <summary>Called when the agent did not answer while the machine settled.</summary>
    internal Action? AgentSilent { get; set; }

    public Task ConnectAgentAsync(TimeSpan deadline, CancellationToken stop) => RunAsync("connecting the agent", async () =>
    {
        if (Agent is null)
        {
            Agent = await GuestAgentClient.ConnectAsync(Path.Combine(_folder, "agent"), Process.Pid, deadline, stop);
            _ = WatchAgentAsync(Agent);
        }
    });

    public async Task SettleAsync(IProgress<string>? progress, TimeSpan deadline, CancellationToken stop)
    {
        if (Record.HasAgent)
        {
            progress?.Report("waits for its guest agent");
            try
            {
                await ConnectAgentAsync(deadline, stop);
            }
            catch (MachineException) when (WokenMac is not null)
            {
                // It is somebody's desktop, and works without for now.
                Reattach();
                return;
            }
            catch (MachineException)
            {
                AgentSilent?.Invoke();
                throw;
            }

            Note(record => record with { Times = Times with { Agent = Elapsed } });
            progress?.Report(WokenMac is null ? "gets its own identity" : "wakes up: gets the time");
            await (WokenMac is { } mac ? ComeBackAsync(mac, stop) : IndividualiseAsync(stop));
            if (AppToOpen is { } app && Agent is { } agent)
            {
                progress?.Report("starts its application");
                await GuestApp.OpenAsync(agent, app, stop);
            }
        }

        Note(record => record with { Complete = true }, onDisk: true);
    }

    /// <summary>Gives the fork what must differ from its twins and from the template's past: a NIC, clock, host name, machine id.
    /// Its address comes a moment later, see <see cref="ForkTimes.Address"/>.</summary>
    public Task IndividualiseAsync(CancellationToken stop) => RunAsync("giving it an identity", async () =>
    {
        var agent = Agent ?? throw new MachineException("The machine has no guest agent");
        var network = _network ?? PoolNetwork.Isolated("");
        var mac = (await _networks.PlugAsync(Qmp, Id, network, Record.Drivers, stop)).Mac;
        await GuestIdentity.GiveAsync(agent, Record.System, Id, _time.GetUtcNow(), stop);
        Note(record => record with { Times = Times with { Identity = Elapsed } });
        if (network.Proxy is not null && Record.System == GuestSystem.Linux)
        {
            await GuestProxy.SetAsync(agent, network.Proxy, stop);
        }

        if (HasOwnDiskSize && Record.System == GuestSystem.Linux)
        {
            await GuestIdentity.FillDiskAsync(agent, stop);
        }

        _ = WatchAddressAsync(agent, mac, AddressDeadline, _letGo.Token);
    });

    public async Task<ISuspendedMachine> SuspendAsync(CancellationToken stop)
    {
        ISuspendedMachine? asleep = null;
        await RunAsync("being suspended", async () => asleep = await SaveAsync(stop));
        return asleep!;
    }

    public int Heads => Record.Heads;

    public async Task<DisplayLine> OpenDisplayAsync(CancellationToken stop) =>
        await Qmp.OpenDisplayAsync(Record.Display, stop) is var line && Heads > 1 ? line with { Point = Qmp.PointAsync } : line;

    public async Task<Stream?> OpenDesktopAgentAsync(CancellationToken stop) =>
        await MachineSocket.OpenStreamAsync(Path.Combine(_folder, "vdagent"), Process.Pid, "The desktop agent", stop);

    public MachineApp? App => Record.App;

    public async Task<AppLine> OpenAppLineAsync(CancellationToken stop) =>
        new(await MachineSocket.OpenStreamAsync(Path.Combine(_folder, "app"), Process.Pid, GuestApp.Name, stop));

    public void YieldToOthers(bool yield)
    {
        Process.YieldToOthers(yield);
        Cgroup.Weigh(Id, yield);
    }

    public async Task<bool> ShutDownAsync(TimeSpan grace, CancellationToken stop)
    {
        // From here on its end is no failure, and nothing else is asked of the guest.
        await _letGo.CancelAsync();
        var orderly = false;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop, _forced.Token);
        try
        {
            await RunAsync("being shut down", async () => orderly = await Shutdown.RunAsync(Process, Qmp, Agent, grace, limit.Token));
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            // Somebody wants it destroyed at once.
        }

        await DestroyAsync(stop);
        return orderly;
    }

    public async Task DestroyAsync(CancellationToken stop)
    {
        // Neither an attempt at its agent or network that is under way nor a guest that takes its time must hold this up.
        await _letGo.CancelAsync();
        await _forced.CancelAsync();
        await RunAsync("being destroyed", async () =>
        {
            if (Record.Home is not null && !_failed.Task.IsCompleted)
            {
                await PutHomeAwayAsync(stop);
            }

            await Process.EndAsync(stop);
            if (Record.Home is { } home)
            {
                await _surroundings.Homes.ReleaseAsync(home, Id, stop);
            }

            await TpmEmulator.EndAsync(_folder, stop);
            await DisposeLinesAsync();
            await _networks.ReleaseAsync(Id, stop);
            Cgroup.Remove(Id);
            if (Cleanup is { } cleanup)
            {
                cleanup();
            }
            else if (Directory.Exists(_folder))
            {
                Directory.Delete(_folder, recursive: true);
            }

            // Not before: who gets the user next could read what is still there.
            if (Interlocked.Exchange(ref _userReturned, 1) == 0)
            {
                _users.Return(Record.Uid);
            }
        });
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _letGo.CancelAsync();
        await _reattaching;
        await DisposeLinesAsync();
        await _watching;
        _operation.Dispose();
    }

    /// <summary>For a machine that an earlier process made: brings back the line to its agent and its network, in the background and
    /// until both are there. It is somebody's desktop meanwhile; what it lacks is its trouble, and no reason to end it.</summary>
    internal void Reattach()
    {
        var deadline = FirstAgentDeadline;
        _reattaching = Task.WhenAll(
            !Record.HasAgent ? Task.CompletedTask : UntilItWorksAsync(
                async stop =>
                {
                    var patience = deadline;
                    deadline = LaterAgentDeadline;
                    await ConnectAgentAsync(patience, stop);
                    if (WokenMac is { } mac)
                    {
                        await ComeBackAsync(mac, stop);
                    }
                },
                reason => _agentless = reason is null ? null : $"works without its guest agent for now: {reason}",
                _letGo.Token),
            UntilItWorksAsync(
                stop => _networks.AdoptAsync(Id, stop),
                reason => _cut = reason is null ? null : $"has its network as it was left, which could not be checked yet: {reason}",
                _letGo.Token));
    }

    /// <summary>Changes the record. Settling and the watch over the address do at the same time, and a 'complete' that got lost would be
    /// the machine's end at the next start.</summary>
    internal void Note(Func<MachineRecord, MachineRecord> change, bool onDisk = false)
    {
        lock (_recordLock)
        {
            Record = change(Record);
            if (onDisk)
            {
                Record.Write(_folder);
            }
        }
    }

    /// <summary>Waits for an address as long as it takes; after <paramref name="deadline"/> its absence is a trouble, until it comes.</summary>
    internal async Task WatchAddressAsync(GuestAgentClient agent, string mac, TimeSpan deadline, CancellationToken stop)
    {
        try
        {
            while (!_failed.Task.IsCompleted)
            {
                try
                {
                    await GuestIdentity.WaitForAddressAsync(agent, mac, deadline, stop);
                    _unreachable = null;
                    Note(record => record with { Times = Times with { Address = Elapsed } });
                    return;
                }
                catch (MachineException e)
                {
                    _unreachable = $"has no network: {e.Message}";
                }

                await Task.Delay(Again, _time, stop);
            }
        }
        catch (OperationCanceledException)
        {
            // Let go.
        }
    }

    /// <summary>The clock of its guest stood still; all else it has.</summary>
    private Task ComeBackAsync(string mac, CancellationToken stop) => RunAsync("waking", async () =>
    {
        var agent = Agent ?? throw new MachineException("The machine has no guest agent");
        await GuestIdentity.SetClockAsync(agent, Record.System, _time.GetUtcNow(), stop);
        Note(record => record with { Times = Times with { Identity = Elapsed } });
        _ = WatchAddressAsync(agent, mac, AddressDeadline, _letGo.Token);
    });

    /// <summary>A guest that does not loses what it has not written yet, and no more.</summary>
    private async Task PutHomeAwayAsync(CancellationToken stop)
    {
        try
        {
            // One that was taken up just now may have no line to it yet.
            Agent ??= await GuestAgentClient.ConnectAsync(Path.Combine(_folder, "agent"), Process.Pid, LaterAgentDeadline, stop);
            await GuestHome.LeaveAsync(Agent, stop);
        }
        catch (MachineException)
        {
            // It is hung or hostile, and its file system has a journal for that.
        }
    }

    private async Task<SuspendedMachine> SaveAsync(CancellationToken stop)
    {
        if (!Record.Complete)
        {
            throw new MachineException("It is still being made");
        }

        if (Record.Home is not null)
        {
            throw new MachineException("It has a person's files, which others of their machines would wait for");
        }

        var template = Template.Of(Record, _surroundings.State);
        _capacity.DemandDisk("suspending a machine", QemuProcess.ReadPrivateMiB($"/proc/{Process.Pid}/status"));
        var nic = await _networks.HoldAsync(Qmp, Id, stop);
        try
        {
            await SavedMachine.WriteAsync(Qmp, _folder, template, stop);

            // From here on it sleeps, whatever becomes of its QEMU, which has nothing more to write.
            Note(record => record with { Uid = null, Saved = SavedMachine.Of(template, nic) }, onDisk: true);
        }
        catch
        {
            await SavedMachine.GoOnAsync(Qmp, _folder, CancellationToken.None);
            throw;
        }

        await _letGo.CancelAsync();
        var asleep = new SuspendedMachine(Record, _folder, _surroundings);
        await Process.EndAsync(CancellationToken.None);
        await DisposeLinesAsync();
        await asleep.EndLeftoversAsync(CancellationToken.None);
        return asleep;
    }

    private double Elapsed => Stopwatch.GetElapsedTime(_began).TotalMilliseconds;

    private async Task UntilItWorksAsync(Func<CancellationToken, Task> attempt, Action<string?> tell, CancellationToken stop)
    {
        try
        {
            while (!_failed.Task.IsCompleted)
            {
                try
                {
                    await attempt(stop);
                    tell(null);
                    return;
                }
                catch (Exception e) when (!stop.IsCancellationRequested)
                {
                    tell(e.Message);
                }

                await Task.Delay(Again, _time, stop);
            }
        }
        catch (Exception) when (stop.IsCancellationRequested)
        {
            // Let go, or destroyed.
        }
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
internal sealed record MachineSurroundings(StateFolder State, Capacity Capacity, MachineNetworks Networks, MachineUsers Users, HomeStore Homes, TimeProvider Time);
