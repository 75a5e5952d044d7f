using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;

namespace Vdi.Broker.Data;

/// <summary>SQLite has one writer at a time: those of this process take turns, in order, instead of knocking at its lock. Other databases need none.</summary>
internal sealed class WriteTurn : IDisposable
{
    private static readonly ConcurrentDictionary<string, SemaphoreSlim> All = new();
    private readonly SemaphoreSlim _turns;

    private WriteTurn(SemaphoreSlim turns) => _turns = turns;

    /// <summary>Waits for the turn to write; null where the database needs none, or a transaction that is under way has it.</summary>
    public static async Task<WriteTurn?> TakeAsync(VdiDb db, CancellationToken stop)
    {
        if (!db.Database.IsSqlite() || db.Database.CurrentTransaction is not null)
        {
            return null;
        }

        var turns = All.GetOrAdd(db.Database.GetConnectionString() ?? "", _ => new SemaphoreSlim(1, 1));
        await turns.WaitAsync(stop);
        return new WriteTurn(turns);
    }

    public void Dispose() => _turns.Release();
}
