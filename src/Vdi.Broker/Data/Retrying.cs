using System.Data;
using Microsoft.EntityFrameworkCore;

namespace Vdi.Broker.Data;

internal static class Retrying
{
    private const int Most = 6;

    /// <summary>Does a piece of work in a transaction, and again from its beginning where somebody else changed the same rows meanwhile.</summary>
    /// <param name="work">Reads what it needs anew, each time.</param>
    public static async Task<T> InTransactionAsync<T>(this VdiDb db, Func<Task<T>> work, CancellationToken stop)
    {
        var (result, _) = await db.InTransactionAsync(async () => (await work(), Keep: true), IsolationLevel.Unspecified, stop);
        return result;
    }

    /// <summary>The same, with a stricter isolation where it must be, and where the work itself says whether what it did is kept.</summary>
    public static async Task<(T Result, bool Keep)> InTransactionAsync<T>(this VdiDb db, Func<Task<(T Result, bool Keep)>> work, IsolationLevel isolation, CancellationToken stop)
    {
        using var turn = await WriteTurn.TakeAsync(db, stop);
        for (var tries = 1; ; tries++)
        {
            await using var transaction = await db.Database.BeginTransactionAsync(isolation, stop);
            try
            {
                var done = await work();
                if (done.Keep)
                {
                    await db.SaveChangesAsync(stop);
                    await transaction.CommitAsync(stop);
                }

                return done;
            }
            catch (Exception e) when (tries < Most && IsOvertaken(e))
            {
                // Somebody else changed the same at this moment: look again.
                await transaction.RollbackAsync(stop);
                db.ChangeTracker.Clear();
            }
        }
    }

    private static bool IsOvertaken(Exception e) => e switch
    {
        DbUpdateConcurrencyException => true,
        DbUpdateException update when update.IsUniqueViolation() => true,
        _ => e.IsSerializationFailure(),
    };
}
