using System.Globalization;
using System.Security.Cryptography;
using Vdi.Broker.Audit;
using Vdi.TestSupport;

namespace Vdi.Broker.Tests.Audit;

/// <summary>Whatever somebody does to the rows is found and named; <see cref="PostgreSqlAuditVerifierTests"/> does the same over PostgreSQL.</summary>
public class AuditVerifierTests : IAsyncLifetime
{
    private AuditedDatabase _database = null!;

    public virtual async Task InitializeAsync()
    {
        _database = await AuditedDatabase.StartAsync(await ConnectionStringAsync());
        for (var i = 1; i <= 10; i++)
        {
            await _database.NoteAsync("test.write", $"row/{i}", after: i);
        }

        await _database.MoveAsync();
        await _database.CheckpointAsync();
    }

    public virtual async Task DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task Whole_audit_has_no_findings()
    {
        var verdict = await _database.VerifyAsync();
        Assert.Empty(verdict.Findings);
        Assert.Equal((10, 1, 0, 1), (verdict.Entries, verdict.Chains, verdict.Pending, verdict.Checkpoints));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_database.Key));
    }

    [Theory]
    [InlineData("""UPDATE "Audit" SET "Who" = 'nobody' WHERE "Number" = 4""")]
    [InlineData("""UPDATE "Audit" SET "From" = '10.0.0.1' WHERE "Number" = 4""")]
    [InlineData("""UPDATE "Audit" SET "Action" = 'test.read' WHERE "Number" = 4""")]
    [InlineData("""UPDATE "Audit" SET "Target" = 'row/5' WHERE "Number" = 4""")]
    [InlineData("""UPDATE "Audit" SET "Before" = '1' WHERE "Number" = 4""")]
    [InlineData("""UPDATE "Audit" SET "After" = '' WHERE "Number" = 4""")]
    [InlineData("""UPDATE "Audit" SET "At" = "At" + 1 WHERE "Number" = 4""")]
    [InlineData("""UPDATE "Audit" SET "Hash" = "Previous" WHERE "Number" = 4""")]
    [InlineData("""UPDATE "Audit" SET "Previous" = "Hash" WHERE "Number" = 4""")]
    [InlineData("""UPDATE "Audit" SET "Who" = "Who" || "From" || 's', "From" = '' WHERE "Number" = 4""")]
    public async Task Edited_row_is_named(string sql)
    {
        await _database.TamperAsync(sql);
        Assert.Contains((await _database.VerifyAsync()).Findings, finding => (finding.Broker, finding.Number) == ("local", 4));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Deleted_row_is_named(int number)
    {
        await _database.TamperAsync(string.Create(CultureInfo.InvariantCulture, $"""DELETE FROM "Audit" WHERE "Number" = {number}"""));
        var finding = Assert.Single((await _database.VerifyAsync()).Findings);
        Assert.Equal(("local", number, "is missing"), (finding.Broker, finding.Number, finding.Detail));
    }

    [Fact]
    public async Task Deleted_row_whose_successors_moved_up_is_named()
    {
        await _database.TamperAsync("""DELETE FROM "Audit" WHERE "Number" = 4""");
        for (var number = 5; number <= 10; number++)
        {
            await _database.TamperAsync(string.Create(CultureInfo.InvariantCulture, $"""UPDATE "Audit" SET "Number" = {number - 1} WHERE "Number" = {number}"""));
        }

        Assert.Contains((await _database.VerifyAsync()).Findings, finding => finding.Number == 4);
    }

    [Fact]
    public async Task Rows_that_changed_places_are_named()
    {
        await _database.TamperAsync("""UPDATE "Audit" SET "Number" = 100 WHERE "Number" = 4""");
        await _database.TamperAsync("""UPDATE "Audit" SET "Number" = 4 WHERE "Number" = 5""");
        await _database.TamperAsync("""UPDATE "Audit" SET "Number" = 5 WHERE "Number" = 100""");
        var found = (await _database.VerifyAsync()).Findings.Select(finding => finding.Number).ToHashSet();
        Assert.Superset(new HashSet<long> { 4, 5 }, found);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(0)]
    public async Task End_that_was_cut_off_is_found_by_the_checkpoint(int left)
    {
        await _database.TamperAsync(string.Create(CultureInfo.InvariantCulture, $"""DELETE FROM "Audit" WHERE "Number" > {left}"""));
        var finding = Assert.Single((await _database.VerifyAsync()).Findings);
        Assert.Equal(("local", left + 1), (finding.Broker, finding.Number));
        Assert.Contains("up to 10", finding.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task End_that_was_cut_off_and_grew_again_is_found_by_the_checkpoint()
    {
        await _database.TamperAsync("""DELETE FROM "Audit" WHERE "Number" > 8""");
        for (var i = 0; i < 4; i++)
        {
            await _database.NoteAsync("test.cover");
        }

        await _database.MoveAsync();
        var finding = Assert.Single((await _database.VerifyAsync()).Findings);
        Assert.Equal(("local", 10), (finding.Broker, finding.Number));
    }

    [Fact]
    public async Task Checkpoint_that_was_forged_or_taken_away_is_found()
    {
        await _database.NoteAsync("test.write");
        await _database.MoveAsync();
        await _database.CheckpointAsync();
        await _database.NoteAsync("test.write");
        await _database.MoveAsync();
        await _database.CheckpointAsync();
        Assert.Empty((await _database.VerifyAsync()).Findings);

        var second = Path.Combine(_database.Checkpoints, "checkpoint-00000002.json");
        var text = await File.ReadAllTextAsync(second);
        await File.WriteAllTextAsync(second, text.Replace("\"number\":11", "\"number\":10", StringComparison.Ordinal));
        Assert.Contains((await _database.VerifyAsync()).Findings, finding => finding.Detail.Contains("checkpoint-00000002.json does not bear the signature", StringComparison.Ordinal));

        await File.WriteAllTextAsync(second, "{}");
        Assert.Contains((await _database.VerifyAsync()).Findings, finding => finding.Detail.Contains("checkpoint-00000002.json is damaged", StringComparison.Ordinal));

        File.Delete(second);
        Assert.Contains((await _database.VerifyAsync()).Findings, finding => finding.Detail.Contains("those between are missing", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Checkpoint_of_another_key_is_no_checkpoint()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await File.WriteAllTextAsync(_database.Key, other.ExportPkcs8PrivateKeyPem());
        Assert.Contains((await _database.VerifyAsync()).Findings, finding => finding.Detail.Contains("signature", StringComparison.Ordinal));
        File.Delete(_database.Key);
        Assert.Contains((await _database.VerifyAsync()).Findings, finding => finding.Detail.Contains("not known", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Chains_of_several_brokers_are_one_audit_and_one_checkpoint()
    {
        await _database.RestartAsync("second");
        await _database.NoteAsync("test.write");
        await _database.MoveAsync();
        await _database.CheckpointAsync();
        var checkpoint = AuditCheckpoints.In(_database.Checkpoints).Last().Checkpoint!;
        Assert.Equal([("local", 10), ("second", 1)], checkpoint.Heads.Select(head => (head.Broker, head.Number)));
        Assert.Equal(2, (await _database.VerifyAsync()).Chains);
        await _database.TamperAsync("""DELETE FROM "Audit" WHERE "Broker" = 'second'""");
        Assert.Equal(("second", 1), (await _database.VerifyAsync()).Findings.Select(finding => (finding.Broker, finding.Number)).Single());
    }

    protected virtual Task<string?> ConnectionStringAsync() => Task.FromResult<string?>(null);
}

public sealed class PostgreSqlAuditVerifierTests : AuditVerifierTests, IClassFixture<PostgreSqlAuditVerifierTests.Server>
{
    private readonly Server _server;

    public PostgreSqlAuditVerifierTests(Server server) => _server = server;

    protected override Task<string?> ConnectionStringAsync() => _server.NewAsync();

    /// <summary>One server, and a database for each test.</summary>
    public sealed class Server : IAsyncLifetime
    {
        private PostgreSqlServer _server = null!;

        public async Task InitializeAsync() => _server = await PostgreSqlServer.StartAsync();

        public async Task<string?> NewAsync() => await _server.NewDatabaseAsync();

        public async Task DisposeAsync() => await _server.DisposeAsync();
    }
}
