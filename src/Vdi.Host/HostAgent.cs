using System.Collections.Concurrent;
using Vdi.Emulator.Machines;
using Vdi.Host.Desktops;
using Vdi.Host.Machines;
using Vdi.Protocol;
using Vdi.Protocol.Fleet;
using Vdi.Protocol.Wire;

namespace Vdi.Host;

/// <summary>The agent of this computer: takes up the machines that run already, reconciles them towards what the broker desires,
/// reports what there is, and lets viewers in.</summary>
public sealed partial class HostAgent(
    IFleetLink broker,
    HostOptions options,
    IHypervisor hypervisor,
    Admissions admissions,
    TimeProvider time,
    ILogger<HostAgent> log) : BackgroundService
{
    private readonly ConcurrentDictionary<Guid, HostedMachine> _machines = new();
    private readonly ConcurrentDictionary<Guid, DesktopView> _views = new();
    private readonly SemaphoreSlim _turns = new(options.ParallelForks);
    private readonly SemaphoreSlim _changed = new(0, 1);
    private readonly TaskCompletionSource _adopted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IReadOnlyList<PoolNetwork>? _networks;
    private CancellationToken _stop;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _stop = stoppingToken;
        await AdoptAsync(stoppingToken);
        _adopted.TrySetResult();
        var accelerator = await hypervisor.AcceleratorAsync;
        LogAccelerator(accelerator.Name, accelerator.Why);
        if (!Confinement.CanDropUser)
        {
            LogNotRoot();
        }

        await Task.WhenAll(ReceiveAsync(stoppingToken), ReportAsync(accelerator.Name, stoppingToken), ApplyNetworksAsync(stoppingToken));
    }

    /// <summary>Tells the viewers and lets go of the machines, which run on.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        foreach (var view in _views.Values)
        {
            view.Viewer.Say(new Bye(ByeReason.HostStopping, "The host is being restarted"));
        }

        await base.StopAsync(cancellationToken);
        await Task.WhenAll(_machines.Values.Select(machine => machine.DisposeAsync().AsTask()));
    }

    /// <summary>The machine, for this host's own tools and tests; null where it is not here.</summary>
    public IMachine? FindMachine(Guid id) => _machines.TryGetValue(id, out var hosted) ? hosted.Machine : null;

    internal async Task<(DesktopView View, Welcome Welcome)> WelcomeAsync(Hello hello, CancellationToken stop)
    {
        // Browsers come back as soon as somebody listens, which may be before the machines are taken up again.
        await _adopted.Task.WaitAsync(options.AdoptDeadline, time, stop);
        var resumes = hello.Kind == CredentialKind.ResumeSecret;
        var admit = (resumes ? admissions.FindResume(hello.Secret) : admissions.TakeTicket(hello.Secret))
            ?? throw new ProtocolException("wire: this ticket is not valid any more, open the desktop again from the start page");
        if (!admit.Rights.HasFlag(Rights.View))
        {
            throw new ProtocolException("wire: this ticket does not give the right to look at the screen");
        }

        if (!_machines.TryGetValue(admit.Machine, out var machine) || machine.Epoch != admit.Epoch || machine.Screen is not { } screen)
        {
            throw new ProtocolException("wire: the machine of this session is gone, open the desktop again from the start page");
        }

        if (_views.Values.Count(other => other.Admit.User == admit.User && other.Admit.Session != admit.Session) >= options.MaxScreensPerUser)
        {
            throw new ProtocolException($"wire: {options.MaxScreensPerUser} desktops are open already, close one of them first");
        }

        var secret = await admissions.IssueResumeAsync(admit, resumes ? hello.Secret : null, stop);
        var view = new DesktopView(admit, screen)
        {
            Confirmed = () => _ = admissions.ConfirmAsync(admit.Session, CancellationToken.None),
            FirstFrame = () => Tell(admit, ViewState.FirstFrame),
        };
        if (!admissions.IsNewest(admit.Session, secret))
        {
            // Another connection of the same session was let in meanwhile: it is the newer one, and stays.
            await view.DisposeAsync();
            throw new ProtocolException("wire: the desktop was opened in another window");
        }

        _views.AddOrUpdate(admit.Session, view, (_, earlier) =>
        {
            earlier.Viewer.Say(new Bye(ByeReason.TakenOver, "The desktop was opened in another window"));
            return view;
        });
        machine.Machine?.YieldToOthers(false);
        Tell(admit, ViewState.Connected);
        var (width, height) = screen.Size;
        return (view, new Welcome(width, height, admit.Rights, secret, admit.Title));
    }

    internal async Task GoodbyeAsync(DesktopView view)
    {
        await view.DisposeAsync();
        if (_views.TryRemove(new(view.Admit.Session, view)))
        {
            await admissions.LeaveAsync(view.Admit.Session, CancellationToken.None);
            Tell(view.Admit, ViewState.Disconnected);
        }
    }

    private async Task AdoptAsync(CancellationToken stop)
    {
        var found = await hypervisor.AdoptAsync(stop);
        await admissions.LoadAsync(found.Select(machine => machine.Id).ToHashSet(), stop);
        foreach (var machine in found)
        {
            var hosted = new HostedMachine(machine.Id, Math.Max(machine.Epoch, admissions.EpochOf(machine.Id)), time, log) { Changed = Wake };
            _machines[machine.Id] = hosted;
            hosted.Adopt(machine);
        }

        if (found.Count > 0)
        {
            LogAdopted(found.Count);
        }
    }

    private void Tell(Admit admit, ViewState state) => _ = SendQuietlyAsync(new SessionReport(admit.Session, admit.Machine, admit.Epoch, state));

    private async Task SendQuietlyAsync(FleetMessage message)
    {
        try
        {
            await broker.SendAsync(message, _stop);
        }
        catch (OperationCanceledException)
        {
            // The host is stopping; the broker hears the rest from the next start.
        }
    }

    private async Task ReceiveAsync(CancellationToken stop)
    {
        await foreach (var message in broker.ReceiveAsync(stop))
        {
            switch (message)
            {
                case DesiredState desired:
                    Reconcile(desired);
                    break;
                case Admit admit:
                    await broker.SendAsync(new Admitted(admit.TicketHash, admit.Session, Accept(admit)), stop);
                    break;
                case Revoke revoke:
                    admissions.Revoke(revoke.Session);
                    if (_views.TryGetValue(revoke.Session, out var view))
                    {
                        view.Viewer.Say(new Bye(revoke.Reason, revoke.Text));
                    }

                    break;
            }
        }
    }

    private string? Accept(Admit admit)
    {
        if (!_machines.TryGetValue(admit.Machine, out var machine) || machine.Actual.State != MachineState.Ready)
        {
            return "The machine is not ready on this host";
        }

        if (admit.Epoch < machine.Epoch)
        {
            return $"The command's epoch {admit.Epoch} is older than the machine's {machine.Epoch}";
        }

        if (admit.Epoch > machine.Epoch)
        {
            admissions.RevokeMachine(admit.Machine);
            machine.Raise(admit.Epoch);
        }

        machine.Machine?.YieldToOthers(false);
        admissions.Admit(admit);
        return null;
    }

    private void Reconcile(DesiredState desired)
    {
        var wanted = desired.Machines.ToDictionary(machine => machine.Machine);
        Volatile.Write(ref _networks, [.. desired.Machines.Select(machine => machine.Network).DistinctBy(network => network.Pool)]);
        foreach (var machine in _machines.Values)
        {
            if (wanted.TryGetValue(machine.Id, out var want))
            {
                machine.Raise(want.Epoch);
            }
            else
            {
                _ = DestroyAsync(machine);
            }
        }

        foreach (var want in wanted.Values)
        {
            if (want.Create && !_machines.ContainsKey(want.Machine))
            {
                var machine = new HostedMachine(want.Machine, want.Epoch, time, log) { Changed = Wake };
                _machines[want.Machine] = machine;
                machine.Start(hypervisor, want, _turns, options.AgentDeadline);
            }
        }
    }

    private async Task ApplyNetworksAsync(CancellationToken stop)
    {
        using var beat = new PeriodicTimer(TimeSpan.FromSeconds(1), time);
        while (await beat.WaitForNextTickAsync(stop))
        {
            try
            {
                if (Volatile.Read(ref _networks) is { } networks)
                {
                    await hypervisor.ApplyNetworksAsync(networks, stop);
                }
            }
            catch (Exception e) when (e is MachineException or IOException)
            {
                LogNetworks(e);
            }
        }
    }

    private async Task DestroyAsync(HostedMachine machine)
    {
        try
        {
            await machine.DestroyAsync();
            admissions.RevokeMachine(machine.Id);
            _machines.TryRemove(machine.Id, out _);
        }
        catch (Exception e) when (e is MachineException or IOException or UnauthorizedAccessException)
        {
            // Logged where it failed; the next pass finds the machine still here and tries again.
        }

        Wake();
    }

    private void Wake()
    {
        lock (_changed)
        {
            if (_changed.CurrentCount == 0)
            {
                _changed.Release();
            }
        }
    }

    private async Task ReportAsync(string accelerator, CancellationToken stop)
    {
        while (true)
        {
            await broker.SendAsync(new ActualState(options.Id, accelerator, hypervisor.Images, hypervisor.Shortage, [.. _machines.Values.Select(machine => machine.Actual)], [.. _views.Keys]), stop);
            await _changed.WaitAsync(TimeSpan.FromSeconds(1), stop);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Count} machines that run already are taken up again")]
    private partial void LogAdopted(int count);

    [LoggerMessage(Level = LogLevel.Error, Message = "The networks of the pools could not be brought to their settings; it is tried again")]
    private partial void LogNetworks(Exception cause);

    [LoggerMessage(Level = LogLevel.Information, Message = "Accelerator {Name}: {Why}")]
    private partial void LogAccelerator(string name, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Not running as root: machines share this user, so one escaped guest could reach the others' files")]
    private partial void LogNotRoot();
}
