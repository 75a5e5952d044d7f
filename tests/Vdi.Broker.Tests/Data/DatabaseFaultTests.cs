using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Pools;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;
using Vdi.TestSupport.Brokers;

namespace Vdi.Broker.Tests.Data;

public sealed class DatabaseFaultTests
{
    private static readonly object Desktops = new { pool = DefaultPool.Id };

    [Fact]
    public async Task Full_disk_refuses_changes_loses_nothing_and_heals()
    {
        using var disk = new SmallDisk(8);
        await using var broker = await RunningBroker.StartAsync(disk: disk.Folder);
        using var kim = await broker.PersonAsync("kim");
        await Eventually.HoldsAsync(async () => await broker.QueryAsync(db => db.Machines.Count(machine => machine.State == MachineState.Ready)) == 2, "machines are ready");

        // A transaction that the full disk cut off would leave room in the log for a small one.
        await Eventually.HoldsAsync(() => broker.QueryAsync(db => db.Audit.Any() && !db.AuditPending.Any()), "the audit is at rest");
        disk.Fill();
        var refused = await kim.PostAsync("/api/sessions", Desktops);
        Assert.Equal(503, refused.Status);
        Assert.Equal("database-unavailable", refused.Text("code"));
        Assert.Empty(await broker.QueryAsync(db => db.Sessions.ToList()));

        disk.Free();
        var opened = await kim.PostAsync("/api/sessions", Desktops);
        Assert.Equal(200, opened.Status);
        Assert.Equal("ok", await broker.QueryAsync(db => db.Database.SqlQueryRaw<string>("PRAGMA integrity_check").AsEnumerable().Single()));
        Assert.Single(await broker.QueryAsync(db => db.Sessions.ToList()));
    }

    [Fact]
    public async Task Broker_works_over_PostgreSQL_and_heals_when_it_was_away()
    {
        await using var database = await PostgreSqlServer.StartAsync();
        await using var broker = await RunningBroker.StartAsync(warm: 4, capacity: 8, postgreSql: database.ConnectionString);
        using var kim = await broker.PersonAsync("kim");
        using var lee = await broker.PersonAsync("lee");
        await Eventually.HoldsAsync(async () => await broker.QueryAsync(db => db.Machines.Count(machine => machine.State == MachineState.Ready)) == 4, "machines are ready");
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => (i % 2 == 0 ? kim : lee).PostAsync("/api/sessions", Desktops)));
        Assert.All(answers, answer => Assert.Equal(200, answer.Status));
        Assert.Equal(2, answers.Select(answer => answer.Id).Distinct().Count());

        // Who finds every ready row locked by others waits in the queue, for the reconciler's next pass.
        await Eventually.HoldsAsync(() => broker.QueryAsync(db => db.Sessions.Select(session => session.MachineId).Distinct().Count() == 2), "both have a machine of their own");

        await database.EndAsync();
        var refused = await kim.GetAsync("/api/sessions");
        Assert.Equal((503, "database-unavailable"), (refused.Status, refused.Text("code")));
        await database.BeginAsync();
        await Eventually.HoldsAsync(async () => (await kim.GetAsync("/api/sessions")).Status == 200, "the broker finds the database again");
        Assert.Equal(200, (await kim.PostAsync($"/api/sessions/{answers[0].Id}/ticket")).Status);
    }
}
