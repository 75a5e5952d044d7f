using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Vdi.Broker;
using Vdi.Broker.Api;
using Vdi.Broker.Data;
using Vdi.Broker.Machines;
using Vdi.Broker.Pools;
using Vdi.Broker.Users;
using Vdi.Host.Fakes;
using Vdi.Protocol.Fleet;

namespace Vdi.TestSupport.Brokers;

/// <summary>The broker role alone, over real HTTP and a real SQLite file, with a fake host.</summary>
public sealed class RunningBroker : IAsyncDisposable
{
    public const string Password = "a long enough password";
    private readonly TemporaryState _state;
    private readonly WebApplication _app;
    private readonly string? _postgreSql;
    private bool _stopped;

    private RunningBroker(TemporaryState state, string? postgreSql, WebApplication app, FakeHost host) => (_state, _postgreSql, _app, Host) = (state, postgreSql, app, host);

    public FakeHost Host { get; }

    /// <summary>The host's files over HTTP.</summary>
    public FakeFiles Files { get; private init; } = null!;

    public IServiceProvider Services => _app.Services;

    public string Address => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <param name="arrange">Changes the fake host before it starts.</param>
    /// <param name="disk">Folder for the database, else a temporary one.</param>
    /// <param name="time">The broker's clock, else the computer's.</param>
    /// <param name="postgreSql">Connection string; else what all tests run on (<see cref="TestDatabases"/>), or SQLite where a disk is named.</param>
    /// <param name="before">One whose database it takes up; that one is stopped.</param>
    public static async Task<RunningBroker> StartAsync(int warm = 2, int capacity = 4, Action<FakeHost>? arrange = null, string? disk = null, string? postgreSql = null, TimeProvider? time = null, RunningBroker? before = null)
    {
        if (before is not null)
        {
            await before.StopAsync();
        }

        var state = before?._state ?? new TemporaryState(disk);
        var file = Path.Combine(state.Folder.Root, "vdi.db");
        postgreSql ??= before is not null ? before._postgreSql : disk is null ? await TestDatabases.NewMigratedAsync(file) : null;
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var (broker, hostLink) = InProcessFleetLink.Create();
        builder.Services.AddSingleton(time ?? TimeProvider.System);
        builder.Services.AddDatabase(file, postgreSql);
        builder.Services.AddBroker(broker);
        var app = builder.Build();
        app.UseDatabaseProblems();
        app.UseRequestProblems();
        app.UseApiVersions();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapBroker();
        var host = new FakeHost(hostLink, TimeProvider.System);
        var files = new FakeFiles(host);
        files.Map(app);
        await app.Services.MigrateDatabaseAsync(default);
        await app.Services.MakeDefaultPoolAsync("desktop", warm, default);
        await app.Services.MakeFirstAdministratorAsync();
        arrange?.Invoke(host);
        var running = new RunningBroker(state, postgreSql, app, host) { Files = files };
        await running.PolicyAsync(policy => policy with { Maximum = capacity });
        await app.StartAsync();
        host.Start();
        return running;
    }

    public async Task ChangeAsync(Action<VdiDb> change)
    {
        await using var scope = Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<VdiDb>();
        for (var tries = 1; ; tries++)
        {
            change(db);
            try
            {
                await db.SaveChangesAsync();
                return;
            }
            catch (DbUpdateConcurrencyException) when (tries < 5)
            {
                // The reconciler edits the same rows.
                db.ChangeTracker.Clear();
            }
        }
    }

    /// <summary>Changes the first pool's policy.</summary>
    public Task PolicyAsync(Func<PoolPolicy, PoolPolicy> change) => ChangeAsync(db =>
    {
        var pool = db.Pools.Single(pool => pool.Id == DefaultPool.Id);
        pool.Policy = change(pool.Policy);
    });

    public async Task<T> QueryAsync<T>(Func<VdiDb, T> query)
    {
        await using var scope = Services.CreateAsyncScope();
        return query(scope.ServiceProvider.GetRequiredService<VdiDb>());
    }

    public async Task AddUserAsync(string name, bool mustChange = false, params string[] roles)
    {
        await using var scope = Services.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<User>>();
        var user = new User { UserName = name, DisplayName = name, MustChangePassword = mustChange };
        Demand(await users.CreateAsync(user, Password));
        Demand(await users.AddToRolesAsync(user, roles));
    }

    /// <summary>The reconciler has gone through everything so many times more.</summary>
    public async Task PassesAsync(int count)
    {
        var fleet = Services.GetRequiredService<FleetState>();
        for (var pass = 0; pass < count; pass++)
        {
            var last = fleet.LastPass;
            fleet.Wake();
            await Eventually.HoldsAsync(() => Task.FromResult(fleet.LastPass != last), "the reconciler passes");
        }
    }

    /// <summary>A new person who may use the first pool, signed in.</summary>
    public async Task<Client> PersonAsync(string name)
    {
        await AddUserAsync(name, roles: Roles.User);
        var client = new Client(Address);
        await client.SignInAsync(name, Password);
        return client;
    }

    /// <summary>A new administrator, signed in.</summary>
    public async Task<Client> AdministratorAsync(string name)
    {
        await AddUserAsync(name, roles: Roles.Administrator);
        var client = new Client(Address);
        await client.SignInAsync(name, Password);
        return client;
    }

    private static void Demand(IdentityResult result)
    {
        if (!result.Succeeded)
        {
            throw new InvalidOperationException(string.Join(" ", result.Errors.Select(error => error.Description)));
        }
    }

    /// <summary>What the host is told when this person opens a desktop of the first pool.</summary>
    public async Task<Admit> AdmittedAsync(Client person)
    {
        var session = await person.PostAsync("/api/sessions", new { pool = DefaultPool.Id });
        Admit? admit = null;
        await Eventually.HoldsAsync(
            async () =>
            {
                await person.PostAsync($"/api/sessions/{session.Id}/ticket");
                return Host.Admits.TryDequeue(out admit);
            },
            "it is admitted");
        return admit!;
    }

    public Task<Guid> IdOfAsync(string person) => QueryAsync(db => db.Users.Single(user => user.UserName == person).Id);

    /// <summary>The one entry of the audit about this, as soon as it is there.</summary>
    public async Task<JsonElement> NotedOnceAsync(string action)
    {
        using var admin = await AdministratorAsync("lee");
        var entry = default(JsonElement);
        await Eventually.HoldsAsync(
            async () =>
            {
                var found = (await admin.GetAsync($"/api/audit?action={action}")).Body.GetProperty("items").EnumerateArray().ToList();
                entry = found.FirstOrDefault();
                return found.Count == 1;
            },
            "it is noted, once");
        return entry;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_stopped)
        {
            await StopAsync();
            _state.Dispose();
        }
    }

    private async Task StopAsync()
    {
        _stopped = true;
        await Host.DisposeAsync();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
