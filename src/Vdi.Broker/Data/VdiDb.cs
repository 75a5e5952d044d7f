using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using Vdi.Broker.Machines;
using Vdi.Broker.Pools;
using Vdi.Broker.Sessions;
using Vdi.Broker.Users;

namespace Vdi.Broker.Data;

/// <summary>The truth. One model; <see cref="SqliteDb"/> and <see cref="PostgreSqlDb"/> derive from it, each with its own migrations.</summary>
public abstract class VdiDb(DbContextOptions options) : IdentityDbContext<User, IdentityRole<Guid>, Guid>(options)
{
    public DbSet<Pool> Pools => Set<Pool>();

    public DbSet<Entitlement> Entitlements => Set<Entitlement>();

    public DbSet<MachineRow> Machines => Set<MachineRow>();

    public DbSet<SessionRow> Sessions => Set<SessionRow>();

    protected override void OnModelCreating(ModelBuilder builder)
    {
        base.OnModelCreating(builder);
        builder.Entity<Pool>().Property(pool => pool.Id).HasMaxLength(64);
        builder.Entity<Pool>().Property(pool => pool.Network)
            .HasConversion(network => network.ToJson(), json => NetworkSettings.FromJson(json))
            .HasDefaultValue(NetworkSettings.Isolated);
        builder.Entity<Entitlement>().HasKey(entitlement => new { entitlement.PoolId, entitlement.Role });
        builder.Entity<MachineRow>().HasIndex(machine => new { machine.PoolId, machine.State });

        var sessions = builder.Entity<SessionRow>();
        sessions.OwnsMany(session => session.Steps, steps => steps.ToJson());
        sessions.HasIndex(session => session.MachineId).IsUnique().HasFilter("\"Released\" IS NULL AND \"MachineId\" IS NOT NULL");
        sessions.HasIndex(session => new { session.UserId, session.PoolId, session.Slot }).IsUnique().HasFilter("\"Released\" IS NULL");
    }

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder) =>
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<UtcTicks>();

    /// <summary>Instants as UTC ticks: SQLite cannot order a DateTimeOffset.</summary>
    private sealed class UtcTicks() : ValueConverter<DateTimeOffset, long>(instant => instant.UtcTicks, ticks => new DateTimeOffset(ticks, TimeSpan.Zero));
}

public sealed class SqliteDb(DbContextOptions<SqliteDb> options) : VdiDb(options);

public sealed class PostgreSqlDb(DbContextOptions<PostgreSqlDb> options) : VdiDb(options);
