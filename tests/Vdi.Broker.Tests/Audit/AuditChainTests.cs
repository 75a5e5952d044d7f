using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Vdi.Broker.Audit;
using Vdi.Broker.Data;
using Vdi.TestSupport;

namespace Vdi.Broker.Tests.Audit;

/// <summary>From a note to the chain, over SQLite; <see cref="PostgreSqlAuditChainTests"/> does the same over PostgreSQL.</summary>
public class AuditChainTests : IAsyncLifetime
{
    private AuditedDatabase _database = null!;

    public virtual async Task InitializeAsync() => _database = await AuditedDatabase.StartAsync(await ConnectionStringAsync());

    public virtual async Task DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task Notes_become_a_chain_in_their_order()
    {
        await _database.NoteAsync("pool.create", "pool/one", after: new { name = "하나" });
        await _database.NoteAsync("pool.edit", "pool/one", new { warm = 1 }, new { warm = 2 });
        await _database.MoveAsync();
        await _database.NoteAsync("pool.delete");
        await _database.MoveAsync();
        var entries = await EntriesAsync();
        Assert.Equal([(1, "pool.create"), (2, "pool.edit"), (3, "pool.delete")], entries.Select(entry => (entry.Number, entry.Action)));
        Assert.Equal(("", """{"name":"하나"}"""), (entries[0].Before, entries[0].After));
        Assert.Equal(("""{"warm":1}""", """{"warm":2}"""), (entries[1].Before, entries[1].After));
        Assert.All(entries, entry => Assert.Equal(("local", "system", ""), (entry.Broker, entry.Who, entry.From)));
        Assert.Equal([AuditHash.Nothing, entries[0].Hash, entries[1].Hash], entries.Select(entry => entry.Previous));
        Assert.Equal(0, await _database.QueryAsync(db => db.AuditPending.Count()));
        Assert.Empty((await _database.VerifyAsync()).Findings);
    }

    [Fact]
    public async Task What_is_rolled_back_leaves_no_entry()
    {
        await using (var scope = _database.Services.CreateAsyncScope())
        {
            var db = scope.ServiceProvider.GetRequiredService<VdiDb>();
            await using var transaction = await db.Database.BeginTransactionAsync();
            scope.ServiceProvider.GetRequiredService<AuditLog>().Note("pool.edit", "pool/one");
            await db.SaveChangesAsync();
            await transaction.RollbackAsync();
        }

        await _database.NoteAsync("pool.delete");
        await _database.MoveAsync();
        Assert.Equal("pool.delete", Assert.Single(await EntriesAsync()).Action);
    }

