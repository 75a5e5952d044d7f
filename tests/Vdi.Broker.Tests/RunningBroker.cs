using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Vdi.Broker.Api;
using Vdi.Broker.Data;
using Vdi.Broker.Pools;
using Vdi.Broker.Users;
using Vdi.Host.Fakes;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;

namespace Vdi.Broker.Tests;

/// <summary>The broker role alone, over real HTTP and a real SQLite file, with a fake host.</summary>
internal sealed class RunningBroker : IAsyncDisposable
{
    public const string Password = "a long enough password";
    private readonly TemporaryState _state;
    private readonly WebApplication _app;

    private RunningBroker(TemporaryState state, WebApplication app, FakeHost host) => (_state, _app, Host) = (state, app, host);

    public FakeHost Host { get; }

    public IServiceProvider Services => _app.Services;

    public string Address => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <param name="arrange">Changes the fake host before it starts.</param>
    /// <param name="disk">Folder for the database, else a temporary one.</param>
    /// <param name="postgreSql">Connection string, else SQLite.</param>
    public static async Task<RunningBroker> StartAsync(int warm = 2, int capacity = 4, Action<FakeHost>? arrange = null, string? disk = null, string? postgreSql = null)
    {
        var state = new TemporaryState(disk);
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var (broker, hostLink) = InProcessFleetLink.Create();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddDatabase(Path.Combine(state.Folder.Root, "vdi.db"), postgreSql);
        builder.Services.AddBroker(broker);
        var app = builder.Build();
        app.UseDatabaseProblems();
        app.UseRequestProblems();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapBroker();
        await app.Services.MigrateDatabaseAsync(default);
        await app.Services.MakeDefaultPoolAsync("desktop", warm, default);
        await app.Services.MakeFirstAdministratorAsync();
        var host = new FakeHost(hostLink, TimeProvider.System);
        arrange?.Invoke(host);
        var running = new RunningBroker(state, app, host);
        await running.PolicyAsync(policy => policy with { Maximum = capacity });
        await app.StartAsync();
        host.Start();
        return running;
    }

    public async Task ChangeAsync(Action<VdiDb> change)
    {
        await using var scope = Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<VdiDb>();
        change(db);
        await db.SaveChangesAsync();
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
        Assert.True((await users.CreateAsync(user, Password)).Succeeded);
        Assert.True((await users.AddToRolesAsync(user, roles)).Succeeded);
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

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await _app.StopAsync();
        await _app.DisposeAsync();
        _state.Dispose();
    }
}

/// <summary>A person's HTTP client; carries the cookie itself, for the framework's container keeps Secure cookies from plain HTTP.</summary>
internal sealed class Client(string address) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = new Uri(address) };
    private string? _cookie;

    public string SetCookie { get; private set; } = "";

    public async Task SignInAsync(string user, string password) => Assert.Equal(200, (await PostAsync("/api/sign-in", new { userName = user, password })).Status);

    public Task<Answer> GetAsync(string path) => SendAsync(HttpMethod.Get, path, null);

    public Task<Answer> PostAsync(string path, object? body = null, string? match = null) => SendAsync(HttpMethod.Post, path, body ?? new { }, ("If-Match", match));

    public Task<Answer> PutAsync(string path, object body, string? match = null) => SendAsync(HttpMethod.Put, path, body, ("If-Match", match));

    public Task<Answer> PatchAsync(string path, object body, string? match = null) => SendAsync(HttpMethod.Patch, path, body, ("If-Match", match));

    /// <summary>The same request as often as one likes, done once.</summary>
    public Task<Answer> PostOnceAsync(string path, object body, string key) => SendAsync(HttpMethod.Post, path, body, ("Idempotency-Key", key));

    /// <summary>From now on this token instead of the cookie.</summary>
    public string? Token { get; set; }

    public Task<Answer> DeleteAsync(string path) => SendAsync(HttpMethod.Delete, path, null);

    public void Dispose() => _http.Dispose();

    private async Task<Answer> SendAsync(HttpMethod method, string path, object? body, params (string Name, string? Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : body is string text ? new StringContent(text, System.Text.Encoding.UTF8, "application/json") : JsonContent.Create(body) };
        foreach (var (name, value) in headers.Where(header => header.Value is not null))
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        if (Token is not null)
        {
            request.Headers.Add("Authorization", $"Bearer {Token}");
        }
        else if (_cookie is not null)
        {
            request.Headers.Add("Cookie", _cookie);
        }

        using var response = await _http.SendAsync(request);
        if (response.Headers.TryGetValues("Set-Cookie", out var cookies))
        {
            SetCookie = cookies.First();
            _cookie = SetCookie.Split(';')[0];
        }

        var answer = await response.Content.ReadAsStringAsync();
        return new Answer((int)response.StatusCode, answer.Length == 0 ? default : JsonSerializer.Deserialize<JsonElement>(answer), response.Headers.ETag?.ToString());
    }
}

internal sealed record Answer(int Status, JsonElement Body, string? Tag = null)
{
    public string Text(string name) => Body.GetProperty(name).GetString()!;

    public Guid Id => Body.GetProperty("id").GetGuid();

    /// <summary>"field code" of everything that was wrong.</summary>
    public IReadOnlyList<string> Faults => [.. Body.GetProperty("errors").EnumerateArray().Select(fault => $"{fault.GetProperty("field").GetString()} {fault.GetProperty("code").GetString()}")];

    /// <summary>What is at a path of properties, as text.</summary>
    public string At(params string[] path) => path.Aggregate(Body, (at, name) => at.TryGetProperty(name, out var value) ? value : throw new InvalidOperationException($"No {name} in {Status} {Body}")).ToString();
}
