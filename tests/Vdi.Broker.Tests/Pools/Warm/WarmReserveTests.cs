using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Vdi.Broker.Data;
using Vdi.Broker.Pools;
using Vdi.Broker.Pools.Warm;
using Vdi.Broker.Sessions;
using Vdi.TestSupport;

namespace Vdi.Broker.Tests.Pools.Warm;

/// <summary>The reserve over what the database knows: of any broker, and after any restart, the same.</summary>
public sealed class WarmReserveTests
{
    private static readonly TimeSpan Seoul = TimeSpan.FromHours(9);

    [Fact]
    public async Task Reserve_follows_the_launches_in_the_database_at_the_pools_own_hours()
    {
        using var state = new TemporaryState();
        var tuesday = new DateTimeOffset(2026, 11, 3, 9, 0, 0, Seoul);
        var time = new FakeTimeProvider(tuesday.AddDays(21).AddMinutes(-2));
        await using var services = new ServiceCollection().AddLogging().AddDatabase(Path.Combine(state.Folder.Root, "vdi.db"), null).BuildServiceProvider();
        await services.MigrateDatabaseAsync(default);
        await using var scope = services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<VdiDb>();
        var pool = new Pool { Id = "class", Name = "Class", Image = "desktop", Policy = PoolPolicy.Default with { TimeZone = "Asia/Seoul", Maximum = 100, Warm = new WarmPolicy { Target = new WarmTarget(0.95, 0.25) } } };
        db.Pools.Add(pool);
        for (var week = 0; week < 3; week++)
        {
            for (var pupil = 0; pupil < 30; pupil++)
            {
                var created = tuesday.AddDays(7 * week).AddSeconds(pupil);
                db.Sessions.Add(new SessionRow { Id = Guid.NewGuid(), UserId = Guid.NewGuid(), PoolId = "class", Created = created, Since = created, State = SessionState.Ended, Released = created.AddMinutes(40), Steps = [new LaunchStep { Name = "choose", Milliseconds = 120 }] });
            }
        }

        await db.SaveChangesAsync();
        var reserve = new WarmReserve(time);
        Assert.Null(reserve.Newest("class"));
        var before = await reserve.AtAsync(db, pool, default);
        Assert.InRange(before, 2, 100);
        Assert.Contains("Tuesday", ReserveWords.English(reserve.Newest("class")!), StringComparison.Ordinal);
        Assert.Contains("화요일", ReserveWords.Korean(reserve.Newest("class")!), StringComparison.Ordinal);
        Assert.Equal(before, await new WarmReserve(time).AtAsync(db, pool, default));

        time.Advance(TimeSpan.FromHours(16));
        Assert.Equal(0, await reserve.AtAsync(db, pool, default));
        pool.Policy = pool.Policy with { Warm = new WarmPolicy { Count = 3 } };
        Assert.Equal(3, await reserve.AtAsync(db, pool, default));
        Assert.Null(reserve.Newest("class"));
    }
}
