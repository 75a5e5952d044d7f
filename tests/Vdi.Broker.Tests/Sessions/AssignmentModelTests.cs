using CsCheck;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Vdi.Broker.Audit;
using Vdi.Broker.Data;
using Vdi.Broker.Machines;
using Vdi.Broker.Pools;
using Vdi.Broker.Pools.Warm;
using Vdi.Broker.Sessions;
using Vdi.Broker.Telemetry;
using Vdi.Broker.Users;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;
using Vdi.TestSupport.Brokers;
using Person = Vdi.Broker.Users.Person;

namespace Vdi.Broker.Tests.Sessions;

/// <summary>Whatever order things happen in: a machine belongs to one session, a person has one session a pool and slot, epochs only grow, and a machine that
/// somebody had is never ready again.</summary>
public sealed class AssignmentModelTests
{
    private const int People = 3;
    private static readonly string[] Pools = ["one", "own"];

    private enum Step
    {
        Open,
        OpenTwiceAtOnce,
        End,
        Reset,
        MachineFails,
        MachineVanishes,
        HostWorks,
        TimePasses,
        Viewed,
    }

    [Fact]
    public async Task Invariants_hold_after_every_step_of_any_history()
    {
        using var state = new TemporaryState();
        var step = Gen.Select(Gen.Int[0, 8], Gen.Int[0, 1000], (kind, who) => ((Step)kind, who));
        await step.List[1, 40].SampleAsync(async steps => await RunAsync(state, steps), iter: TestDatabases.ArePostgreSql ? 15 : 40, threads: 2);
    }

