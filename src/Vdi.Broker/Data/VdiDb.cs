using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using Vdi.Broker.Api;
using Vdi.Broker.Apps;
using Vdi.Broker.Audit;
using Vdi.Broker.Homes;
using Vdi.Broker.Hosts;
using Vdi.Broker.Images;
using Vdi.Broker.Machines;
using Vdi.Broker.Notices;
using Vdi.Broker.Pools;
using Vdi.Broker.Sessions;
using Vdi.Broker.Users;
using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Data;

/// <summary>The truth. One model; <see cref="SqliteDb"/> and <see cref="PostgreSqlDb"/> derive from it, each with its own migrations.</summary>
public abstract class VdiDb(DbContextOptions options) : IdentityDbContext<User, IdentityRole<Guid>, Guid>(options)
{
    public DbSet<Pool> Pools => Set<Pool>();

    public DbSet<AppIcon> AppIcons => Set<AppIcon>();

    public DbSet<AppLink> AppLinks => Set<AppLink>();

    public DbSet<Favourite> Favourites => Set<Favourite>();

    public DbSet<Grant> Grants => Set<Grant>();

    public DbSet<ForeignScreen> Screens => Set<ForeignScreen>();

    public DbSet<Group> Groups => Set<Group>();

    public DbSet<GroupMember> GroupMembers => Set<GroupMember>();

    public DbSet<Quota> Quotas => Set<Quota>();

    public DbSet<ApiToken> Tokens => Set<ApiToken>();

    public DbSet<HomeRow> Homes => Set<HomeRow>();

    public DbSet<HostRow> Hosts => Set<HostRow>();

    public DbSet<MachineRow> Machines => Set<MachineRow>();

    public DbSet<SessionRow> Sessions => Set<SessionRow>();

    public DbSet<Assignment> Assignments => Set<Assignment>();

    public DbSet<ImageJobRow> ImageJobs => Set<ImageJobRow>();

    public DbSet<ImageEdit> ImageEdits => Set<ImageEdit>();

    public DbSet<ImagePolicy> ImagePolicies => Set<ImagePolicy>();

    public DbSet<ImageUpload> ImageUploads => Set<ImageUpload>();

    public DbSet<Notice> Notices => Set<Notice>();

    public DbSet<Report> Reports => Set<Report>();

    public DbSet<AuditEntry> Audit => Set<AuditEntry>();

    public DbSet<AuditPending> AuditPending => Set<AuditPending>();

    public DbSet<KeptAnswer> KeptAnswers => Set<KeptAnswer>();

    public DbSet<Lease> Leases => Set<Lease>();

    /// <summary>Every edit of a row grows its version, whose old value must be the one that was read. Entries of the audit are only ever added.</summary>
    public override async Task<int> SaveChangesAsync(bool acceptAllChangesOnSuccess, CancellationToken cancellationToken = default)
    {
        // Whoever asks for changes has every row that was read compared with what it was: once is enough.
        var changed = ChangeTracker.Entries().Where(entry => entry.State is EntityState.Added or EntityState.Modified or EntityState.Deleted).ToList();
        if (changed.Count == 0)
        {
            return 0;
        }

        foreach (var entry in changed.Where(entry => entry.State != EntityState.Added))
        {
            switch (entry.Entity)
            {
                case AuditEntry:
                    throw new InvalidOperationException("The audit is append-only");
                case IEdited edited when entry.State == EntityState.Modified:
                    edited.Version++;
                    break;
            }
        }

        using var turn = await WriteTurn.TakeAsync(this, cancellationToken);
        return await base.SaveChangesAsync(acceptAllChangesOnSuccess, cancellationToken);
    }

