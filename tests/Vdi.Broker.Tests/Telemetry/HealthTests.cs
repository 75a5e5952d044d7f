using Vdi.TestSupport;
using Vdi.TestSupport.Brokers;

namespace Vdi.Broker.Tests.Telemetry;

public sealed class HealthTests
{
    [Fact]
    public async Task Broker_without_its_database_lives_and_is_not_ready()
    {
        await using var database = await PostgreSqlServer.StartAsync();
        await using var broker = await RunningBroker.StartAsync(warm: 0, postgreSql: database.ConnectionString);
        using var probe = new Client(broker.Address);
        await Eventually.HoldsAsync(async () => (await probe.GetAsync("/healthz/ready")).Status == 200, "it is ready");
        Assert.Equal(200, (await probe.GetAsync("/healthz/startup")).Status);

        await database.EndAsync();
        var failing = await probe.GetAsync("/healthz/ready");
        Assert.Equal((503, "failing"), (failing.Status, failing.Text("status")));
        Assert.Equal("does not answer", failing.Body.GetProperty("checks").GetProperty("database").GetString());
        Assert.Equal(200, (await probe.GetAsync("/healthz/live")).Status);

        await database.BeginAsync();
        await Eventually.HoldsAsync(async () => (await probe.GetAsync("/healthz/ready")).Status == 200, "it is ready again", 40);
    }

    [Fact]
    public async Task Broker_without_a_host_has_not_started()
    {
        await using var lonely = await RunningBroker.StartAsync(warm: 0, arrange: host => host.ReportEvery = null);
        using var other = new Client(lonely.Address);
        var starting = await other.GetAsync("/healthz/startup");
        Assert.Equal(503, starting.Status);
        Assert.Equal("no host has reported yet", starting.Body.GetProperty("checks").GetProperty("host").GetString());
        Assert.Equal(200, (await other.GetAsync("/healthz/live")).Status);
    }
}
