using System.Collections.Concurrent;
using Vdi.Protocol.Fleet;

namespace Vdi.Host.Fakes;

/// <summary>A host without machines and screens, thousands of them at a time if need be: it speaks to its broker as a real one does
/// (HostConformance), and what it answers can be chosen. For tests and loads of brokers.</summary>
public sealed class FakeHost(IFleetLink broker, TimeProvider time) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Guid, ActualMachine> _machines = new();
    private Task _work = Task.CompletedTask;

    public string Id { get; set; } = "fake";

    public IReadOnlyList<string> Images { get; set; } = ["desktop"];

    /// <summary>Versions of the images, every one; where none is named an image has version "1".</summary>
    public IReadOnlyList<HostImage> Versions { get; set; } = [];

    /// <summary>Versions whose machines fail.</summary>
    public ConcurrentDictionary<string, byte> Broken { get; } = new();

    /// <summary>Seconds without a key, of sessions that somebody is said to be looking at.</summary>
    public ConcurrentDictionary<Guid, int> Idle { get; } = new();

    public ConcurrentQueue<Tell> Tells { get; } = new();

    /// <summary>State in which new machines stay.</summary>
    public MachineState NewMachines { get; set; } = MachineState.Ready;

    /// <summary>From a machine's being desired to its state above.</summary>
    public TimeSpan ForkTime { get; set; } = TimeSpan.Zero;

    /// <summary>Null for a host that says nothing of itself.</summary>
    public TimeSpan? ReportEvery { get; set; } = TimeSpan.FromMilliseconds(20);

    /// <summary>The answer to every Admit, instead of a real one.</summary>
    public string? Refusal { get; set; }

    /// <summary>Why no machine can be made; new ones wait meanwhile.</summary>
    public string? Problem { get; set; }

    /// <summary>Why no machine can be woken; those that shall be say so.</summary>
    public string? Sleepless { get; set; }

    /// <summary>From a machine's being desired to sleep, or to run again, until it does.</summary>
    public TimeSpan WakeTime { get; set; } = TimeSpan.Zero;

    /// <summary>Why no machine can be destroyed; those that shall be stay, and say so.</summary>
    public string? Undying { get; set; }

    /// <summary>Sessions that somebody is said to be looking at.</summary>
    public ConcurrentDictionary<Guid, byte> Viewed { get; } = new();

    public ConcurrentQueue<Admit> Admits { get; } = new();

    public ConcurrentQueue<Revoke> Revokes { get; } = new();

    public ConcurrentQueue<RevokeUser> UserRevokes { get; } = new();

    /// <summary>Every machine that was ever made.</summary>
    public ConcurrentDictionary<Guid, byte> Ever { get; } = new();

    /// <summary>The size of each machine as it was last desired.</summary>
    public ConcurrentDictionary<Guid, MachineSize?> Sizes { get; } = new();

    /// <summary>The network of each machine as it was last desired.</summary>
    public ConcurrentDictionary<Guid, PoolNetwork> Networks { get; } = new();

    /// <summary>The foreign screen of each machine that is one, as it was last desired.</summary>
    public ConcurrentDictionary<Guid, ScreenAddress> Screens { get; } = new();

    /// <summary>Addresses at which no foreign screen answers.</summary>
    public ConcurrentDictionary<string, byte> Silent { get; } = new();

    /// <summary>What each machine shows, as it was last desired; null for a desktop.</summary>
    public ConcurrentDictionary<Guid, MachineApp?> Apps { get; } = new();

    /// <summary>What was to be started in machines, in turn.</summary>
    public ConcurrentQueue<(Guid Machine, AppRun Run)> Runs { get; } = new();

    /// <summary>What its images say that they have; null where they do not say.</summary>
    public IReadOnlyList<FoundApp>? FoundApps { get; set; } = [];

    /// <summary>People's homes, each with the machine that has it.</summary>
    public FakeHomes Homes { get; } = new();

    /// <summary>What it makes images with; null for a host that makes none.</summary>
    public FakeWorkshop? Workshop { get; private set; }

    /// <summary>From now on it makes images.</summary>
    public FakeWorkshop MakeImages() => Workshop ??= new FakeWorkshop(this, time, WaitAsync);

    public void Start() => _work = Task.WhenAll(ReceiveAsync(), ReportAsync());

    /// <summary>The machine breaks.</summary>
    public void Fail(Guid machine, string reason) => _machines[machine] = _machines[machine] with { State = MachineState.Failed, Reason = reason };

    /// <summary>The application of the machine ends.</summary>
    public void EndApp(Guid machine, AppOver over) => _machines[machine] = _machines[machine] with { AppOver = over };

    /// <summary>All machines vanish without a word.</summary>
    public void Forget() => _machines.Clear();

    public bool Has(Guid machine) => _machines.ContainsKey(machine);

    public ValueTask SayAsync(FleetMessage message) => broker.SendAsync(message, _stop.Token);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        try
        {
            await _work;
        }
        catch (OperationCanceledException)
        {
            // As asked.
        }

        _stop.Dispose();
    }

    private async Task ReceiveAsync()
    {
        await foreach (var message in broker.ReceiveAsync(_stop.Token))
        {
            switch (message)
            {
                case DesiredState desired:
                    Reconcile(desired);
                    Workshop?.Heed(desired);
                    break;
                case AdmitUpload admit:
                    await SayAsync(new AdmittedFile(admit.TicketHash, Workshop is { } maker ? maker.Accept(admit) : "This host makes no images"));
                    break;
                case AdmitDownload admit:
                    await SayAsync(new AdmittedFile(admit.TicketHash, Workshop is { } giver ? giver.Accept(admit) : "This host makes no images"));
                    break;
                case Admit admit:
                    Admits.Enqueue(admit);
                    if (admit.Run is { } wanted)
                    {
                        Runs.Enqueue((admit.Machine, wanted));
                    }

                    var refusal = Refusal ?? Accept(admit);
                    await SayAsync(new Admitted(admit.TicketHash, admit.Session, refusal));
                    if (refusal is null && admit.Home is { } home)
                    {
                        await SayAsync(new HomeReport(admit.Session, admit.Machine, home.Home, 1, Homes.Take(home, admit.Machine)));
                    }

                    break;
                case AskHome ask:
                    await SayAsync(Homes.Answer(ask, time.GetUtcNow()));
                    break;
                case RunInApp run:
                    Runs.Enqueue((run.Machine, run.Run));
                    break;
                case AskApps ask:
                    await SayAsync(new AppsAnswer(ask.Ask, FoundApps, FoundApps is null ? "its guest has no agent" : null));
                    break;
                case Revoke revoke:
                    Revokes.Enqueue(revoke);
                    await LeaveAsync(revoke.Session);
                    break;
                case Tell tell:
                    Tells.Enqueue(tell);
                    break;
                case RevokeUser revoke:
                    UserRevokes.Enqueue(revoke);
                    foreach (var session in Admits.Where(admit => admit.User == revoke.User).Select(admit => admit.Session).Distinct())
                    {
                        await LeaveAsync(session);
                    }

                    break;
            }
        }
    }

    private void Reconcile(DesiredState desired)
    {
        foreach (var want in desired.Machines)
        {
            (Networks[want.Machine], Sizes[want.Machine], Apps[want.Machine]) = (want.Network, want.Size, want.App);
            if (want.Screen is { } screen)
            {
                Screens[want.Machine] = screen;
            }

            if (_machines.TryGetValue(want.Machine, out var machine))
            {
                _machines[want.Machine] = machine with { Epoch = Math.Max(machine.Epoch, want.Epoch) };
                Heed(want, machine.State);
            }
            else if (want.Create)
            {
                Ever.TryAdd(want.Machine, 0);
                _machines[want.Machine] = new ActualMachine(want.Machine, want.Epoch, MachineState.Requested, "waits for its turn to fork", null, null, want.Version ?? Newest(want.Image));
                _ = FinishAsync(want.Machine);
            }
        }

        foreach (var id in _machines.Keys.Except(desired.Machines.Select(machine => machine.Machine)))
        {
            if (Undying is { } why)
            {
                _machines[id] = _machines[id] with { State = MachineState.Recycling, Reason = $"could not be destroyed yet: {why}" };
            }
            else
            {
                Homes.Release(id, time.GetUtcNow());
                _machines.TryRemove(id, out _);
            }
        }
    }

    private void Heed(DesiredMachine want, MachineState state)
    {
        if (want.Suspend && state is MachineState.Ready or MachineState.Waking)
        {
            Change(want.Machine, state, MachineState.Suspended, "sleeps");
        }
        else if (!want.Suspend && state == MachineState.Suspended && Change(want.Machine, state, MachineState.Waking, "wakes up"))
        {
            _ = WakeAsync(want.Machine);
        }
    }

    private async Task WakeAsync(Guid id)
    {
        await WaitAsync(WakeTime);
        for (; Sleepless is { } why; await WaitAsync(ReportEvery ?? TimeSpan.FromMilliseconds(20)))
        {
            if (!Change(id, MachineState.Waking, MachineState.Waking, $"could not be woken, which is tried again: {why}"))
            {
                return;
            }
        }

        Change(id, MachineState.Waking, MachineState.Ready, ActualMachine.WokenReason);
    }

    private bool Change(Guid id, MachineState from, MachineState to, string reason) =>
        _machines.TryGetValue(id, out var machine) && machine.State == from && _machines.TryUpdate(id, machine with { State = to, Reason = reason }, machine);

    private async Task FinishAsync(Guid id)
    {
        for (; Problem is { } problem; await WaitAsync(ReportEvery ?? TimeSpan.FromMilliseconds(20)))
        {
            Move(id, MachineState.Requested, $"waits: {problem}");
        }

        Move(id, MachineState.Forking, "forks");
        await WaitAsync(ForkTime);
        if (_machines.TryGetValue(id, out var made) && made.Version is { } version && Broken.ContainsKey(version))
        {
            Move(id, MachineState.Failed, $"its image's version {version} does not start");
            return;
        }

        Move(id, NewMachines, $"is {NewMachines.ToString().ToLowerInvariant()}");
    }

    private IReadOnlyList<HostImage> AllVersions => Versions.Count > 0 ? Versions : [.. Images.Select(name => new HostImage(name, "1", DateTimeOffset.UnixEpoch))];

    private string? Newest(string image) => AllVersions.Where(version => version.Name == image && version.IsOffered).MaxBy(version => version.Built)?.Version;

    private Task WaitAsync(TimeSpan delay) => delay > TimeSpan.Zero ? Task.Delay(delay, time, _stop.Token) : Task.CompletedTask;

    /// <summary>As a real machine moves: only forward, and not once it failed or is no longer desired.</summary>
    private void Move(Guid id, MachineState state, string reason)
    {
        while (_machines.TryGetValue(id, out var machine) && machine.State is MachineState.Requested or MachineState.Forking)
        {
            var moved = machine with { State = state, Reason = reason };
            if (_machines.TryUpdate(id, state == MachineState.Ready ? moved with { ForkMilliseconds = 100, AgentMilliseconds = 200 } : moved, machine))
            {
                return;
            }
        }
    }

    private async Task LeaveAsync(Guid session)
    {
        if (Viewed.TryRemove(session, out _) && Admits.LastOrDefault(admit => admit.Session == session) is { } admit)
        {
            await SayAsync(new SessionReport(session, admit.Machine, admit.Epoch, ViewState.Disconnected));
        }
    }

    private string? Accept(Admit admit)
    {
        if (Workshop?.Find(admit.Machine) is { } edit)
        {
            return edit.Ready && admit.Epoch >= edit.Epoch ? null : "The editing machine is not ready on this host";
        }

        if (!_machines.TryGetValue(admit.Machine, out var machine) || machine.State != MachineState.Ready)
        {
            return "The machine is not ready on this host";
        }

        if (admit.Epoch < machine.Epoch)
        {
            return $"The command's epoch {admit.Epoch} is older than the machine's {machine.Epoch}";
        }

        _machines.TryUpdate(admit.Machine, machine with { Epoch = admit.Epoch }, machine);
        return null;
    }

    private ActualMachine Say(ActualMachine machine) => machine.State == MachineState.Ready && Screens.TryGetValue(machine.Machine, out var screen) && Silent.ContainsKey(screen.Address)
        ? machine with { Reason = $"does not answer at {screen}" }
        : machine;

    private async Task ReportAsync()
    {
        while (ReportEvery is { } pause)
        {
            await SayAsync(new ActualState(Id, "none", Images, Problem, [.. _machines.Values.Select(Say)], [.. Viewed.Keys], AllVersions, Idle, Workshop?.Report()));
            await Task.Delay(pause, time, _stop.Token);
        }
    }
}
