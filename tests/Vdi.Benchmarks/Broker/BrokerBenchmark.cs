using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Vdi.Broker.Data;
using Vdi.Broker.Machines;
using Vdi.Broker.Pools;
using Vdi.Broker.Sessions;
using Vdi.Broker.Users;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;
using Vdi.TestSupport.Brokers;
using Person = Vdi.Broker.Users.Person;

namespace Vdi.Benchmarks.Broker;

/// <summary>deploy/bench broker: the broker over real HTTP, on SQLite and on PostgreSQL, with a host whose machines do not exist. Clients share the
/// computer with it.</summary>
internal static class BrokerBenchmark
{
    private const int People = 1000;
    private static readonly TimeSpan Storm = TimeSpan.FromSeconds(60);

    public static async Task<List<Figure>> RunAsync()
    {
        await using var postgres = await PostgreSqlServer.StartAsync(durable: true);
        var figures = new List<Figure>();
        foreach (var (name, connection) in (IEnumerable<(string, string?)>)[("sqlite", null), ("postgres", postgres.ConnectionString)])
        {
            Console.Error.WriteLine($"storm on {name}");
            figures.AddRange(await StormAsync(name, connection));
            Console.Error.WriteLine($"launches on {name}");
            figures.Add(await LaunchesAsync(name, connection));
        }

        Console.Error.WriteLine("racing clients");
        figures.Add(await RaceAsync());
        Console.Error.WriteLine("10,000 machines on record");
        figures.AddRange(await ScaleAsync());
        return figures;
    }

    /// <summary>1,000 people who are signed in launch within a minute, each at a moment of their own.</summary>
    private static async Task<List<Figure>> StormAsync(string name, string? postgres)
    {
        await using var broker = await StartAsync(postgres, warm: 50, maximum: People + 100);
        var (clients, signIn) = await SignInAsync(broker, People);
        await ReadyAsync(broker, 50);
        var (took, whole, failures) = (new ConcurrentBag<double>(), new ConcurrentBag<double>(), 0);
        var random = new Random(1);
        await Task.WhenAll(clients.Select(async client =>
        {
            await Task.Delay(TimeSpan.FromSeconds(random.NextDouble() * Storm.TotalSeconds));
            var began = Stopwatch.GetTimestamp();
            var answer = await client.PostAsync("/api/sessions", new { pool = DefaultPool.Id });
            took.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            var ticket = answer.Status == 200 ? await TicketAsync(client, answer.Id) : false;
            whole.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            if (!ticket)
            {
                Interlocked.Increment(ref failures);
            }
        }));
        Dispose(clients);
        return
        [
            new Figure($"storm.{name}", "ms of the broker", [.. took]),
            new Figure($"storm.{name}.ticket", "ms until a ticket", [.. whole]),
            new Figure($"storm.{name}.failures", "of 1000", [failures]),
            new Figure($"storm.{name}.signin", "ms each, alone", signIn),
        ];
    }

    private static async Task<bool> TicketAsync(Client client, Guid session)
    {
        for (var began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(30);)
        {
            if ((await client.PostAsync($"/api/sessions/{session}/ticket")).Status == 200)
            {
                return true;
            }

            await Task.Delay(100);
        }

        return false;
    }

