using System.Collections.Concurrent;
using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Machines;

/// <summary>The broker's end of the line to its host: what the host last reported, and answers that are waited for.</summary>
public sealed class FleetState(IFleetLink host)
{
    private static readonly TimeSpan AdmitDeadline = TimeSpan.FromSeconds(5);
    private readonly ConcurrentDictionary<string, TaskCompletionSource<string?>> _admitting = new();
    private readonly SemaphoreSlim _wake = new(0, 1);

    /// <summary>The newest report, or null before the first.</summary>
    public ActualState? Newest { get; internal set; }

    /// <summary>When the reconciler last went through everything; null before the first time.</summary>
    public DateTimeOffset? LastPass { get; private set; }

    internal void Passed(DateTimeOffset now) => LastPass = now;

    public string Host => Newest?.Host ?? "local";

    public ValueTask SendAsync(FleetMessage message, CancellationToken stop) => host.SendAsync(message, stop);

    /// <summary>Asks the host to let somebody in; returns its refusal, or null.</summary>
    public async Task<string?> AdmitAsync(Admit admit, CancellationToken stop)
    {
        var answer = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        _admitting[admit.TicketHash] = answer;
        try
        {
            await host.SendAsync(admit, stop);
            return await answer.Task.WaitAsync(AdmitDeadline, stop);
        }
        catch (TimeoutException)
        {
            return $"The host did not answer within {AdmitDeadline.TotalSeconds:0} s. Try again.";
        }
        finally
        {
            _admitting.TryRemove(admit.TicketHash, out _);
        }
    }

    internal void Answer(Admitted admitted)
    {
        if (_admitting.TryGetValue(admitted.TicketHash, out var waiting))
        {
            waiting.TrySetResult(admitted.Refusal);
        }
    }

    /// <summary>The reconciler shall look now.</summary>
    public void Wake()
    {
        lock (_wake)
        {
            if (_wake.CurrentCount == 0)
            {
                _wake.Release();
            }
        }
    }

    internal Task<bool> WaitAsync(TimeSpan longest, CancellationToken stop) => _wake.WaitAsync(longest, stop);
}
