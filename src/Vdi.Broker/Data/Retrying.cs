using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;

namespace Vdi.Broker.Data;

internal static class Retrying
{
    private const int Most = 6;

    /// <summary>SQLite has one writer at a time: those of this process take turns, in order, instead of knocking at the lock.</summary>
    private static readonly ConcurrentDictionary<string, SemaphoreSlim> Turns = new();

    /// <summary>Does a piece of work in a transaction, and again from its beginning where somebody else changed the same rows meanwhile.</summary>
    /// <param name="work">Reads what it needs anew, each time.</param>
    public static async Task<T> InTransactionAsync<T>(this VdiDb db, Func<Task<T>> work, CancellationToken stop)
    {
        using var turn = await TurnAsync(db, stop);
        for (var tries = 1; ; tries++)
        {
            await using var transaction = await db.Database.BeginTransactionAsync(stop);
            try
            {
                var result = await work();
                await db.SaveChangesAsync(stop);
                await transaction.CommitAsync(stop);
                return result;
            }
            catch (DbUpdateException e) when (tries < Most && (e is DbUpdateConcurrencyException || e.IsUniqueViolation()))
            {
                await transaction.RollbackAsync(stop);
                db.ChangeTracker.Clear();
            }
        }
    }

    private static async Task<IDisposable?> TurnAsync(VdiDb db, CancellationToken stop)
    {
        if (!db.Database.IsSqlite())
        {
            return null;
        }

        var turns = Turns.GetOrAdd(db.Database.GetConnectionString() ?? "", _ => new SemaphoreSlim(1, 1));
        await turns.WaitAsync(stop);
        return new Turn(turns);
    }

    private sealed class Turn(SemaphoreSlim turns) : IDisposable
    {
        public void Dispose() => turns.Release();
    }
}
