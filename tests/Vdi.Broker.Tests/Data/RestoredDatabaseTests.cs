using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Vdi.Broker.Data;
using Vdi.Broker.Pools;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;
using Vdi.TestSupport.Brokers;

namespace Vdi.Broker.Tests.Data;

/// <summary>A host whose machines run on while the database is brought back to an earlier time.</summary>
public sealed class RestoredDatabaseTests : IDisposable
{
    private static readonly object Desktops = new { pool = DefaultPool.Id };
    private readonly string _folder = Directory.CreateTempSubdirectory("vdi-copy").FullName;

    [Fact]
    public async Task What_it_knows_goes_on_and_what_was_somebodys_meanwhile_is_given_to_nobody()
    {
        // SQLite's file is what is copied, whatever other tests run on.
        await using var broker = await RunningBroker.StartAsync(warm: 1, capacity: 4, disk: _folder);
        using var kim = await broker.PersonAsync("kim");
        using var lee = await broker.PersonAsync("lee");
        var (kims, kimsMachine) = await OpenAsync(broker, kim);
        await Eventually.HoldsAsync(() => broker.QueryAsync(db => db.Machines.Any(machine => machine.State == MachineState.Ready)), "the next machine is ready");
        var copy = Path.Combine(_folder, "vdi.db");
        await CopyAsync(broker, copy);
        Assert.Null(await DatabaseCopy.FaultAsync(copy, default));

        var (lees, leesMachine) = await OpenAsync(broker, lee);
        Assert.Equal(200, (await lee.PostAsync($"/api/sessions/{lees}/ticket")).Status);
        await BringBackAsync(broker, copy);

        Assert.Equal(404, (await lee.GetAsync($"/api/sessions/{lees}")).Status);
        await Eventually.HoldsAsync(() => Task.FromResult(!broker.Host.Has(leesMachine)), "the machine that lee had is destroyed");
        var (_, another) = await OpenAsync(broker, lee);
        Assert.NotEqual(leesMachine, another);
        Assert.NotEqual(kimsMachine, another);
        Assert.True(broker.Host.Has(kimsMachine));
        Assert.Equal("connecting", (await kim.GetAsync($"/api/sessions/{kims}")).Text("state"));
        Assert.Equal(200, (await kim.PostAsync($"/api/sessions/{kims}/ticket")).Status);
    }

    [Fact]
    public async Task Damaged_copy_is_recognised()
    {
        var copy = Path.Combine(_folder, "vdi.db");
        await File.WriteAllTextAsync(copy, "no database");
        Assert.NotNull(await DatabaseCopy.FaultAsync(copy, default));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static async Task<(Guid Session, Guid Machine)> OpenAsync(RunningBroker broker, Client person)
    {
        var opened = await person.PostAsync("/api/sessions", Desktops);
        Assert.Equal(200, opened.Status);
        Guid? machine = null;
        await Eventually.HoldsAsync(async () => (machine = await broker.QueryAsync(db => db.Sessions.Single(session => session.Id == opened.Id).MachineId)) is not null, "the session has a machine");
        return (opened.Id, machine!.Value);
    }

    private static async Task CopyAsync(RunningBroker broker, string copy)
    {
        await using var scope = broker.Services.CreateAsyncScope();
        await DatabaseCopy.WriteAsync(scope.ServiceProvider.GetRequiredService<VdiDb>(), copy, default);
    }

    /// <summary>The copy's content in the place of the database's, at once and under everybody who uses it.</summary>
    private static async Task BringBackAsync(RunningBroker broker, string copy)
    {
        var live = await broker.QueryAsync(db => db.Database.GetConnectionString());
        await Eventually.HoldsAsync(
            async () =>
            {
                await using var from = new SqliteConnection($"Data Source={copy};Pooling=False");
                await using var to = new SqliteConnection(live + ";Pooling=False");
                await from.OpenAsync();
                await to.OpenAsync();
                try
                {
                    from.BackupDatabase(to);
                    return true;
                }
                catch (SqliteException)
                {
                    // Somebody is writing.
                    return false;
                }
            },
            "nobody writes");
    }
}
