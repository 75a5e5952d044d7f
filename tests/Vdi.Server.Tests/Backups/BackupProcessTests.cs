using System.Text.Json;
using Microsoft.Data.Sqlite;
using Vdi.TestSupport;

namespace Vdi.Server.Tests.Backups;

/// <summary>The program itself: a backup while it runs, an end with kill -9, a state that is lost, and a restore.</summary>
public sealed class BackupProcessTests : IDisposable
{
    private const string Own = "a password of my own";
    private readonly string _folder = Directory.CreateTempSubdirectory("vdi-backup").FullName;

    private string Archive => Path.Combine(_folder, "vdi.tar.gz");

    [Fact]
    public async Task Everything_is_as_it_was_after_the_database_was_lost()
    {
        await using var vdi = await VdiProcess.StartAsync("desktop", 1, fake: true);
        using var admin = new HttpPerson(vdi.Address);
        var session = await OpenAsync(admin, vdi.Password);
        await BackUpAmidChangesAsync(vdi, admin);
        var before = await SessionsAsync(vdi);
        Assert.Single(before);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Archive));
        Assert.Empty(Directory.EnumerateDirectories(vdi.State.Root, ".backup-*"));

        // What is done after the backup is lost with the database.
        await admin.PutAsync("/api/pools/desktops/network", new { mode = "internet" });
        Assert.Equal(204, (await admin.DeleteAsync($"/api/sessions/{session}")).Status);
        await RefusesAsync(vdi, "Another Vdi server runs", "restore", Archive, "--force");
        await vdi.KillAsync();
        await File.WriteAllTextAsync(vdi.State.Database, "not a database any more");
        Directory.Delete(Path.Combine(vdi.State.Root, "keys"), recursive: true);
        await RefusesAsync(vdi, "with --force", "restore", Archive);
        Assert.Equal("not a database any more", await File.ReadAllTextAsync(vdi.State.Database));

        Assert.Contains("image desktop", await ErrorsAsync(vdi, 0, "restore", Archive, "--force"), StringComparison.OrdinalIgnoreCase);
        Assert.Equal(before, await SessionsAsync(vdi));
        var kept = Assert.Single(Directory.EnumerateDirectories(vdi.State.Root, "before-restore-*"));
        Assert.Equal("not a database any more", await File.ReadAllTextAsync(Path.Combine(kept, "old", "vdi.db")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(vdi.State.Database));

        await vdi.StartAsync();

        // The cookie of before is good, for the keys are those of before; so is the password.
        Assert.Equal("admin", (await admin.GetAsync("/api/me")).Good.GetProperty("userName").GetString());
        using var again = new HttpPerson(vdi.Address);
        await again.SignInAsync("admin", Own);
        Assert.Equal("isolated", (await again.GetAsync("/api/pools/desktops/network")).Good.GetProperty("mode").GetString());
        await Eventually.HoldsAsync(async () => (await vdi.RunAsync("audit", "verify")).Contains("0 more are on their way: all is as it was written", StringComparison.Ordinal), "the audit is whole");
        var actions = (await vdi.RunAsync("audit", "export")).Trim().Split('\n').Select(line => JsonSerializer.Deserialize<JsonElement>(line).GetProperty("action").GetString()).ToList();
        Assert.Contains("backup.create", actions);
        Assert.Contains("backup.restore", actions);

        // The fake machines died with the process: their session says so, and the pool is full again.
        await Eventually.HoldsAsync(async () => (await again.GetAsync($"/api/sessions/{session}")).Good.GetProperty("state").GetString() == "ended", "the session whose machine is gone has ended", 30);
        await Eventually.HoldsAsync(async () => (await again.GetAsync("/api/desktops")).Good[0].GetProperty("ready").GetInt32() == 1, "another machine is ready", 30);
    }

    [Fact]
    public async Task Restore_into_an_empty_state_brings_an_installation_to_another_computer()
    {
        await using var one = await VdiProcess.StartAsync("desktop", 0, fake: true);
        using (var admin = new HttpPerson(one.Address))
        {
            await ChangePasswordAsync(admin, one.Password);
        }

        await one.RunAsync("backup", Archive);
        using var other = new TemporaryState();
        using var restore = one.Begin(new Dictionary<string, string> { ["VDI_STATE"] = other.Folder.Root }, "restore", Archive);
        var output = await restore.StandardOutput.ReadToEndAsync();
        await restore.WaitForExitAsync();
        Assert.Equal(0, restore.ExitCode);
        Assert.Contains($"vdi serve --port {one.Port}", output, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(other.Folder.Root, "keys", "audit.key")));
        Assert.Empty(Directory.EnumerateDirectories(other.Folder.Root, "before-restore-*"));
    }

    [Fact]
    public async Task PostgreSql_comes_back_too()
    {
        await using var database = await PostgreSqlServer.StartAsync();
        await using var vdi = await VdiProcess.StartAsync("desktop", 1, fake: true, environment: new Dictionary<string, string> { ["VDI_POSTGRES"] = database.ConnectionString });
        using var admin = new HttpPerson(vdi.Address);
        await OpenAsync(admin, vdi.Password);
        await BackUpAmidChangesAsync(vdi, admin);
        await admin.PutAsync("/api/pools/desktops/network", new { mode = "internet" });
        await vdi.KillAsync();
        await RefusesAsync(vdi, "with --force", "restore", Archive);
        await database.RunAsync("""DROP TABLE "Sessions", "Machines"; DELETE FROM "AspNetUsers";""");
        await vdi.RunAsync("restore", Archive, "--force");
        await vdi.StartAsync();
        using var again = new HttpPerson(vdi.Address);
        await again.SignInAsync("admin", Own);
        Assert.Equal("isolated", (await again.GetAsync("/api/pools/desktops/network")).Good.GetProperty("mode").GetString());
        await Eventually.HoldsAsync(async () => (await vdi.RunAsync("audit", "verify")).Contains("as it was written", StringComparison.Ordinal), "the audit is whole");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static async Task<Guid> OpenAsync(HttpPerson admin, string generated)
    {
        await ChangePasswordAsync(admin, generated);
        await Eventually.HoldsAsync(async () => (await admin.GetAsync("/api/desktops")).Good[0].GetProperty("ready").GetInt32() > 0, "a machine is ready", 60);
        return (await admin.PostAsync("/api/sessions", new { pool = "desktops" })).Good.GetProperty("id").GetGuid();
    }

    private static async Task ChangePasswordAsync(HttpPerson admin, string generated)
    {
        await admin.SignInAsync("admin", generated);
        _ = (await admin.PostAsync("/api/password", new { current = generated, next = Own })).Good;
    }

    /// <summary>Others write while the backup is made.</summary>
    private async Task BackUpAmidChangesAsync(VdiProcess vdi, HttpPerson admin)
    {
        using var stop = new CancellationTokenSource();
        var changing = Task.Run(async () =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                await admin.PutAsync("/api/pools/desktops/network", new { mode = "isolated" });
            }
        });
        var said = await vdi.RunAsync("backup", Archive);
        await stop.CancelAsync();
        await changing;
        Assert.Contains("by reference only\timage desktop", said, StringComparison.Ordinal);
    }

    private static async Task RefusesAsync(VdiProcess vdi, string words, params string[] arguments) =>
        Assert.Contains(words, await ErrorsAsync(vdi, 1, arguments), StringComparison.Ordinal);

    private static async Task<string> ErrorsAsync(VdiProcess vdi, int code, params string[] arguments)
    {
        using var process = vdi.Begin(arguments);
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == code, $"{process.ExitCode}: {await output} {await errors}");
        return await errors;
    }

    private static async Task<List<string>> SessionsAsync(VdiProcess vdi)
    {
        await using var connection = new SqliteConnection($"Data Source={vdi.State.Database};Pooling=False");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = """SELECT "Id" || ' ' || "UserId" || ' ' || "MachineId" || ' ' || "PoolId" || ' ' || "Slot" || ' ' || COALESCE("Released", 'running') FROM "Sessions" ORDER BY 1""";
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync())
        {
            rows.Add(reader.GetString(0));
        }

        return rows;
    }
}
