using Microsoft.EntityFrameworkCore;

namespace Vdi.Broker.Data;

internal static class Retrying
{
    private const int Most = 6;

    /// <summary>Does a piece of work in a transaction, and again from its beginning where somebody else changed the same rows meanwhile.</summary>
    /// <param name="work">Reads what it needs anew, each time.</param>
    public static async Task<T> InTransactionAsync<T>(this VdiDb db, Func<Task<T>> work, CancellationToken stop)
    {
        using var turn = await WriteTurn.TakeAsync(db, stop);
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
}
