using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Vdi.Broker.Data;

public static class DatabaseFeature
{
    /// <summary>SQLite in <paramref name="file"/>, or PostgreSQL where a connection string is given.</summary>
    public static IServiceCollection AddDatabase(this IServiceCollection services, string file, string? postgreSql)
    {
        if (postgreSql is not null)
        {
            return services.AddDbContext<VdiDb, PostgreSqlDb>(options => options.UseNpgsql(postgreSql));
        }

        return services.AddDbContext<VdiDb, SqliteDb>(options => options
            .UseSqlite($"Data Source={file};Default Timeout=10")
            .AddInterceptors(new FullSync()));
    }

    public static async Task MigrateDatabaseAsync(this IServiceProvider services, CancellationToken stop)
    {
        await using var scope = services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<VdiDb>();

        // To look is a query; to migrate compares the whole model first, whatever comes of it.
        if ((await db.Database.GetPendingMigrationsAsync(stop)).Any())
        {
            await db.Database.MigrateAsync(stop);
        }

        if (db.Database.IsSqlite())
        {
            await db.Database.ExecuteSqlRawAsync("PRAGMA journal_mode=WAL", stop);
        }
    }

    /// <summary>A commit is on the disk before it counts. Who waits for a lock waits in SQLite, which looks again after 1, 2, 5 ms and so on; the driver's own
    /// waiting looks every 150 ms.</summary>
    private sealed class FullSync : DbConnectionInterceptor
    {
        private const string Settings = "PRAGMA synchronous=FULL; PRAGMA busy_timeout=10000";

        public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData)
        {
            using var command = connection.CreateCommand();
            command.CommandText = Settings;
            command.ExecuteNonQuery();
        }

        public override async Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
        {
            await using var command = connection.CreateCommand();
            command.CommandText = Settings;
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }
}
