using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Vdi.Broker.Audit;
using Vdi.Broker.Data;
using Vdi.TestSupport;

namespace Vdi.Broker.Tests.Audit;

/// <summary>A database with the audit and nothing else, whose chain moves when a test says so.</summary>
internal sealed class AuditedDatabase : IAsyncDisposable
{
    private readonly TemporaryState _state = new();
    private readonly string? _postgreSql;
    private ServiceProvider _services = null!;

    private AuditedDatabase(string? postgreSql) => _postgreSql = postgreSql;

    public string Checkpoints => Path.Combine(_state.Folder.Root, "audit");

    public string Key => Path.Combine(_state.Folder.Root, "keys", "audit.key");

    public IServiceProvider Services => _services;

    public static async Task<AuditedDatabase> StartAsync(string? postgreSql = null)
    {
        var database = new AuditedDatabase(postgreSql);
        await database.RestartAsync();
        await database._services.MigrateDatabaseAsync(default);
        return database;
    }

    /// <summary>As after a crash: nothing is kept but what the disk has.</summary>
    public async Task RestartAsync(string broker = "local")
    {
        if (_services is not null)
        {
            await _services.DisposeAsync();
        }

        _services = new ServiceCollection().AddLogging()
            .AddDatabase(Path.Combine(_state.Folder.Root, "vdi.db"), _postgreSql)
            .AddAudit()
            .Configure<AuditOptions>(audit => (audit.Broker, audit.Folder, audit.Keys) = (broker, Checkpoints, Path.Combine(_state.Folder.Root, "keys")))
            .BuildServiceProvider();
    }

    public async Task NoteAsync(string action, string target = "pool/one", object? before = null, object? after = null)
    {
        await using var scope = _services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<AuditLog>().Note(action, target, before, after);
        await scope.ServiceProvider.GetRequiredService<VdiDb>().SaveChangesAsync();
    }

    public Task MoveAsync() => _services.GetRequiredService<AuditChain>().MoveAllAsync(default);

    public async Task CheckpointAsync()
    {
        await using var scope = _services.CreateAsyncScope();
        var checkpoints = _services.GetRequiredService<AuditCheckpoints>();
        checkpoints.IsDue(finish: true);
        await checkpoints.WriteAsync(scope.ServiceProvider.GetRequiredService<VdiDb>(), default);
    }

    public async Task<AuditVerdict> VerifyAsync()
    {
        await using var scope = _services.CreateAsyncScope();
        return await AuditVerifier.VerifyAsync(scope.ServiceProvider.GetRequiredService<VdiDb>(), Checkpoints, File.Exists(Key) ? Key : null, default);
    }

    public async Task<T> QueryAsync<T>(Func<VdiDb, T> query)
    {
        await using var scope = _services.CreateAsyncScope();
        return query(scope.ServiceProvider.GetRequiredService<VdiDb>());
    }

    /// <summary>What somebody does who has the database's password, and knows how to take the triggers off.</summary>
    public async Task TamperAsync(string sql)
    {
        await using var scope = _services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<VdiDb>();
        await db.Database.ExecuteSqlRawAsync(_postgreSql is null
            ? """DROP TRIGGER IF EXISTS "AuditNoUpdate"; DROP TRIGGER IF EXISTS "AuditNoDelete";"""
            : """DROP TRIGGER IF EXISTS "AuditNoChange" ON "Audit";""");
        Assert.True(await db.Database.ExecuteSqlRawAsync(sql) > 0, $"nothing was changed by {sql}");
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        _state.Dispose();
    }
}
