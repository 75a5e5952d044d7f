using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Vdi.Protocol.Wire;
using Vdi.TestSupport;

namespace Vdi.Server.Tests.Web;

/// <summary>What is told to those who watch a server, over real HTTP from a server in a process of its own.</summary>
public sealed partial class TelemetryTests : IAsyncLifetime
{
    private const string Own = "a password of my own";
    private readonly int _port = HttpsVdi.FreePort();
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(10) };
    private VdiProcess _vdi = null!;

    private string Admin => $"http://127.0.0.1:{_port}";

    public async Task InitializeAsync() => _vdi = await VdiProcess.StartAsync("desktop", 1, fake: true, arguments: ["--admin-port", _port.ToString(CultureInfo.InvariantCulture)]);

    public async Task DisposeAsync()
    {
        _http.Dispose();
        await _vdi.DisposeAsync();
    }

    [Fact]
    public async Task Launches_refusals_machines_and_sessions_are_counted()
    {
        using var admin = new HttpPerson(_vdi.Address);
        await admin.SignInAsync("admin", _vdi.Password);
        Assert.Equal(403, (await admin.GetAsync("/api/desktops")).Status);
        _ = (await admin.PostAsync("/api/password", new { current = _vdi.Password, next = Own })).Good;
        await Eventually.HoldsAsync(async () => (await admin.GetAsync("/api/desktops")).Good[0].GetProperty("ready").GetInt32() > 0, "a machine is ready", 60);
        var session = (await admin.PostAsync("/api/sessions", new { pool = "desktops" })).Good.GetProperty("id").GetGuid();
        Assert.Equal(404, (await admin.PostAsync("/api/sessions", new { pool = "nothing" })).Status);
        var ticket = (await admin.PostAsync($"/api/sessions/{session}/ticket")).Good;
        await using (var desktop = await DesktopClient.ConnectAsync(_vdi.Address, ticket.GetProperty("hub").GetString()!, CredentialKind.Ticket, Base64Url.DecodeFromChars(ticket.GetProperty("ticket").GetString())))
        {
            await Eventually.HoldsAsync(async () => Number(await MetricsAsync(), "SessionLaunchTime_seconds_count", "pool=\"desktops\"") == 1, "the launch is counted", 30);
            await Eventually.HoldsAsync(
                async () =>
                {
                    await desktop.SendAsync(ClientMessage.Key(true, 30), ClientMessage.Key(false, 30));
                    return Number(await MetricsAsync(), "InSessionLatency_milliseconds_count") > 0;
                },
                "how long pictures take is measured",
                30);
            await Eventually.HoldsAsync(async () => Number(await MetricsAsync(), "vdi_sessions", "pool=\"desktops\"", "state=\"connected\"") == 1, "somebody is at work", 30);
        }

        var metrics = await MetricsAsync();
        Assert.InRange(Number(metrics, "SessionLaunchTime_seconds_sum", "pool=\"desktops\"")!.Value, 0.001, 60);
        Assert.Equal(1, Number(metrics, "ConnectionSuccess_total", "pool=\"desktops\""));
        Assert.Equal(1, Number(metrics, "vdi_refusals_total", "code=\"password-change-required\""));
        Assert.Equal(1, Number(metrics, "vdi_refusals_total", "code=\"unknown-pool\""));
        Assert.Equal(1, Number(metrics, "vdi_machines", "pool=\"desktops\"", "state=\"assigned\""));
        Assert.Equal(0, Number(metrics, "vdi_queue_length", "pool=\"desktops\""));
        Assert.InRange(Number(metrics, "vdi_audit_lag_seconds")!.Value, 0, 5);
        Assert.InRange(Number(metrics, "vdi_sample_age_seconds")!.Value, 0, 15);

        // What keeps people from desktops: closed by a limit, and by a machine that never comes.
        using (var database = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={_vdi.State.Database};Pooling=False;Default Timeout=10"))
        {
            await database.OpenAsync();
            using var command = database.CreateCommand();
            command.CommandText = """UPDATE "Pools" SET "Closed" = '' """;
            Assert.Equal(1, await command.ExecuteNonQueryAsync());
        }

        Assert.Equal(204, (await admin.DeleteAsync($"/api/sessions/{session}")).Status);
        Assert.Equal(503, (await admin.PostAsync("/api/sessions", new { pool = "desktops" })).Status);
        await Eventually.HoldsAsync(async () => Number(metrics = await MetricsAsync(), "ConnectionFailure_total", "reason=\"pool-closed\"") == 1, "the refusal is counted");
        Assert.Equal(1, Number(metrics, "vdi_refusals_total", "code=\"no-capacity\""));

        var board = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "deploy", "grafana", "vdi.json"));
        var shown = MetricNames().Matches(board).Select(match => match.Value).Distinct().ToList();
        Assert.True(shown.Count > 8, string.Join(' ', shown));
        Assert.All(shown, name => Assert.Contains($"\n{name}{{", metrics, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Metrics_are_on_the_admin_port_alone_and_nothing_else_is_there()
    {
        Assert.DoesNotContain("vdi_machines", await _http.GetStringAsync(new Uri($"{_vdi.Address}/metrics")), StringComparison.Ordinal);
        foreach (var path in (string[])["/", "/api/me", "/healthz/nothing", "/h/local/hub/desktop", "/ca.crt"])
        {
            using var answer = await _http.GetAsync(new Uri(Admin + path));
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }

        using var rebound = new HttpRequestMessage(HttpMethod.Get, $"{Admin}/metrics") { Headers = { Host = "evil.test" } };
        using var refused = await _http.SendAsync(rebound);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
    }

    [Fact]
    public async Task Health_says_what_is_the_matter()
    {
        foreach (var address in (string[])[Admin, _vdi.Address])
        {
            foreach (var kind in (string[])["live", "ready", "startup"])
            {
                var text = "";
                await Eventually.HoldsAsync(
                    async () =>
                    {
                        using var answer = await _http.GetAsync(new Uri($"{address}/healthz/{kind}"));
                        text = await answer.Content.ReadAsStringAsync();
                        return answer.StatusCode == HttpStatusCode.OK;
                    },
                    $"{kind} at {address}");
                Assert.Equal("ok", JsonSerializer.Deserialize<JsonElement>(text).GetProperty("status").GetString());
            }

            Assert.Contains("accelerator", await _http.GetStringAsync(new Uri($"{address}/healthz")), StringComparison.Ordinal);
        }
    }

    private Task<string> MetricsAsync() => _http.GetStringAsync(new Uri($"{Admin}/metrics"));

    /// <summary>The value of the one line with that name and these labels; null where there is none.</summary>
    private static double? Number(string metrics, string name, params string[] labels)
    {
        var lines = metrics.Split('\n').Where(line => line.StartsWith(name + "{", StringComparison.Ordinal) && Array.TrueForAll(labels, label => line.Contains(label, StringComparison.Ordinal))).ToList();
        return lines.Count == 0 ? null : double.Parse(lines.Single()[(lines[0].LastIndexOf('}') + 1)..].Trim().Split(' ')[0], CultureInfo.InvariantCulture);
    }

    [GeneratedRegex("\\b(?:vdi_[a-z_]+|(?:SessionLaunchTime|InSessionLatency|ConnectionFailure|ConnectionSuccess)_[a-z_]+)")]
    private static partial Regex MetricNames();
}
