using Microsoft.Extensions.Logging.Abstractions;
using Vdi.Emulator.Fakes;
using Vdi.Emulator.Homes;
using Vdi.Emulator.Limits;
using Vdi.Emulator.Machines;
using Vdi.Host.Desktops;
using Vdi.Host.Fakes;
using Vdi.Protocol.Fleet;
using Vdi.Protocol.Wire;
using Vdi.TestSupport;

namespace Vdi.Host.Tests;

/// <summary>What every host says and does towards its broker: the real one over real machines and over fake ones, and the fake.</summary>
public abstract class HostConformance : HostUnderTest
{
    private protected abstract string Image { get; }

    [Fact]
    public async Task Host_reports_itself_its_images_and_no_machines()
    {
        await Eventually.HoldsAsync(() => Task.FromResult(Newest is not null), "the host reports");
        Assert.Contains(Image, Newest!.Images);
        Assert.Empty(Newest.Machines);
        Assert.Null(Newest.Problem);
    }

    [Fact]
    public async Task Desired_machine_becomes_ready_once_however_often_it_is_desired()
    {
        var machine = Wanted();
        for (var i = 0; i < 5; i++)
        {
            await DesireAsync(machine);
        }

        await ReadyAsync(machine);
        Assert.Single(Newest!.Machines);
    }

    [Fact]
    public async Task Machine_that_is_not_to_be_made_is_not_made()
    {
        var (made, lost) = (Wanted(), Wanted() with { Create = false });
        await DesireAsync(made, lost);
        await ReadyAsync(made);
        Assert.Single(Newest!.Machines);
    }

    [Fact]
    public async Task Machine_that_is_no_longer_desired_goes()
    {
        var (stays, goes) = (Wanted(), Wanted());
        await DesireAsync(stays, goes);
        await ReadyAsync(stays);
        await ReadyAsync(goes);
        await DesireAsync(stays);
        await Eventually.HoldsAsync(() => Task.FromResult(Newest!.Machines.All(machine => machine.Machine != goes.Machine)), "the machine is gone", 30);
        Assert.Contains(Newest!.Machines, machine => machine.Machine == stays.Machine && machine.State == MachineState.Ready);
    }

    [Fact]
    public async Task Somebody_is_admitted_to_a_ready_machine()
    {
        var machine = Wanted();
        await DesireAsync(machine);
        await ReadyAsync(machine);
        Assert.Null((await AdmitAsync(machine.Machine, epoch: 1)).Refusal);
    }

    [Fact]
    public async Task Nobody_is_admitted_to_a_machine_that_is_not_here()
    {
        Assert.NotNull((await AdmitAsync(Guid.NewGuid(), epoch: 1)).Refusal);
    }

    [Fact]
    public async Task Command_of_an_older_epoch_is_refused()
    {
        var machine = Wanted();
        await DesireAsync(machine);
        await ReadyAsync(machine);
        Assert.Null((await AdmitAsync(machine.Machine, epoch: 3)).Refusal);
        Assert.Contains("older", (await AdmitAsync(machine.Machine, epoch: 2)).Refusal, StringComparison.Ordinal);
        await DesireAsync(machine with { Epoch = 5 });
        await Eventually.HoldsAsync(() => Task.FromResult(Newest!.Machines.Single().Epoch == 5), "the host knows the new epoch");
        Assert.NotNull((await AdmitAsync(machine.Machine, epoch: 4)).Refusal);
        Assert.Null((await AdmitAsync(machine.Machine, epoch: 5)).Refusal);
    }

    [Fact]
    public async Task Machine_that_shall_sleep_does_and_is_ready_again_when_it_shall_run()
    {
        var machine = Wanted();
        await DesireAsync(machine);
        await ReadyAsync(machine);
        var asleep = machine with { Create = false, Suspend = true };
        await DesireUntilAsync(asleep, MachineState.Suspended, "sleeps");
        Assert.NotNull((await AdmitAsync(machine.Machine, 1)).Refusal);

        await DesireUntilAsync(machine with { Create = false, Epoch = 2 }, MachineState.Ready, "was woken and is ready");
        Assert.Null((await AdmitAsync(machine.Machine, 2)).Refusal);

        await DesireUntilAsync(asleep with { Epoch = 2 }, MachineState.Suspended, "sleeps");
        await DesireAsync();
        await Eventually.HoldsAsync(() => Task.FromResult(Newest!.Machines.Count == 0), "the machine is gone", 30);
    }

