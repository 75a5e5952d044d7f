using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Vdi.TestSupport;

namespace Vdi.Server.Tests.Web;

/// <summary>What a server sends to a collector.</summary>
public sealed class OtlpTests
{
    [Fact]
    public async Task Metrics_and_traces_are_sent_where_the_environment_says()
    {
        var received = new ConcurrentDictionary<string, string>();
        var port = HttpsVdi.FreePort();
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        builder.Logging.ClearProviders();
        await using var collector = builder.Build();
        collector.MapPost("/v1/{kind}", async (string kind, HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            received.AddOrUpdate(kind, Encoding.Latin1.GetString(body.ToArray()), (_, before) => before + Encoding.Latin1.GetString(body.ToArray()));
        });
        await collector.StartAsync();

        await using var vdi = await VdiProcess.StartAsync("desktop", 0, fake: true, environment: new Dictionary<string, string>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = $"http://127.0.0.1:{port}",
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "500",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "200",
        });
        using var admin = new HttpPerson(vdi.Address);
        await admin.SignInAsync("admin", vdi.Password);
        await Eventually.HoldsAsync(() => Task.FromResult(received.GetValueOrDefault("metrics", "").Contains("vdi.machines", StringComparison.Ordinal)), "metrics arrive", 30);
        await Eventually.HoldsAsync(() => Task.FromResult(received.GetValueOrDefault("traces", "").Contains("/api/sign-in", StringComparison.Ordinal)), "traces arrive", 30);
        Assert.DoesNotContain(vdi.Password, received["traces"], StringComparison.Ordinal);
    }
}
