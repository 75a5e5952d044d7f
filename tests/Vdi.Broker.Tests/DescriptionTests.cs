using System.Text.Json;
using Vdi.TestSupport;
using Vdi.TestSupport.Brokers;

namespace Vdi.Broker.Tests;

/// <summary>The API's description is what clients are generated from: it changes only on purpose.</summary>
public sealed class DescriptionTests
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    [Fact]
    public async Task Description_is_the_frozen_one_and_names_every_address()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 0);
        using var client = new Client(broker.Address);
        var answer = await client.GetAsync("/api/openapi/v1.json");
        Assert.Equal(200, answer.Status);
        var text = JsonSerializer.Serialize(answer.Body, Indented) + "\n";
        Assert.Equal(Golden.FreezeText("api/openapi.json", text), text);
        var paths = answer.Body.GetProperty("paths").EnumerateObject().Select(path => path.Name).ToHashSet();
        Assert.Superset(new HashSet<string> { "/api/pools/{id}", "/api/users", "/api/groups", "/api/sessions/{id}/ticket", "/api/all-sessions", "/api/tokens", "/api/hosts", "/api/machines", "/api/notices", "/api/reports" }, paths);
    }

    [Fact]
    public async Task Version_in_the_address_is_the_same_api()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 0);
        var admin = await broker.AdministratorAsync("root");
        Assert.Equal((await admin.GetAsync("/api/pools/desktops")).At("settings"), (await admin.GetAsync("/api/v1/pools/desktops")).At("settings"));
        Assert.Equal(404, (await admin.GetAsync("/api/v2/pools")).Status);
    }
}
