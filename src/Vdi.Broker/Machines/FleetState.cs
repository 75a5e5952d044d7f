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
    public Task<string?> AdmitAsync(Admit admit, CancellationToken stop) => AskAsync(admit.TicketHash, admit, stop);

    /// <summary>Asks the host to take a file from somebody; returns its refusal, or null.</summary>
    public Task<string?> AdmitAsync(AdmitUpload admit, CancellationToken stop) => AskAsync(admit.TicketHash, admit, stop);

    /// <summary>Asks the host to give a file to somebody; returns its refusal, or null.</summary>
    public Task<string?> AdmitAsync(AdmitDownload admit, CancellationToken stop) => AskAsync(admit.TicketHash, admit, stop);

    private async Task<string?> AskAsync(string ticketHash, FleetMessage question, CancellationToken stop)
    {
        var answer = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        _admitting[ticketHash] = answer;
        try
        {
            await host.SendAsync(question, stop);
            return await answer.Task.WaitAsync(AdmitDeadline, stop);
        }
        catch (TimeoutException)
        {
            return $"The host did not answer within {AdmitDeadline.TotalSeconds:0} s. Try again.";
        }
        finally
        {
            _admitting.TryRemove(ticketHash, out _);
        }
    }

    /// <summary>The host answered to whom it was asked about by this hash.</summary>
    internal void Answer(string ticketHash, string? refusal)
    {
        if (_admitting.TryGetValue(ticketHash, out var waiting))
        {
            waiting.TrySetResult(refusal);
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