    [Fact]
    public async Task A_home_is_one_machines_until_that_is_gone_and_is_kept_as_it_was_then()
    {
        if (!HasHomes)
        {
            Assert.Contains("no place", (await AskAsync(Guid.NewGuid(), HomeVerb.Look)).Refusal, StringComparison.Ordinal);
            return;
        }

        var (home, first, second) = (new MachineHome(Guid.NewGuid(), HomeMode.Folders, 1), Wanted(), Wanted());
        Assert.Equal((null, null), await LookAsync(home.Home));
        await DesireAsync(first, second);
        await ReadyAsync(first);
        await ReadyAsync(second);
        Assert.Null(await BringAsync(first.Machine, home));
        Assert.Null(await BringAsync(first.Machine, home));
        Assert.Contains($"{first.Machine:N}", await BringAsync(second.Machine, home), StringComparison.Ordinal);
        Assert.Equal(first.Machine, (await AskAsync(home.Home, HomeVerb.Look)).Home!.Machine);
        Assert.Contains("in use", (await AskAsync(home.Home, HomeVerb.Delete)).Refusal, StringComparison.Ordinal);
        Assert.Contains("in use", (await AskAsync(home.Home, HomeVerb.Restore, Guid.NewGuid())).Refusal, StringComparison.Ordinal);
        await DesireAsync(second);
        await Eventually.HoldsAsync(() => Task.FromResult(Newest!.Machines.All(machine => machine.Machine != first.Machine)), "the machine is gone", 30);

        // Its host says that it is gone when all of it is put away.
        var kept = (await AskAsync(home.Home, HomeVerb.Look)).Home!;
        Assert.Null(kept.Machine);
        var restored = (await AskAsync(home.Home, HomeVerb.Restore, Assert.Single(kept.Snapshots).Id)).Home!;
        Assert.Equal([SnapshotCause.BeforeRestore, SnapshotCause.LogOff], restored.Snapshots.Select(snapshot => snapshot.Cause));
        Assert.Contains("no such snapshot", (await AskAsync(home.Home, HomeVerb.Restore, Guid.NewGuid())).Refusal, StringComparison.Ordinal);
        Assert.Null(await BringAsync(second.Machine, home));
        await DesireAsync();
        await Eventually.HoldsAsync(() => Task.FromResult(Newest!.Machines.Count == 0), "the machine is gone", 30);
        Assert.Null((await AskAsync(home.Home, HomeVerb.Delete)).Refusal);
        Assert.Equal((null, null), await LookAsync(home.Home));
    }

    /// <summary>Whether its machines can have people's files.</summary>
    private protected virtual bool HasHomes => true;

    private async Task<(ActualHome? Home, string? Refusal)> LookAsync(Guid home) => await AskAsync(home, HomeVerb.Look) is var answer ? (answer.Home, answer.Refusal) : default;

    private async Task<HomeAnswer> AskAsync(Guid home, HomeVerb verb, Guid? snapshot = null)
    {
        var ask = new AskHome(Guid.NewGuid(), home, verb, snapshot);
        await Broker.SendAsync(ask, default);
        return await AnswerAsync<HomeAnswer>(answer => answer.Ask == ask.Ask);
    }

    /// <summary>Why it was not brought, or null.</summary>
    private async Task<string?> BringAsync(Guid machine, MachineHome home)
    {
        var (ticket, session) = (NewTicket(), Guid.NewGuid());
        await Broker.SendAsync(new Admit(ticket, session, machine, 1, "somebody", "Desktop", Rights.View, TimeProvider.System.GetUtcNow().AddSeconds(30), Home: home), default);
        Assert.Null((await AnswerAsync<Admitted>(admitted => admitted.TicketHash == ticket)).Refusal);
        return (await AnswerAsync<HomeReport>(report => report.Session == session && report.Machine == machine && report.Home == home.Home)).Trouble;
    }

