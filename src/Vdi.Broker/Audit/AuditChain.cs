using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Vdi.Broker.Data;

namespace Vdi.Broker.Audit;

/// <summary>Moves what was noted into this broker's chain, in order, several at a time, so that nobody who notes waits for the chain. One transaction takes
/// it from the one table into the other: a crash loses and doubles nothing.</summary>
internal sealed partial class AuditChain(IServiceScopeFactory scopes, AuditWake wake, AuditCheckpoints checkpoints, IOptions<AuditOptions> options, TimeProvider time, ILogger<AuditChain> log) : BackgroundService
{
    /// <summary>So many are moved in one transaction: others write to the database, too.</summary>
    internal const int Batch = 256;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>What is noted within this time costs one commit.</summary>
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(50);

    /// <summary>When the oldest was noted that is not in the chain yet; null where all are.</summary>
    public DateTimeOffset? Waiting { get; private set; }

    /// <summary>Moves everything that is there. It is called by one at a time.</summary>
    internal async Task MoveAllAsync(CancellationToken stop)
    {
        var moved = 0;
        do
        {
            await using var scope = scopes.CreateAsyncScope();
            moved = await MoveAsync(scope.ServiceProvider.GetRequiredService<VdiDb>(), stop);
            checkpoints.Count(moved);
        }
        while (moved == Batch);
        Waiting = null;
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await TryAsync(finish: true, cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            if (await wake.WaitAsync(Pause, stoppingToken))
            {
                await Task.Delay(Gather, time, stoppingToken);
            }

            await TryAsync(finish: false, stoppingToken);
        }
    }

    private async Task TryAsync(bool finish, CancellationToken stop)
    {
        try
        {
            await MoveAllAsync(stop);
            if (checkpoints.IsDue(finish))
            {
                await using var scope = scopes.CreateAsyncScope();
                await checkpoints.WriteAsync(scope.ServiceProvider.GetRequiredService<VdiDb>(), stop);
            }
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogFailed(e);
        }
    }

    private async Task<int> MoveAsync(VdiDb db, CancellationToken stop)
    {
        var broker = options.Value.Broker;
        var orphaned = time.GetUtcNow() - options.Value.OrphanedAfter;
        var all = db.AuditPending.AsNoTracking().Where(note => note.Broker == broker || note.At < orphaned).OrderBy(note => note.Id).Take(Batch);

        // Nothing is locked where there is nothing to do.
        if (await all.Select(note => (DateTimeOffset?)note.At).FirstOrDefaultAsync(stop) is not { } oldest)
        {
            return 0;
        }

        Waiting = oldest;
        using var turn = await WriteTurn.TakeAsync(db, stop);
        await using var transaction = await db.Database.BeginTransactionAsync(stop);
        var notes = await all.ToListAsync(stop);
        var head = await db.Audit.AsNoTracking().Where(entry => entry.Broker == broker).OrderByDescending(entry => entry.Number).FirstOrDefaultAsync(stop);
        foreach (var note in notes)
        {
            head = Follow(head, note, broker);
            db.Audit.Add(head);
        }

        await db.SaveChangesAsync(stop);
        var ids = notes.ConvertAll(note => note.Id);
        if (await db.AuditPending.Where(note => ids.Contains(note.Id)).ExecuteDeleteAsync(stop) != ids.Count)
        {
            // Another broker took some of them for orphans, too, and was first: the transaction ends here, and the next pass looks anew.
            throw new DbUpdateConcurrencyException("What was noted was moved by another broker meanwhile");
        }

        await transaction.CommitAsync(stop);
        return notes.Count;
    }

    private static AuditEntry Follow(AuditEntry? head, AuditPending note, string broker)
    {
        var entry = new AuditEntry
        {
            Broker = broker,
            Number = (head?.Number ?? 0) + 1,
            At = note.At,
            Who = note.Who,
            From = note.From,
            Action = note.Action,
            Target = note.Target,
            Before = note.Before,
            After = note.After,
            Previous = head?.Hash ?? AuditHash.Nothing,
            Hash = "",
        };
        entry.Hash = AuditHash.Of(entry);
        return entry;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "What was noted could not be moved into the audit's chain; it is tried again")]
    private partial void LogFailed(Exception cause);
}