    /// <summary>More and more launches a second, each taking one of many ready machines, until the slowest twentieth takes more than 100 ms.</summary>
    private static async Task<Figure> LaunchesAsync(string name, string? postgres)
    {
        await using var broker = await StartAsync(postgres, warm: 0, maximum: 1_000_000);
        var best = new List<double> { 0 };
        for (var rate = 50; rate <= 1600; rate = (int)(rate * 1.4))
        {
            var count = rate * 3;
            var people = await PeopleAsync(broker, count);
            await FillAsync(broker, count);
            var took = new ConcurrentBag<double>();
            var began = Stopwatch.GetTimestamp();
            await Task.WhenAll(people.Select(async (person, i) =>
            {
                var at = TimeSpan.FromSeconds((double)i / rate);
                if (at > Stopwatch.GetElapsedTime(began) && at - Stopwatch.GetElapsedTime(began) is { Ticks: > 0 } wait)
                {
                    await Task.Delay(wait);
                }

                var start = Stopwatch.GetTimestamp();
                await using var scope = broker.Services.CreateAsyncScope();
                var db = scope.ServiceProvider.GetRequiredService<VdiDb>();
                var pool = await db.Pools.FirstAsync(pool => pool.Id == DefaultPool.Id);
                var session = await scope.ServiceProvider.GetRequiredService<SessionService>().OpenAsync(person, pool, new Launch(), 0, default);
                if (session.MachineId is null)
                {
                    throw new InvalidOperationException("A launch found no machine");
                }

                took.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }));
            var reached = count / Stopwatch.GetElapsedTime(began).TotalSeconds;
            var p95 = took.Order().ElementAt((int)(took.Count * 0.95) - 1);
            Console.Error.WriteLine($"  {rate}/s: p95 {p95:0.0} ms, {reached:0}/s reached");
            if (p95 > 100)
            {
                break;
            }

            best.Add(reached);
        }

        return new Figure($"launches.{name}", "1/s with p95 under 100 ms", [best.Max()]);
    }