    [Fact]
    public async Task Revoke_of_an_unknown_session_is_harmless()
    {
        await Broker.SendAsync(new Revoke(Guid.NewGuid(), ByeReason.SessionEnded, "over"), default);
        var machine = Wanted();
        await DesireAsync(machine);
        await ReadyAsync(machine);
    }

    private DesiredMachine Wanted() => new(Guid.NewGuid(), Image, 1, Create: true, PoolNetwork.Isolated("pool"));

    private async Task DesireAsync(params DesiredMachine[] machines) => await Broker.SendAsync(new DesiredState(machines), default);

    /// <summary>Desires it again and again, as a broker does.</summary>
    private Task DesireUntilAsync(DesiredMachine wanted, MachineState state, string reason) => Eventually.HoldsAsync(
        async () =>
        {
            await DesireAsync(wanted);
            return Newest?.Machines.SingleOrDefault(machine => machine.Machine == wanted.Machine) is { } there && (there.State, there.Reason) == (state, reason);
        },
        $"the machine is {state}",
        60);

    private Task ReadyAsync(DesiredMachine wanted) => Eventually.HoldsAsync(
        () => Task.FromResult(Newest?.Machines.Any(machine => machine.Machine == wanted.Machine && machine.State == MachineState.Ready) == true),
        "the machine is ready",
        60);
}

public sealed class FakeHostTests : HostConformance
{
    private FakeHost _host = null!;

    private protected override string Image => "desktop";

    private protected override Task StartHostAsync()
    {
        _host = new FakeHost(HostLink, TimeProvider.System);
        _host.Start();
        return Task.CompletedTask;
    }

    private protected override async Task StopHostAsync() => await _host.DisposeAsync();
}

/// <summary>The real host agent, over any hypervisor.</summary>
public abstract class HostAgentConformance : HostConformance
{
    private HostAgent _host = null!;

    private protected TemporaryState State { get; } = new();

    private protected abstract Task<IHypervisor> OpenAsync();

    private protected override async Task StartHostAsync()
    {
        var options = new HostOptions();
        var admissions = new Admissions(new SessionFiles(State.Folder.Sessions, NullLogger<SessionFiles>.Instance), options, TimeProvider.System);
        _host = new HostAgent(HostLink, options, await OpenAsync(), admissions, TimeProvider.System, NullLogger<HostAgent>.Instance);
        await _host.StartAsync(default);
    }

    private protected override async Task StopHostAsync()
    {
        await _host.StopAsync(default);
        await new TestEmulator(State.Folder).EndAllAsync();
        State.Dispose();
    }
}

public sealed class HostAgentOverFakesTests : HostAgentConformance
{
    private protected override string Image => "desktop";

    private protected override Task<IHypervisor> OpenAsync() =>
        Task.FromResult<IHypervisor>(new FakeHypervisor(new FakeComputer { ForkTime = TimeSpan.FromMilliseconds(5), SettleTime = TimeSpan.FromMilliseconds(5), Homes = new HomeStore(State.Folder, new Capacity(State.Folder, new CapacityOptions()), TimeProvider.System, NullLogger<HomeStore>.Instance) }, TimeProvider.System));
}

[Collection(QemuCollection.Name)]
public sealed class HostAgentOverQemuTests(BootSectorTemplate fixture) : HostAgentConformance
{
    private protected override string Image => BootSectorHypervisor.Image;

    /// <summary>A boot sector has nowhere to put files.</summary>
    private protected override bool HasHomes => false;

    private protected override Task<IHypervisor> OpenAsync()
    {
        var emulator = new TestEmulator(State.Folder);
        return Task.FromResult<IHypervisor>(new BootSectorHypervisor(fixture.Template, emulator.Forker, emulator.Capacity));
    }
}

[CollectionDefinition(Name)]
public sealed class QemuCollection : ICollectionFixture<BootSectorTemplate>
{
    public const string Name = "QEMU";
}
