using Vdi.Broker.Machines;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;
using Vdi.TestSupport.Brokers;

namespace Vdi.Broker.Tests.Pools;

/// <summary>A new version of an image reaches a pool's machines.</summary>
public sealed class RollOutTests
{
    private static readonly HostImage Old = new("desktop", "v1", DateTimeOffset.UnixEpoch.AddDays(1));
    private static readonly HostImage New = new("desktop", "v2", DateTimeOffset.UnixEpoch.AddDays(2));

    [Fact]
    public async Task Ready_machines_are_replaced_and_sessions_finish_on_what_they_have()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 4, capacity: 8, host => host.Versions = [Old]);
        var kim = await broker.PersonAsync("kim");
        await HaveAsync(broker, "v1", 4);
        var session = await kim.PostAsync("/api/sessions", new { pool = "desktops" });
        await HaveAsync(broker, "v1", 4);
        broker.Host.Versions = [Old, New];
        await HaveAsync(broker, "v2", 4);
        Assert.Empty(await broker.QueryAsync(db => db.Machines.Where(machine => machine.State == MachineState.Ready && machine.ImageVersion == "v1").ToList()));
        var own = await broker.QueryAsync(db => db.Machines.Single(machine => machine.State == MachineState.Assigned));
        Assert.Equal("v1", own.ImageVersion);
        Assert.Null((await kim.GetAsync($"/api/sessions/{session.Id}")).Body.GetProperty("reason").GetString());

        var admin = await broker.AdministratorAsync("root");
        var pool = await admin.GetAsync("/api/pools/desktops");
        Assert.Equal(("v2", "v1", ""), (pool.At("rollOut", "current"), pool.At("rollOut", "previous"), pool.At("rollOut", "stopped")));
    }

    [Fact]
    public async Task Somebody_can_come_at_any_time_while_machines_are_replaced()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 3, capacity: 20, host => (host.Versions, host.ForkTime) = ([Old], TimeSpan.FromMilliseconds(300)));
        await HaveAsync(broker, "v1", 3);
        broker.Host.Versions = [Old, New];
        for (var i = 0; i < 10; i++)
        {
            var ready = await broker.QueryAsync(db => db.Machines.Count(machine => machine.State == MachineState.Ready));
            Assert.InRange(ready, 2, 20);
            await Task.Delay(150);
        }

        await HaveAsync(broker, "v2", 3);
    }

    [Fact]
    public async Task Version_whose_machines_fail_stops_and_people_get_what_worked()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 2, capacity: 8, host => host.Versions = [Old]);
        var (admin, kim) = (await broker.AdministratorAsync("root"), await broker.PersonAsync("kim"));
        await HaveAsync(broker, "v1", 2);
        broker.Host.Broken.TryAdd("v2", 0);
        broker.Host.Versions = [Old, New];
        await Eventually.HoldsAsync(async () => (await admin.GetAsync("/api/pools/desktops")).At("rollOut", "stopped").Length > 0, "the roll-out stops");
        Assert.Contains("v2 failed", (await admin.GetAsync("/api/pools/desktops")).At("rollOut", "stopped"), StringComparison.Ordinal);
        Assert.NotEmpty(await broker.QueryAsync(db => db.Machines.Where(machine => machine.State == MachineState.Ready && machine.ImageVersion == "v1").ToList()));
        var session = await kim.PostAsync("/api/sessions", new { pool = "desktops" });
        Assert.Equal("connecting", session.Text("state"));

        // The failures are forgotten after a minute; what comes then is of the version that worked.
        await broker.ChangeAsync(db =>
        {
            foreach (var machine in db.Machines.Where(machine => machine.State == MachineState.Failed))
            {
                machine.Since -= 2 * MachineFollower.FailureWindow;
            }
        });
        await HaveAsync(broker, "v1", 2);

        // It was mended: the same version is tried again.
        broker.Host.Broken.Clear();
        Assert.Equal(200, (await admin.PostAsync("/api/pools/desktops/roll-out", new { })).Status);
        await HaveAsync(broker, "v2", 2);
    }

    [Fact]
    public async Task One_step_leads_back()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 2, capacity: 8, host => host.Versions = [Old]);
        var admin = await broker.AdministratorAsync("root");
        await HaveAsync(broker, "v1", 2);
        Assert.Equal("no-previous-version", (await admin.PostAsync("/api/pools/desktops/roll-back")).Text("code"));
        broker.Host.Versions = [Old, New];
        await HaveAsync(broker, "v2", 2);
        Assert.Equal(200, (await admin.PostAsync("/api/pools/desktops/roll-back")).Status);
        await HaveAsync(broker, "v1", 2);
        Assert.Equal("v1", (await admin.GetAsync("/api/pools/desktops")).At("settings", "imageVersion"));
    }

    [Fact]
    public async Task Version_that_no_host_has_is_said_to_be_missing()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 0, capacity: 8, host => host.Versions = [Old]);
        var (admin, kim) = (await broker.AdministratorAsync("root"), await broker.PersonAsync("kim"));
        await admin.PostAsync("/api/pools/desktops/roll-out", new { version = "v9" });
        var refused = await kim.PostAsync("/api/sessions", new { pool = "desktops" });
        Assert.Equal("no-image", refused.Text("reason"));
        Assert.Contains("v9", refused.Text("detail"), StringComparison.Ordinal);
    }

    private static Task HaveAsync(RunningBroker broker, string version, int count) => Eventually.HoldsAsync(
        () => broker.QueryAsync(db => db.Machines.Count(machine => machine.State == MachineState.Ready && machine.ImageVersion == version) == count),
        $"{count} machines of {version} are ready");
}
