using System.Collections.Concurrent;
using Vdi.Display.Encoding.Jpeg;
using Vdi.Display.Encoding.Video;
using Vdi.Emulator.Machines;
using Vdi.Host.Desktops;
using Vdi.Host.Files;
using Vdi.Host.Homes;
using Vdi.Host.Images;
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
    private readonly DesktopViews _views = new(admissions, options);
    private readonly SemaphoreSlim _turns = new(options.ParallelForks);
    private readonly SemaphoreSlim _changed = new(0, 1);
    private readonly TaskCompletionSource _adopted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IReadOnlyList<PoolNetwork>? _networks;
    private MachineClipboards? _clipboards;
    private PersonGreeter? _greeter;
    private PersonHomes? _homes;
    private FileTickets? _fileTickets;
    private SentFiles? _sentFiles;
    private CancellationToken _stop;

    private MachineClipboards Clipboards => LazyInitializer.EnsureInitialized(ref _clipboards, () => new MachineClipboards(_views, id => FindShown(id)?.Machine, message => _ = SendQuietlyAsync(message), options, time, log));

    private PersonGreeter Greeter => LazyInitializer.EnsureInitialized(ref _greeter, () => new PersonGreeter(log));

    private PersonHomes Homes => LazyInitializer.EnsureInitialized(ref _homes, () => new PersonHomes(hypervisor.Homes, message => _ = SendQuietlyAsync(message), log));

    /// <summary>Who may send and fetch files.</summary>
    internal FileTickets FileTickets => LazyInitializer.EnsureInitialized(ref _fileTickets, () => new FileTickets(admissions, time));

    internal SentFiles SentFiles => LazyInitializer.EnsureInitialized(ref _sentFiles, () => new SentFiles(FilesOf, TellFile, time, log));

    /// <summary>Where images are made; null on a host that makes none.</summary>
    internal ImageWorkshop? Workshop { get; init; }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _stop = stoppingToken;
        await AdoptAsync(stoppingToken);
        _adopted.TrySetResult();
        var accelerator = await hypervisor.AcceleratorAsync;
        LogAccelerator(accelerator.Name, accelerator.Why);
        LogJpeg(JpegEncoders.Name);
        LogVideo(VideoCodec.Name);
        if (!Confinement.CanDropUser)
        {
            LogNotRoot();
        }

        await Task.WhenAll(ReceiveAsync(stoppingToken), ReportAsync(accelerator.Name, stoppingToken), ApplyNetworksAsync(stoppingToken));
    }

    /// <summary>Tells the viewers and lets go of the machines, which run on.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _views.EndAll(new Bye(ByeReason.HostStopping, "The host is being restarted"));
        await base.StopAsync(cancellationToken);
        await Clipboards.DisposeAsync();
        await Task.WhenAll(_machines.Values.Select(machine => machine.DisposeAsync().AsTask()));
        if (Workshop is not null)
        {
            await Workshop.DisposeAsync();
        }
    }

    internal IReadOnlyList<double> RoundTrips => _views.RoundTrips;

    /// <summary>The machine, for this host's own tools and tests; null where it is not here.</summary>
    public IMachine? FindMachine(Guid id) => _machines.TryGetValue(id, out var hosted) ? hosted.Machine : null;

    /// <summary>The machine whose id begins so, where its screen is shown; else why there is none.</summary>
    internal (HostedMachine? Machine, string? Why) FindMachine(string name)
    {
        var beginning = name.Replace("-", "", StringComparison.Ordinal);
        var shown = _machines.Values.Where(machine => machine.Screen is not null && !machine.Ended.IsCompleted).OrderBy(machine => machine.Id).ToList();
        var found = shown.Where(machine => beginning.Length > 0 && $"{machine.Id:N}".StartsWith(beginning, StringComparison.OrdinalIgnoreCase)).ToList();
        return found.Count == 1 ? (found[0], null)
            : (null, $"There {(found.Count == 0 ? "is no machine" : "are several machines")} '{name}' here: name one of {(shown.Count == 0 ? "those that run, of which there are none now" : string.Join(", ", shown.Select(machine => $"{machine.Id:N}")))}");
    }

    internal (HostedMachine? Machine, string? Why) FindSessionsMachine(Guid session) => admissions.MachineOf(session) is { } machine
        ? FindMachine($"{machine:N}")
        : (null, $"There is no session {session} here to which anybody may come; it ended, or runs on another host");

    internal async Task<(DesktopView View, Welcome Welcome)> WelcomeAsync(Hello hello, CancellationToken stop)
    {
        // Browsers come back as soon as somebody listens, which may be before the machines are taken up again.
        await _adopted.Task.WaitAsync(options.AdoptDeadline, time, stop);
        var entry = admissions.Enter(hello)
            ?? throw new ProtocolException("wire: this ticket is not valid any more, open the desktop again from the start page");
        var admit = entry.Admit;
        if (!admit.Rights.HasFlag(Rights.View))
        {
            throw new ProtocolException("wire: this ticket does not give the right to look at the screen");
        }

        if (_machines.TryGetValue(admit.Machine, out var asleep) && asleep.State is MachineState.Suspended or MachineState.Waking)
        {
            throw new ProtocolException("wire: nobody used this desktop for a while, so it sleeps; open it again from the start page, which wakes it");
        }

        if (FindShown(admit.Machine) is not { } machine || machine.Epoch != admit.Epoch || machine.ScreenOf(admit.Head) is not { } screen)
        {
            throw new ProtocolException("wire: the machine of this session is gone, open the desktop again from the start page");
        }

        await admissions.SaveAsync(admit.Session, stop, admit.Head);
        var home = machine.Machine is { } mine && admit.Head == 0 ? Homes.OfAsync(mine) : Task.FromResult<string?>(null);
        await Task.WhenAny(home, Task.Delay(options.HomePatience, time, stop));
        var view = new DesktopView(admit, screen, entry.SecretHash, (int)Math.Min(options.MaxClipboardBytes, (admit.Limits?.ClipboardKiB * 1024L) ?? long.MaxValue), time)
        {
            Confirmed = () => _ = admissions.ConfirmAsync(admit.Session, CancellationToken.None, admit.Head),
            FirstFrame = admit.Head > 0 ? null : () => Tell(admit, ViewState.FirstFrame),
        };
        view.Viewer.Limit(Least(options.MaxMegabits, admit.Limits?.MaxMegabits) * 1e6 / 8);
        try
        {
            _views.Open(view, entry.CameBack);
        }
        catch
        {
            await view.DisposeAsync();
            throw;
        }

        machine.Machine?.YieldToOthers(false);
        Clipboards.Come(view);
        if (admit.Head == 0)
        {
            _ = TellOfHomeAsync(admit.Session, home);
            if (machine.AppTitle is { Length: > 0 } title)
            {
                view.Viewer.Say(new Notice(NoticeKind.AppTitle, 0, title));
            }

            Tell(admit, ViewState.Connected);
        }
        else if (_views.Find(admit.Session, 0) is null)
        {
            _ = EndWithoutFirstAsync(admit.Session);
        }

        var (width, height) = screen.Size;
        return (view, new Welcome(width, height, admit.Rights, entry.Secret, admit.Title));
    }

    /// <summary>Whoever sees their desktop before their files are in it is told, and when they come.</summary>
    private async Task TellOfHomeAsync(Guid session, Task<string?> home)
    {
        var late = !home.IsCompleted;
        if (late)
        {
            _views.Say(session, new Notice(NoticeKind.HomeComing, 0, ""));
        }

        if (await home is { } trouble)
        {
            _views.Say(session, new Notice(NoticeKind.HomeMissing, 0, trouble));
        }
        else if (late)
        {
            _views.Say(session, new Notice(NoticeKind.HomeHere, 0, ""));
        }
    }

    /// <summary>Those of the person at a machine that is shown here; null where it takes and gives none.</summary>
    internal IGuestFiles? FilesOf(Guid machine) => FindShown(machine)?.Machine?.Files;

    internal void TellFile(FileMoved moved) => _ = SendQuietlyAsync(moved);

    /// <summary>How many monitors the machine may have.</summary>
    internal int MonitorsOf(Guid machine) => FindShown(machine)?.Heads ?? 1;

    private IShownMachine? FindShown(Guid id) => _machines.TryGetValue(id, out var machine) ? machine : Workshop?.Edited.Find(id);

    private static double? Least(double? one, double? other) => one is { } a && other is { } b ? Math.Min(a, b) : one ?? other;

    /// <summary>What whoever looks has copied may be pasted in the machine.</summary>
    internal Task OfferAsync(DesktopView view, ClipboardContent content, CancellationToken stop) => Clipboards.OfferAsync(view, content, stop);

    /// <summary>The connection has ended; to be called as often as one likes.</summary>
    internal async Task GoodbyeAsync(DesktopView view)
    {
        var (session, head) = (view.Admit.Session, view.Admit.Head);

        // First of all nobody looks any more: what the machine makes of its keys must not decide whether it is ever given back.
        if (_views.Close(view))
        {
            await admissions.LeaveAsync(session, CancellationToken.None, head);
            if (head == 0)
            {
                Tell(view.Admit, ViewState.Disconnected);
            }

            _ = head == 0 ? EndWithoutFirstAsync(session) : SwitchOffAsync(view);
        }

        await Clipboards.LeaveAsync(view);
        await view.DisposeAsync();
    }

    /// <summary>The first window of a session is closed, or its line is lost: if it does not come back, the others end.</summary>
    private async Task EndWithoutFirstAsync(Guid session)
    {
        await Task.Delay(options.FirstWindowReturns, time, _stop).ContinueWith(_ => { }, TaskScheduler.Default);
        if (_views.Find(session, 0) is null)
        {
            _views.EndOthers(session, new Bye(ByeReason.FirstClosed, "The first window of this desktop was closed"));
        }
    }

    /// <summary>Nobody looks at that monitor any more: unless somebody comes back, the guest is to do without it.</summary>
    private async Task SwitchOffAsync(DesktopView view)
    {
        await Task.Delay(options.MonitorLingers, time, _stop).ContinueWith(_ => { }, TaskScheduler.Default);
        if (!_stop.IsCancellationRequested && !_views.Of(view.Admit.Machine).Any(other => other.Admit.Head == view.Admit.Head))
        {
            await view.Screen.SuggestSizeAsync(0, 0, CancellationToken.None);
        }
    }

    private async Task AdoptAsync(CancellationToken stop)
    {
        var found = await hypervisor.AdoptAsync(stop);
        var asleep = hypervisor.FindSuspended();
        if (Workshop is not null)
        {
            Workshop.Changed = Wake;
            Workshop.Edited.Closed = (id, words) => _views.EndMachine(id, long.MaxValue, new Bye(ByeReason.SessionEnded, words));
            await Workshop.AdoptAsync(stop);
        }

        var edits = Workshop?.Edited.All() ?? [];
        await admissions.LoadAsync(found.Select(machine => machine.Id).Concat(asleep.Select(machine => machine.Id)).Concat(edits.Select(edit => edit.Id)).ToHashSet(), stop);
        foreach (var edit in edits)
        {
            edit.Raise(admissions.EpochOf(edit.Id));
        }

        foreach (var machine in found)
        {
            Hold(machine.Id, Math.Max(machine.Epoch, admissions.EpochOf(machine.Id))).Adopt(machine);
        }

        foreach (var machine in asleep)
        {
            Hold(machine.Id, Math.Max(machine.Epoch, admissions.EpochOf(machine.Id))).Adopt(machine);
        }

        if (found.Count + asleep.Count > 0)
        {
            LogAdopted(found.Count, asleep.Count);
        }
    }

    private HostedMachine Hold(Guid id, long epoch) => _machines[id] = new HostedMachine(id, epoch, hypervisor, options, _turns, time, log)
    {
        Changed = Wake,
        AppTitled = title => _views.SayAtMachine(id, new Notice(NoticeKind.AppTitle, 0, title)),
        Closing = () => _views.EndMachine(id, long.MaxValue, new Bye(ByeReason.Idle, "Nobody used this desktop for a while, so it is put to sleep. Open it again, and it wakes up")),
    };

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
            try
            {
                await TakeAsync(message, stop);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // The broker says it again; one command that cannot be carried out must not end the hearing of all others.
                LogNotCarriedOut(e, message.GetType().Name);
            }
        }
    }

    private async Task TakeAsync(FleetMessage message, CancellationToken stop)
    {
        switch (message)
        {
            case DesiredState desired:
                Reconcile(desired);
                break;
            case Admit admit:
                await broker.SendAsync(new Admitted(admit.TicketHash, admit.Session, await AcceptAsync(admit)), stop);
                break;
            case Revoke revoke:
                await RevokeAsync(revoke.Session, new Bye(revoke.Reason, revoke.Text));
                break;
            case Tell tell:
                _views.Say(tell.Session, new Notice(tell.Kind, (uint)Math.Max(0, tell.Seconds), tell.Text));
                break;
            case RunInApp run:
                FindShown(run.Machine)?.Run(run.Run);
                break;
            case AskApps ask:
                _ = AnswerAsync(ask, stop);
                break;
            case AskHome ask:
                // It may take a while, and others must not wait for it.
                _ = AnswerAsync(ask, stop);
                break;
            case AdmitUpload upload:
                await broker.SendAsync(Workshop?.Admit(upload) ?? NoWorkshop(upload.TicketHash), stop);
                break;
            case AdmitDownload download:
                await broker.SendAsync(Workshop?.Admit(download) ?? NoWorkshop(download.TicketHash), stop);
                break;
            case RevokeUser revoke:
                await Task.WhenAll(admissions.SessionsOf(revoke.User).Select(session => RevokeAsync(session, new Bye(revoke.Reason, revoke.Text))));
                break;
        }
    }

    private async Task AnswerAsync(AskHome ask, CancellationToken stop)
    {
        try
        {
            await SendQuietlyAsync(await Homes.AnswerAsync(ask, stop));
        }
        catch (OperationCanceledException)
        {
            // The host is stopping; whoever asked asks again.
        }
    }

    private async Task AnswerAsync(AskApps ask, CancellationToken stop)
    {
        await _turns.WaitAsync(stop);
        try
        {
            await SendQuietlyAsync(new AppsAnswer(ask.Ask, await hypervisor.FindAppsAsync(new(ask.Image, ask.Version), stop), null));
        }
        catch (Exception e) when (e is MachineException or IOException)
        {
            await SendQuietlyAsync(new AppsAnswer(ask.Ask, null, e.Message));
        }
        catch (OperationCanceledException)
        {
            // The host is stopping; whoever asked asks again.
        }
        finally
        {
            _turns.Release();
        }
    }

    private static AdmittedFile NoWorkshop(string ticketHash) => new(ticketHash, "This host makes no images: its machines are none of QEMU's");

    private Task RevokeAsync(Guid session, Bye bye)
    {
        var revoking = admissions.RevokeAsync(session);
        _views.End(session, bye);
        return revoking;
    }

    private async Task<string?> AcceptAsync(Admit admit)
    {
        if (FindShown(admit.Machine) is not { State: MachineState.Ready } machine)
        {
            return "The machine is not ready on this host";
        }

        if (admit.Head < 0 || admit.Head >= machine.Heads)
        {
            return $"The machine has no monitor {admit.Head + 1}";
        }

        if (admit.Epoch < machine.Epoch)
        {
            return $"The command's epoch {admit.Epoch} is older than the machine's {machine.Epoch}";
        }

        if (admit.Epoch > machine.Epoch)
        {
            await admissions.RevokeMachineAsync(admit.Machine);
            machine.Raise(admit.Epoch);
        }

        machine.Machine?.YieldToOthers(false);
        if (machine.Machine is { } given)
        {
            // A session that begins anew with its person's home shall be in their language.
            Homes.Bring(given, admit, admit.Person is { } person ? Greeter.GreetAsync(given, person, _stop) : Task.CompletedTask, _stop);
        }

        if (admit.Run is { } run)
        {
            machine.Run(run);
        }

        admissions.Admit(admit);
        return null;
    }

    private void Reconcile(DesiredState desired)
    {
        var wanted = desired.Machines.ToDictionary(machine => machine.Machine);
        Workshop?.Heed(desired);
        Volatile.Write(ref _networks, [.. desired.Machines.Select(machine => machine.Network).Concat((desired.Edits ?? []).Select(edit => edit.Network)).Concat(Workshop?.Edited.Networks ?? []).DistinctBy(network => network.Pool)]);
        foreach (var machine in _machines.Values)
        {
            if (wanted.TryGetValue(machine.Id, out var want))
            {
                Follow(machine, want);
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
                var machine = Hold(want.Machine, want.Epoch);
                if (want.Screen is { } screen)
                {
                    machine.Adopt(new ForeignMachine(want.Machine, want.Epoch, screen, options, time));
                }
                else
                {
                    machine.Start(want);
                }
            }
        }
    }

    private void Follow(HostedMachine machine, DesiredMachine want)
    {
        if (want.Screen is { } screen && machine.Machine is ForeignMachine foreign)
        {
            foreign.Move(screen);
            if (want.Epoch > machine.Epoch)
            {
                // Another machine ends with its session; this one stays, and whoever had it is out by then.
                _views.EndMachine(machine.Id, want.Epoch, new Bye(ByeReason.SessionEnded, "The session was ended"));
                _ = admissions.RevokeMachineAsync(machine.Id, want.Epoch);
            }
        }

        machine.Raise(want.Epoch);
        machine.Heed(want);
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
            catch (Exception e) when (e is not OperationCanceledException)
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
            await admissions.RevokeMachineAsync(machine.Id);
            _machines.TryRemove(machine.Id, out _);
        }
        catch (Exception e)
        {
            // The next pass finds the machine still here and tries again.
            LogNotDestroyed(e, machine.Id);
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

    private ActualState Report(string accelerator)
    {
        var images = hypervisor.Images;
        return new ActualState(
            options.Id,
            accelerator,
            [.. images.Select(image => image.Name).Distinct().Order()],
            hypervisor.Shortage,
            [.. _machines.Values.Select(machine => machine.Actual)],
            _views.Sessions,
            images,
            _views.Idle(time.GetUtcNow()),
            Workshop?.Describe());
    }

    private async Task ReportAsync(string accelerator, CancellationToken stop)
    {
        while (true)
        {
            try
            {
                await broker.SendAsync(Report(accelerator), stop);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogNotReported(e);
            }

            await _changed.WaitAsync(TimeSpan.FromSeconds(1), stop);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The broker's {Message} could not be carried out; it is said again")]
    private partial void LogNotCarriedOut(Exception cause, string message);

    [LoggerMessage(Level = LogLevel.Error, Message = "What there is on this host could not be reported; it is tried again")]
    private partial void LogNotReported(Exception cause);

    [LoggerMessage(Level = LogLevel.Error, Message = "Machine {Machine} could not be destroyed; it is tried again")]
    private partial void LogNotDestroyed(Exception cause, Guid machine);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Count} machines that run already are taken up again, and {Asleep} that sleep")]
    private partial void LogAdopted(int count, int asleep);

    [LoggerMessage(Level = LogLevel.Error, Message = "The networks of the pools could not be brought to their settings; it is tried again")]
    private partial void LogNetworks(Exception cause);

    [LoggerMessage(Level = LogLevel.Information, Message = "Photographs are compressed by {Encoder}")]
    private partial void LogJpeg(string encoder);

    [LoggerMessage(Level = LogLevel.Information, Message = "Videos are encoded by {Name}")]
    private partial void LogVideo(string name);

    [LoggerMessage(Level = LogLevel.Information, Message = "Accelerator {Name}: {Why}")]
    private partial void LogAccelerator(string name, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Not running as root: machines share this user, so one escaped guest could reach the others' files")]
    private partial void LogNotRoot();
}