    /// <summary>16 clients open, end and open again, while connections to the database are cut and machines break in between; then it is counted what belongs to two.</summary>
    private static async Task<Figure> RaceAsync()
    {
        await using var broker = await StartAsync(null, warm: 20, maximum: 200);
        var (clients, _) = await SignInAsync(broker, 16);
        using var over = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var opened = new ConcurrentBag<Guid>();
        var cutting = Task.Run(async () =>
        {
            for (var i = 0; !over.IsCancellationRequested; i++)
            {
                Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
                if (i is 10 or 20 && await broker.QueryAsync(db => db.Machines.FirstOrDefault(machine => machine.State == MachineState.Assigned)) is { } machine)
                {
                    broker.Host.Fail(machine.Id, "broke, for the race's sake");
                }

                await Task.Delay(500, CancellationToken.None);
            }
        });
        await Task.WhenAll(clients.Select(async (client, i) =>
        {
            var random = new Random(i);
            while (!over.IsCancellationRequested)
            {
                var answers = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => client.PostAsync("/api/sessions", new { pool = DefaultPool.Id })));
                foreach (var answer in answers.Where(answer => answer.Status == 200))
                {
                    opened.Add(answer.Id);
                    if (random.Next(3) > 0)
                    {
                        await client.DeleteAsync($"/api/sessions/{answer.Id}");
                    }
                }
            }
        }));
        await cutting;
        Dispose(clients);
        var twice = await broker.QueryAsync(db => db.Sessions.Where(session => session.MachineId != null).GroupBy(session => session.MachineId).Count(group => group.Count() > 1)
            + db.Sessions.Where(session => session.Released == null).GroupBy(session => new { session.UserId, session.PoolId, session.Slot }).Count(group => group.Count() > 1));
        Console.Error.WriteLine($"  {opened.Distinct().Count()} sessions");
        return new Figure("assign.double", "of all sessions", [twice]);
    }

    private static async Task<List<Figure>> ScaleAsync()
    {
        await using var broker = await StartAsync(null, warm: 0, maximum: 20_000);
        var admin = await broker.AdministratorAsync("root");
        var people = await PeopleAsync(broker, 5000);
        await FillAsync(broker, 10_000);
        await broker.ChangeAsync(db =>
        {
            var machines = db.Machines.Where(machine => machine.State == MachineState.Ready).Take(5000).ToList();
            foreach (var (person, machine) in people.Zip(machines))
            {
                (machine.State, machine.Touched) = (MachineState.Assigned, true);
                db.Sessions.Add(new SessionRow { Id = Guid.NewGuid(), UserId = person.Id, PoolId = DefaultPool.Id, MachineId = machine.Id, State = SessionState.Connected, Created = machine.Since, Since = machine.Since });
            }
        });
        await Task.Delay(5000);
        var figures = new List<Figure>();
        foreach (var (name, path) in (IEnumerable<(string, string)>)[("machines", "/api/machines?page=3&size=50"), ("sessions", "/api/all-sessions?page=3&size=50"), ("pools", "/api/pools")])
        {
            var took = new List<double>();
            for (var i = 0; i < 60; i++)
            {
                var began = Stopwatch.GetTimestamp();
                var answer = await admin.GetAsync(path);
                took.Add(answer.Status == 200 ? Stopwatch.GetElapsedTime(began).TotalMilliseconds : throw new InvalidOperationException($"{path}: {answer.Status}"));
            }

            figures.Add(new Figure($"scale.list.{name}", "ms", took[10..]));
        }

        figures.Add(new Figure("scale.list", "ms", [.. figures.SelectMany(figure => figure.Samples)]));
        GC.Collect();
        figures.Add(new Figure("scale.memory", "MiB, clients and fake host included", [Process.GetCurrentProcess().WorkingSet64 / 1048576.0]));
        figures.Add(new Figure("scale.memory.managed", "MiB", [GC.GetTotalMemory(forceFullCollection: true) / 1048576.0]));
        return figures;
    }

    private static Task<RunningBroker> StartAsync(string? postgres, int warm, int maximum) =>
        RunningBroker.StartAsync(warm, maximum, host => (host.ForkTime, host.ReportEvery) = (TimeSpan.FromMilliseconds(300), TimeSpan.FromMilliseconds(500)), postgreSql: postgres is null ? null : $"{postgres};Maximum Pool Size=80");

    private static Task ReadyAsync(RunningBroker broker, int count) =>
        Eventually.HoldsAsync(() => broker.QueryAsync(db => db.Machines.Count(machine => machine.State == MachineState.Ready) >= count), $"{count} machines are ready", 120);

    /// <summary>So many people in the database, in one go; they cannot sign in.</summary>
    private static async Task<List<Person>> PeopleAsync(RunningBroker broker, int count)
    {
        var people = Enumerable.Range(0, count).Select(_ => Guid.NewGuid()).Select(id => new Person(id, $"p{id:N}", [Roles.User], [])).ToList();
        await broker.ChangeAsync(db => db.Users.AddRange(people.Select(person => new User { Id = person.Id, UserName = person.Name, NormalizedUserName = person.Name.ToUpperInvariant() })));
        return people;
    }

    /// <summary>So many machines, ready at the host and in the database.</summary>
    private static async Task FillAsync(RunningBroker broker, int count)
    {
        await broker.PolicyAsync(policy => policy with { Warm = new WarmPolicy { Count = count } });
        await ReadyAsync(broker, count);
    }

    private static async Task<(List<Client> Clients, List<double> Milliseconds)> SignInAsync(RunningBroker broker, int count)
    {
        await using (var scope = broker.Services.CreateAsyncScope())
        {
            // One hash for all: making a thousand is not what is measured here.
            var hash = scope.ServiceProvider.GetRequiredService<IPasswordHasher<User>>().HashPassword(new User(), RunningBroker.Password);
            var db = scope.ServiceProvider.GetRequiredService<VdiDb>();
            var role = await db.Roles.Where(role => role.Name == Roles.User).Select(role => role.Id).FirstAsync();
            for (var i = 0; i < count; i++)
            {
                var user = new User { Id = Guid.NewGuid(), UserName = $"user{i}", NormalizedUserName = $"USER{i}", PasswordHash = hash, SecurityStamp = Guid.NewGuid().ToString("N"), LockoutEnabled = true };
                db.Users.Add(user);
                db.UserRoles.Add(new IdentityUserRole<Guid> { UserId = user.Id, RoleId = role });
            }

            await db.SaveChangesAsync();
        }

        var (clients, took) = (new List<Client>(), new List<double>());
        for (var i = 0; i < count; i++)
        {
            var client = new Client(broker.Address);
            var began = Stopwatch.GetTimestamp();
            await client.SignInAsync($"user{i}", RunningBroker.Password);
            took.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            clients.Add(client);
        }

        return (clients, took);
    }

    private static void Dispose(List<Client> clients) => clients.ForEach(client => client.Dispose());
}
