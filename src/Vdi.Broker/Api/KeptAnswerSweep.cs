using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Data;

namespace Vdi.Broker.Api;

/// <summary>Forgets answers that are kept for nobody any more.</summary>
internal sealed class KeptAnswerSweep(IServiceScopeFactory scopes, TimeProvider time, ILogger<KeptAnswerSweep> log) : Sweep(scopes, time, log)
{
    private readonly TimeProvider _time = time;

    protected override async Task SweepAsync(IServiceProvider services, CancellationToken stop)
    {
        var old = _time.GetUtcNow() - IdempotencyFilter.Kept;
        var db = services.GetRequiredService<VdiDb>();
        using var turn = await WriteTurn.TakeAsync(db, stop);
        await db.KeptAnswers.Where(answer => answer.At < old).ExecuteDeleteAsync(stop);
    }
}
