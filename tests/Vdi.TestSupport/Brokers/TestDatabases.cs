using Npgsql;

namespace Vdi.TestSupport.Brokers;

/// <summary>Which database the broker's tests run on: SQLite, or with VDI_TEST_DATABASE=postgres a PostgreSQL for all of them, with an empty database
/// for each.</summary>
public static class TestDatabases
{
    private static readonly Lazy<Task<PostgreSqlServer>> Server = new(StartAsync);
    private static int _count;

    public static bool ArePostgreSql => Environment.GetEnvironmentVariable("VDI_TEST_DATABASE") == "postgres";

    /// <summary>Connection string of a new database; null for SQLite.</summary>
    public static async Task<string?> NewAsync()
    {
        if (!ArePostgreSql)
        {
            return null;
        }

        var server = await Server.Value;
        var name = $"test{Interlocked.Increment(ref _count)}";
        await using var connection = new NpgsqlConnection(server.ConnectionString);
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = $"CREATE DATABASE {name}";
        await command.ExecuteNonQueryAsync();
        return server.ConnectionString.Replace("Database=postgres", $"Database={name}", StringComparison.Ordinal) + ";Maximum Pool Size=12;Connection Idle Lifetime=2;Connection Pruning Interval=1";
    }

    private static async Task<PostgreSqlServer> StartAsync()
    {
        var server = await PostgreSqlServer.StartAsync();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => server.DisposeAsync().AsTask().Wait();
        return server;
    }
}
