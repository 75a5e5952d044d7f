using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Vdi.Broker.Data;

namespace Vdi.TestSupport.Brokers;

/// <summary>Which database the broker's tests run on: SQLite, or with VDI_TEST_DATABASE=postgres a PostgreSQL for all of them, with a database
/// for each. Migrations are applied once; each test gets a copy.</summary>
public static class TestDatabases
{
    private static readonly Lazy<Task<PostgreSqlServer>> Server = new(StartAsync);
    private static readonly Lazy<Task<string>> MigratedFile = new(MigrateFileAsync);
    private static readonly Lazy<Task<string>> MigratedDatabase = new(MigrateDatabaseAsync);
    private static int _count;

    public static bool ArePostgreSql => Environment.GetEnvironmentVariable("VDI_TEST_DATABASE") == "postgres";

    /// <summary>Connection string of a new, empty database; null for SQLite.</summary>
    public static async Task<string?> NewAsync() => ArePostgreSql ? await CreateAsync("template1") : null;

    /// <summary>Connection string of a new database with all tables; for SQLite null, and the database is <paramref name="file"/>.</summary>
    public static async Task<string?> NewMigratedAsync(string file)
    {
        if (ArePostgreSql)
        {
            return await CreateAsync(await MigratedDatabase.Value);
        }

        File.Copy(await MigratedFile.Value, file);
        return null;
    }

    private static async Task<string> CreateAsync(string template)
    {
        var server = await Server.Value;
        var name = $"test{Interlocked.Increment(ref _count)}";
        await using var connection = new NpgsqlConnection(server.ConnectionString);
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = $"CREATE DATABASE {name} TEMPLATE {template}";
        await command.ExecuteNonQueryAsync();
        return Name(server, name);
    }

    private static string Name(PostgreSqlServer server, string name) =>
        server.ConnectionString.Replace("Database=postgres", $"Database={name}", StringComparison.Ordinal) + ";Maximum Pool Size=12;Connection Idle Lifetime=2;Connection Pruning Interval=1";

    private static async Task<string> MigrateFileAsync()
    {
        var folder = Directory.CreateTempSubdirectory("vdi-migrated").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        var file = Path.Combine(folder, "vdi.db");
        await using var services = new ServiceCollection().AddLogging().AddDatabase(file, null).BuildServiceProvider();
        await services.MigrateDatabaseAsync(default);
        await using var scope = services.CreateAsyncScope();
        var database = scope.ServiceProvider.GetRequiredService<VdiDb>().Database;
        await database.ExecuteSqlRawAsync("PRAGMA wal_checkpoint(TRUNCATE)");
        SqliteConnection.ClearPool((SqliteConnection)database.GetDbConnection());
        return file;
    }

    private static async Task<string> MigrateDatabaseAsync()
    {
        var connection = await CreateAsync("template1");
        await using var services = new ServiceCollection().AddLogging().AddDatabase("", connection).BuildServiceProvider();
        await services.MigrateDatabaseAsync(default);

        // One that somebody is connected to cannot be copied.
        await using var pooled = new NpgsqlConnection(connection);
        NpgsqlConnection.ClearPool(pooled);
        return new NpgsqlConnectionStringBuilder(connection).Database!;
    }

    private static async Task<PostgreSqlServer> StartAsync()
    {
        var server = await PostgreSqlServer.StartAsync();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => server.DisposeAsync().AsTask().Wait();
        return server;
    }
}