    protected override void OnModelCreating(ModelBuilder builder)
    {
        base.OnModelCreating(builder);
        PoolModel(builder);
        PeopleModel(builder);
        SessionModel(builder);
        ImageModel.Build(builder);

        builder.Entity<HomeRow>(home =>
        {
            home.HasKey(row => row.UserId);
            home.HasIndex(row => row.MachineId).IsUnique();
            home.HasIndex(row => row.Used);
        });
        builder.Entity<HostRow>(host =>
        {
            host.HasKey(row => row.Id);
            host.Property(row => row.Id).HasMaxLength(64);
            host.Property(row => row.Images).HasJson([]);
        });
        builder.Entity<AuditEntry>().HasKey(entry => new { entry.Broker, entry.Number });
        builder.Entity<AuditEntry>().HasIndex(entry => entry.At);
        builder.Entity<AuditEntry>().HasIndex(entry => new { entry.Who, entry.At });
        builder.Entity<AuditEntry>().HasIndex(entry => new { entry.Action, entry.At });
        builder.Entity<AuditEntry>().HasIndex(entry => entry.Target);
        builder.Entity<KeptAnswer>().HasKey(answer => new { answer.UserId, answer.Key });
        builder.Entity<KeptAnswer>().HasIndex(answer => answer.At);
        builder.Entity<Lease>().HasKey(lease => lease.Name);
        foreach (var type in builder.Model.GetEntityTypes().Where(type => typeof(IEdited).IsAssignableFrom(type.ClrType)))
        {
            builder.Entity(type.ClrType).Property<long>(nameof(IEdited.Version)).IsConcurrencyToken();
        }
    }

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder) =>
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<UtcTicks>();

    private static void PoolModel(ModelBuilder builder)
    {
        builder.Entity<Pool>(pools =>
        {
            pools.Property(pool => pool.Id).HasMaxLength(64);
            pools.Property(pool => pool.Network)
                .HasConversion(network => network.ToJson(), json => NetworkSettings.FromJson(json))
                .HasDefaultValue(NetworkSettings.Isolated);
            pools.Property(pool => pool.Policy)
                .HasConversion(policy => policy.ToJson(), json => PoolPolicy.FromJson(json))

                // Rows of before there was a policy; what it says is frozen in the migrations.
                .HasDefaultValue(PoolPolicy.Default with { AtLogOff = AtLogOff.Destroy });
            pools.Property(pool => pool.Size).HasJson(MachineSize.OfImage);
            pools.Property(pool => pool.App).HasJson();
            pools.Property(pool => pool.Tags).HasJson([]);
            pools.Property(pool => pool.Warm);
            pools.Property(pool => pool.Capacity);
            pools.Property(pool => pool.Linger);
        });
        builder.Entity<AppIcon>().HasKey(icon => icon.Hash);
        builder.Entity<AppLink>().HasIndex(link => link.Hash).IsUnique();
        builder.Entity<AppLink>().HasIndex(link => link.PoolId);
        builder.Entity<AppLink>().Property(link => link.Arguments).HasJson([]);
        builder.Entity<Favourite>().HasKey(favourite => new { favourite.UserId, favourite.PoolId });
        builder.Entity<Entitlement>().ToTable("Entitlements").HasKey(entitlement => new { entitlement.PoolId, entitlement.Role });
        builder.Entity<Grant>().HasKey(grant => new { grant.PoolId, grant.Kind, grant.Principal });
        builder.Entity<ForeignScreen>().HasIndex(screen => screen.PoolId);
        builder.Entity<MachineRow>().HasIndex(machine => new { machine.PoolId, machine.State, machine.Since });
        builder.Entity<MachineRow>().Property(machine => machine.State).IsConcurrencyToken();
        builder.Entity<MachineRow>().Property(machine => machine.Epoch).IsConcurrencyToken();
    }

    private static void PeopleModel(ModelBuilder builder)
    {
        builder.Entity<User>().Property(user => user.Tags).HasJson([]);
        builder.Entity<Group>().Property(group => group.Tags).HasJson([]);
        builder.Entity<Group>().HasIndex(group => group.Name);
        builder.Entity<GroupMember>().HasKey(member => new { member.GroupId, member.UserId });
        builder.Entity<GroupMember>().HasIndex(member => member.UserId);
        builder.Entity<Quota>().HasKey(quota => new { quota.Kind, quota.Principal });
        builder.Entity<ApiToken>().HasIndex(token => token.Hash).IsUnique();
        builder.Entity<ApiToken>().HasIndex(token => token.UserId);
        builder.Entity<ApiToken>().Property(token => token.Scopes).HasJson([]);
    }

    private static void SessionModel(ModelBuilder builder)
    {
        var sessions = builder.Entity<SessionRow>();

        // Whoever changes one must have seen it in the state that it is in.
        sessions.Property(session => session.State).IsConcurrencyToken();
        sessions.OwnsMany(session => session.Steps, steps => steps.ToJson());
        sessions.HasIndex(session => session.MachineId).IsUnique().HasFilter("\"Released\" IS NULL AND \"MachineId\" IS NOT NULL");
        sessions.HasIndex(session => new { session.UserId, session.PoolId, session.Slot }).IsUnique().HasFilter("\"Released\" IS NULL");
        sessions.HasIndex(session => new { session.State, session.Created });
        sessions.HasIndex(session => session.Created);
        sessions.HasIndex(session => session.VisitorHash);
        sessions.Property(session => session.Run).HasJson();
        var assignments = builder.Entity<Assignment>();
        assignments.HasIndex(assignment => assignment.MachineId).IsUnique().HasFilter("\"Released\" IS NULL");
        assignments.HasIndex(assignment => new { assignment.UserId, assignment.PoolId, assignment.Slot }).IsUnique().HasFilter("\"Released\" IS NULL");
        builder.Entity<Notice>().HasIndex(notice => notice.Until);
        builder.Entity<Report>().HasIndex(report => report.At);
    }

    /// <summary>Instants as UTC ticks: SQLite cannot order a DateTimeOffset.</summary>
    private sealed class UtcTicks() : ValueConverter<DateTimeOffset, long>(instant => instant.UtcTicks, ticks => new DateTimeOffset(ticks, TimeSpan.Zero));
}

public sealed class SqliteDb(DbContextOptions<SqliteDb> options) : VdiDb(options);

public sealed class PostgreSqlDb(DbContextOptions<PostgreSqlDb> options) : VdiDb(options);
