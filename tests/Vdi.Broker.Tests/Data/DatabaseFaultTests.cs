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

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Request_whose_commit_nobody_heard_of_has_one_session_when_it_is_sent_again(bool another)
    {
        await using var database = await PostgreSqlServer.StartAsync();
        await using var line = new TcpProxy(database.EndPoint);
        await using var broker = await RunningBroker.StartAsync(warm: 4, capacity: 8, postgreSql: database.Through(line));
        await broker.PolicyAsync(policy => policy with { SessionsPerUser = 4 });
        using var kim = await broker.PersonAsync("kim");
        await Eventually.HoldsAsync(async () => await broker.QueryAsync(db => db.Machines.Count(machine => machine.State == MachineState.Ready)) == 4, "machines are ready");
        var request = new { pool = DefaultPool.Id, another };
        if (another)
        {
            Assert.Equal(200, (await kim.PostOnceAsync("/api/sessions", request, "before")).Status);
        }

        var opened = await broker.QueryAsync(db => db.Sessions.Count());

        // One more is all that there may be: the first fills the quota, and the second is no other.
        using var admin = await broker.AdministratorAsync("root");
        Assert.Equal(200, (await admin.PutAsync("/api/quotas", new { kind = "user", name = "kim", sessions = opened + 1 })).Status);
        line.LosesAnswer = ("INSERT INTO \"Sessions\"", "COMMIT");
        var lost = await kim.PostOnceAsync("/api/sessions", request, "key");
        Assert.Equal((503, "database-unavailable"), (lost.Status, lost.At("code")));
        Assert.Null(line.LosesAnswer);
        Assert.Equal(opened + 1, await broker.QueryAsync(db => db.Sessions.Count()));
        Answer again = null!;
        await Eventually.HoldsAsync(async () => (again = await kim.PostOnceAsync("/api/sessions", request, "key")).Status == 200, "it is answered");
        var sessions = await broker.QueryAsync(db => db.Sessions.AsNoTracking().ToList());
        Assert.Equal(opened + 1, sessions.Count);
        Assert.Contains(sessions, session => session.Id == again.Id);
        Assert.Equal(again.Id, (await kim.PostOnceAsync("/api/sessions", request, "key")).Id);
        Assert.Equal(opened + 1, await broker.QueryAsync(db => db.Machines.Count(machine => machine.State == MachineState.Assigned)));
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
