using System.Text.Json;
using Microsoft.Data.Sqlite;
using Vdi.TestSupport;

namespace Vdi.Server.Tests.Commands;

/// <summary>The audit of a real server, looked at by verbs of the same program.</summary>
public sealed class AuditCommandTests
{
    [Fact]
    public async Task Verb_finds_what_somebody_did_to_the_database_and_names_broker_and_number()
    {
        await using var vdi = await VdiProcess.StartAsync("desktop", 0, fake: true);
        var generated = vdi.Password;
        using (var http = new HttpClient { BaseAddress = new Uri(vdi.Address) })
        {
            for (var i = 0; i < 3; i++)
            {
                using var answer = await http.PostAsync(new Uri("/api/sign-in", UriKind.Relative), new StringContent(JsonSerializer.Serialize(new { userName = "admin", password = generated }), System.Text.Encoding.UTF8, "application/json"));
                answer.EnsureSuccessStatusCode();
            }
        }

        await vdi.RunAsync("pool", "network", "desktops", "--mode", "internet");
        await Eventually.HoldsAsync(async () => (await vdi.RunAsync("audit", "verify")).StartsWith("4 entries in 1 chains", StringComparison.Ordinal), "the server moves what the verb noted, too");
        await vdi.StopAsync();
        var sound = await vdi.RunAsync("audit", "verify");
        Assert.Contains("checkpoints, the last of", sound, StringComparison.Ordinal);
        Assert.Contains("as it was written", sound, StringComparison.Ordinal);
        var lines = (await vdi.RunAsync("audit", "export")).Trim().Split('\n').Select(line => JsonSerializer.Deserialize<JsonElement>(line)).ToList();
        Assert.Equal(["sign-in", "sign-in", "sign-in", "pool.network"], lines.Select(line => line.GetProperty("action").GetString()!));
        Assert.StartsWith("console/", lines[3].GetProperty("who").GetString(), StringComparison.Ordinal);

        await TamperAsync(vdi, """UPDATE "Audit" SET "Who" = 'nobody' WHERE "Number" = 2""");
        await FindsAsync(vdi, "broker local, number 2: was edited");
        await TamperAsync(vdi, """UPDATE "Audit" SET "Who" = 'admin' WHERE "Number" = 2""");
        Assert.Contains("as it was written", await vdi.RunAsync("audit", "verify"), StringComparison.Ordinal);
        await TamperAsync(vdi, """DELETE FROM "Audit" WHERE "Number" = 4""");
        await FindsAsync(vdi, "broker local, number 4: is missing, and so is all up to 4");
    }

    private static async Task FindsAsync(VdiProcess vdi, string words)
    {
        using var verify = vdi.Begin("audit", "verify");
        var (output, errors) = (verify.StandardOutput.ReadToEndAsync(), verify.StandardError.ReadToEndAsync());
        await verify.WaitForExitAsync();
        Assert.Equal(1, verify.ExitCode);
        Assert.Contains(words, await errors, StringComparison.Ordinal);
        Assert.Contains("findings", await output, StringComparison.Ordinal);
    }

    private static async Task TamperAsync(VdiProcess vdi, string sql)
    {
        await using var connection = new SqliteConnection($"Data Source={vdi.State.Database};Pooling=False");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = $"""DROP TRIGGER IF EXISTS "AuditNoUpdate"; DROP TRIGGER IF EXISTS "AuditNoDelete"; {sql}""";
        Assert.True(await command.ExecuteNonQueryAsync() > 0);
    }
}
