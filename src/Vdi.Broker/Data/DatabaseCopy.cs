using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace Vdi.Broker.Data;

/// <summary>A copy of the whole database as of one instant, made while others use it.</summary>
public static class DatabaseCopy
{
    public const string Sqlite = "sqlite";
    public const string PostgreSql = "postgresql";

    private const UnixFileMode Mine = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public static string Kind(VdiDb db) => db.Database.IsSqlite() ? Sqlite : PostgreSql;

    /// <summary>The newest change of the model that the database has; null where it is empty.</summary>
    public static async Task<string?> MigrationAsync(VdiDb db, CancellationToken stop) => (await db.Database.GetAppliedMigrationsAsync(stop)).LastOrDefault();

    /// <summary>Whether this program knows the model that a copy has; older ones are brought up to date at the next start.</summary>
    public static bool Knows(VdiDb db, string migration) => db.Database.GetMigrations().Contains(migration);

    public static async Task WriteAsync(VdiDb db, string file, CancellationToken stop)
    {
        await using (new FileStream(file, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = Mine }))
        {
        }

        if (!db.Database.IsSqlite())
        {
            await PostgreSqlPrograms.DumpAsync(db.Database.GetConnectionString()!, file, stop);
            return;
        }

        await db.Database.OpenConnectionAsync(stop);
        await using var copy = Open(file, SqliteOpenMode.ReadWrite);
        await copy.OpenAsync(stop);

        // The online backup API (sqlite.org/backup.html): one step, so of one instant; in WAL mode writers go on meanwhile.
        ((SqliteConnection)db.Database.GetDbConnection()).BackupDatabase(copy);

        // One file, with no log beside it.
        await using var single = copy.CreateCommand();
        single.CommandText = "PRAGMA journal_mode=DELETE";
        await single.ExecuteNonQueryAsync(stop);
    }

    /// <summary>What is wrong with a copy of SQLite; null where it is whole.</summary>
    public static async Task<string?> FaultAsync(string file, CancellationToken stop)
    {
        try
        {
            await using var copy = Open(file, SqliteOpenMode.ReadOnly);
            await copy.OpenAsync(stop);
            await using var check = copy.CreateCommand();
            check.CommandText = "PRAGMA integrity_check";
            return await check.ExecuteScalarAsync(stop) is string and not "ok" and var fault ? fault : null;
        }
        catch (SqliteException e)
        {
            return e.Message;
        }
    }

    /// <summary>Puts a copy in the place of everything that is in the database, in one transaction. Only for PostgreSQL: a copy of SQLite is the database.</summary>
    public static Task ReplaceAsync(VdiDb db, string file, CancellationToken stop)
    {
        var tables = db.Model.GetEntityTypes().Select(type => type.GetTableName()).OfType<string>().Append("__EFMigrationsHistory").Distinct();
        return PostgreSqlPrograms.ReplaceAsync(db.Database.GetConnectionString()!, file, tables, stop);
    }

    private static SqliteConnection Open(string file, SqliteOpenMode mode) => new(new SqliteConnectionStringBuilder { DataSource = file, Mode = mode, Pooling = false }.ToString());
}