    private static async Task RunAsync(TemporaryState state, List<(Step Kind, int Who)> steps)
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 11, 25, 9, 0, 0, TimeSpan.Zero));
        var host = new ModelHost();
        var file = Path.Combine(state.Folder.Root, $"{Guid.NewGuid():N}.db");
        await using var services = new ServiceCollection().AddLogging().AddSingleton<TimeProvider>(time)
            .AddDatabase(file, await TestDatabases.NewMigratedAsync(file))
            .AddSingleton(new FleetState(host)).AddSingleton<WarmReserve>().AddAudit().AddTelemetry()
            .AddScoped<SessionService>().AddScoped<Vdi.Broker.Homes.HomeService>().AddScoped<MachineFollower>().AddScoped<SessionExpiry>().AddScoped<PoolFiller>().BuildServiceProvider();
        var people = Enumerable.Range(0, People).Select(i => new Person(new Guid(i + 1, 0, 0, new byte[8]), $"p{i}", [Roles.User], [])).ToList();
        await WithAsync(services, async provider =>
        {
            var db = provider.GetRequiredService<VdiDb>();
            db.Pools.Add(new Pool { Id = "one", Name = "One", Image = "desktop", Policy = PoolPolicy.Default with { Maximum = 5, SessionsPerUser = 2, LogOffAfterMinutes = 10 } });
            db.Pools.Add(new Pool { Id = "own", Name = "Own", Image = "desktop", Kind = PoolKind.Dedicated, Policy = PoolPolicy.Default with { Maximum = 4, LogOffAfterMinutes = 10, AtLogOff = AtLogOff.Keep } });
            await db.SaveChangesAsync();
        });
        var epochs = new Dictionary<Guid, long>();
        foreach (var (kind, who) in steps)
        {
            await TakeAsync(services, host, time, people, kind, who);
            await WithAsync(services, provider => CheckAsync(provider.GetRequiredService<VdiDb>(), epochs));
        }
    }

    private static async Task TakeAsync(IServiceProvider services, ModelHost host, FakeTimeProvider time, List<Person> people, Step kind, int who)
    {
        switch (kind)
        {
            case Step.Open:
                await WithAsync(services, provider => OpenAsync(provider, people[who % People], Pools[who / People % 2], who % 5 == 0));
                break;
            case Step.OpenTwiceAtOnce:
                await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => WithAsync(services, provider => OpenAsync(provider, people[who % People], Pools[who / People % 2], another: false))));
                break;
            case Step.End or Step.Reset:
                await WithAsync(services, async provider =>
                {
                    var running = await provider.GetRequiredService<VdiDb>().Sessions.Where(session => session.Released == null).OrderBy(session => session.Id).Select(session => session.Id).ToListAsync();
                    if (running.Count > 0)
                    {
                        await provider.GetRequiredService<SessionService>().EndAsync(running[who % running.Count], kind == Step.Reset ? EndCode.Reset : EndCode.ByUser, "test", default);
                    }
                });
                break;
            case Step.MachineFails:
                host.Fail(who);
                break;
            case Step.MachineVanishes:
                host.Forget(who);
                break;
            case Step.TimePasses:
                time.Advance(TimeSpan.FromSeconds(who));
                break;
            case Step.Viewed:
                await WithAsync(services, async provider => host.View(await provider.GetRequiredService<VdiDb>().Sessions.Where(session => session.Released == null).Select(session => session.Id).ToListAsync(), who));
                break;
        }

        // The reconciler's pass.
        await WithAsync(services, async provider =>
        {
            var (db, actual) = (provider.GetRequiredService<VdiDb>(), host.Report());
            await provider.GetRequiredService<MachineFollower>().FollowAsync(actual, default);
            await db.SaveChangesAsync();
            await provider.GetRequiredService<SessionExpiry>().ExpireAsync(actual, default);
            await provider.GetRequiredService<PoolFiller>().FillAsync(actual, default);
            await db.SaveChangesAsync();
            await provider.GetRequiredService<SessionService>().AssignQueuedAsync(default);
            host.Desire(await db.Machines.AsNoTracking().Where(machine => machine.State != MachineState.Gone && machine.State != MachineState.Failed && machine.State != MachineState.Recycling).ToListAsync());
        });
    }

    private static async Task OpenAsync(IServiceProvider provider, Person person, string pool, bool another) =>
        await provider.GetRequiredService<SessionService>().OpenAsync(person, await provider.GetRequiredService<VdiDb>().Pools.FirstAsync(row => row.Id == pool), new Launch(another), 0, default);

    private static async Task CheckAsync(VdiDb db, Dictionary<Guid, long> epochs)
    {
        var sessions = await db.Sessions.AsNoTracking().ToListAsync();
        var machines = await db.Machines.AsNoTracking().ToListAsync();
        var running = sessions.Where(session => session.Released is null).ToList();
        Assert.Equal(running.Count(session => session.MachineId is not null), running.Where(session => session.MachineId is not null).Select(session => session.MachineId).Distinct().Count());
        Assert.Equal(running.Count, running.Select(session => (session.UserId, session.PoolId, session.Slot)).Distinct().Count());
        Assert.DoesNotContain(machines, machine => machine is { Touched: true, State: MachineState.Ready or MachineState.Requested or MachineState.Forking or MachineState.Booting });

        // In a floating pool nobody ever has a machine that somebody else had.
        Assert.All(sessions.Where(session => session is { PoolId: "one", MachineId: not null }).GroupBy(session => session.MachineId), group => Assert.Single(group));

        // A person's own machine is never another's.
        Assert.All(sessions.Where(session => session is { PoolId: "own", MachineId: not null }).GroupBy(session => session.MachineId), group => Assert.Single(group.Select(session => session.UserId).Distinct()));
        foreach (var machine in machines)
        {
            Assert.True(machine.Epoch >= epochs.GetValueOrDefault(machine.Id), "an epoch shrank");
            epochs[machine.Id] = machine.Epoch;
        }

        Assert.True(machines.Count(machine => machine is { PoolId: "one", State: not (MachineState.Gone or MachineState.Failed or MachineState.Recycling) }) <= 5);
    }

    private static async Task WithAsync(IServiceProvider services, Func<IServiceProvider, Task> work)
    {
        await using var scope = services.CreateAsyncScope();
        await work(scope.ServiceProvider);
    }

    /// <summary>A host that does at once what it is told.</summary>
    private sealed class ModelHost : IFleetLink
    {
        private readonly SortedDictionary<Guid, ActualMachine> _machines = [];
        private List<Guid> _viewed = [];

        public ValueTask SendAsync(FleetMessage message, CancellationToken stop) => ValueTask.CompletedTask;

        public IAsyncEnumerable<FleetMessage> ReceiveAsync(CancellationToken stop) => throw new NotSupportedException();

        public ActualState Report() => new("model", "none", ["desktop"], null, [.. _machines.Values], _viewed);

        public void Desire(List<MachineRow> machines)
        {
            foreach (var gone in _machines.Keys.Except(machines.Select(machine => machine.Id)).ToList())
            {
                _machines.Remove(gone);
            }

            foreach (var machine in machines.Where(machine => machine.State == MachineState.Requested && !_machines.ContainsKey(machine.Id)))
            {
                _machines[machine.Id] = new ActualMachine(machine.Id, machine.Epoch, MachineState.Ready, "is ready", 100, 200);
            }
        }

        public void Fail(int which)
        {
            if (Choose(which) is { } id)
            {
                _machines[id] = _machines[id] with { State = MachineState.Failed, Reason = "broke" };
            }
        }

        public void Forget(int which)
        {
            if (Choose(which) is { } id)
            {
                _machines.Remove(id);
            }
        }

        public void View(List<Guid> sessions, int which) => _viewed = [.. sessions.Where((_, i) => (which >> i) % 2 == 0)];

        private Guid? Choose(int which) => _machines.Count == 0 ? null : _machines.Keys.ElementAt(which % _machines.Count);
    }
}
