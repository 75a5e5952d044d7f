using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.DependencyInjection;
using Vdi.Broker.Data;
using Vdi.Broker.Pools;
using Vdi.TestSupport;
using Vdi.TestSupport.Brokers;

namespace Vdi.Broker.Tests.Data;

public sealed class MigrationTests
{
    [Fact]
    public void Sqlite_migrations_match_the_model()
    {
        using var db = new SqliteDb(new DbContextOptionsBuilder<SqliteDb>().UseSqlite("Data Source=:memory:").Options);
        Assert.False(db.Database.HasPendingModelChanges());
    }

    [Fact]
    public void PostgreSql_migrations_match_the_model()
    {
        using var db = new PostgreSqlDb(new DbContextOptionsBuilder<PostgreSqlDb>().UseNpgsql("Host=nowhere").Options);
        Assert.False(db.Database.HasPendingModelChanges());
    }

    [Fact]
    public async Task Dedicated_pools_go_on_keeping_peoples_machines()
    {
        using var state = new TemporaryState();
        var postgreSql = await TestDatabases.NewAsync();
        await using VdiDb db = postgreSql is null
            ? new SqliteDb(new DbContextOptionsBuilder<SqliteDb>().UseSqlite($"Data Source={Path.Combine(state.Folder.Root, "vdi.db")}").Options)
            : new PostgreSqlDb(new DbContextOptionsBuilder<PostgreSqlDb>().UseNpgsql(postgreSql).Options);
        await db.GetInfrastructure().GetRequiredService<IMigrator>().MigrateAsync("ReadyOrder");

        // What pools of today have beyond those of then, as long as they are written.
        await db.Database.ExecuteSqlRawAsync("""ALTER TABLE "Pools" ADD "App" TEXT NULL""");
        var old = PoolPolicy.Default with { AtLogOff = AtLogOff.Destroy, Maximum = 3 };
        db.Pools.Add(new Pool { Id = "own", Name = "Own", Image = "desktop", Kind = PoolKind.Dedicated, Policy = old });
        db.Pools.Add(new Pool { Id = "any", Name = "Any", Image = "desktop", Policy = old });
        await db.SaveChangesAsync();
        await db.Database.ExecuteSqlRawAsync("""ALTER TABLE "Pools" DROP COLUMN "App" """);
        await db.Database.MigrateAsync();
        var policies = await db.Pools.AsNoTracking().ToDictionaryAsync(pool => pool.Id, pool => pool.Policy);
        Assert.Equal(old with { AtLogOff = AtLogOff.Keep }, policies["own"]);
        Assert.Equal(old, policies["any"]);
    }
}
