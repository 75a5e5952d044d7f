namespace Vdi.Broker.Audit;

/// <summary>Tells the chain that something was noted. It looks once a second anyway: for what a verb noted, and for transactions that took long.</summary>
public sealed class AuditWake
{
    private readonly SemaphoreSlim _noted = new(0, 1);

    internal void Wake()
    {
        lock (_noted)
        {
            if (_noted.CurrentCount == 0)
            {
                _noted.Release();
            }
        }
    }

    internal Task<bool> WaitAsync(TimeSpan longest, CancellationToken stop) => _noted.WaitAsync(longest, stop);
}