    [Fact]
    public async Task Sixteen_writers_lose_nothing_and_each_keeps_its_order()
    {
        using var stop = new CancellationTokenSource();
        var moving = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await _database.MoveAsync();
            }
        });
        await Task.WhenAll(Enumerable.Range(0, 16).Select(writer => Task.Run(async () =>
        {
            for (var i = 0; i < 25; i++)
            {
                await _database.NoteAsync("test.write", $"writer/{writer}", after: i);
            }
        })));
        await stop.CancelAsync();
        await moving;
        await _database.MoveAsync();
        var entries = await EntriesAsync();
        Assert.Equal(Enumerable.Range(1, 400), entries.Select(entry => (int)entry.Number));
        foreach (var writer in entries.GroupBy(entry => entry.Target))
        {
            Assert.Equal(Enumerable.Range(0, 25).Select(i => $"{i}"), writer.Select(entry => entry.After));
        }

        Assert.Empty((await _database.VerifyAsync()).Findings);
    }

    [Fact]
    public async Task Broker_that_dies_between_note_and_chain_loses_and_doubles_nothing()
    {
        await _database.NoteAsync("one");
        await _database.MoveAsync();
        await _database.NoteAsync("two");
        await _database.RestartAsync();
        await _database.MoveAsync();
        await _database.RestartAsync();
        await _database.MoveAsync();
        Assert.Equal(["one", "two"], (await EntriesAsync()).Select(entry => entry.Action));
    }

    [Fact]
    public async Task Transaction_of_the_chain_that_is_cut_off_moves_nothing_and_the_next_one_all()
    {
        await _database.NoteAsync("one");
        await _database.NoteAsync("two");

        // Somebody else holds number 1: the insertion fails after the notes were read.
        await using (var scope = _database.Services.CreateAsyncScope())
        {
            var db = scope.ServiceProvider.GetRequiredService<VdiDb>();
            await using var transaction = await db.Database.BeginTransactionAsync();
            var notes = await db.AuditPending.OrderBy(note => note.Id).ToListAsync();
            db.AuditPending.Remove(notes[0]);
            db.Audit.Add(new AuditEntry { Broker = "local", Number = 1, Who = "", Action = "half", Target = "", Previous = "", Hash = "" });
            await db.SaveChangesAsync();
        }

        await _database.MoveAsync();
        Assert.Equal(["one", "two"], (await EntriesAsync()).Select(entry => entry.Action));
        Assert.Empty((await _database.VerifyAsync()).Findings);
    }

    [Fact]
    public async Task Two_chains_of_one_broker_at_once_double_nothing()
    {
        for (var i = 0; i < 50; i++)
        {
            await _database.NoteAsync("test.write", after: i);
        }

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            try
            {
                await ActivatorUtilities.CreateInstance<AuditChain>(_database.Services).MoveAllAsync(default);
            }
            catch (DbUpdateException)
            {
                // The other one was first.
            }
        })));
        await _database.MoveAsync();
        Assert.Equal(Enumerable.Range(0, 50).Select(i => $"{i}"), (await EntriesAsync()).Select(entry => entry.After));
        Assert.Empty((await _database.VerifyAsync()).Findings);
    }

    [Fact]
    public async Task What_a_broker_that_is_gone_left_is_taken_over()
    {
        await _database.NoteAsync("left");
        await _database.RestartAsync("other");
        await _database.NoteAsync("own");
        await _database.MoveAsync();
        Assert.Equal(["own"], (await EntriesAsync()).Select(entry => entry.Action));
        await using (var scope = _database.Services.CreateAsyncScope())
        {
            await scope.ServiceProvider.GetRequiredService<VdiDb>().Database.ExecuteSqlAsync($"""UPDATE "AuditPending" SET "At" = "At" - {TimeSpan.FromMinutes(11).Ticks}""");
        }

        await _database.MoveAsync();
        Assert.Equal([("other", "own"), ("other", "left")], (await EntriesAsync()).Select(entry => (entry.Broker, entry.Action)));
        Assert.Empty((await _database.VerifyAsync()).Findings);
    }

    [Fact]
    public async Task Entries_cannot_be_changed_or_deleted_by_code_or_by_hand()
    {
        await _database.NoteAsync("one");
        await _database.MoveAsync();
        await using var scope = _database.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<VdiDb>();
        var entry = await db.Audit.SingleAsync();
        entry.Who = "somebody else";
        await Assert.ThrowsAsync<InvalidOperationException>(() => db.SaveChangesAsync());
        db.ChangeTracker.Clear();
        var words = new List<string>();
        foreach (var sql in (string[])["""UPDATE "Audit" SET "Who" = 'x'""", """DELETE FROM "Audit" """])
        {
            words.Add((await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => db.Database.ExecuteSqlRawAsync(sql))).Message);
        }

        Assert.All(words, word => Assert.Contains("append-only", word, StringComparison.Ordinal));
    }

    protected virtual Task<string?> ConnectionStringAsync() => Task.FromResult<string?>(null);

    private Task<List<AuditEntry>> EntriesAsync() => _database.QueryAsync(db => db.Audit.AsNoTracking().OrderBy(entry => entry.Number).ToList());
}

public sealed class PostgreSqlAuditChainTests : AuditChainTests
{
    private PostgreSqlServer? _server;

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _server!.DisposeAsync();
    }

    protected override async Task<string?> ConnectionStringAsync() => (_server = await PostgreSqlServer.StartAsync()).ConnectionString;
}
