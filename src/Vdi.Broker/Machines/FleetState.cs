using System.Collections.Concurrent;
using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Machines;

/// <summary>The broker's end of the line to its host: what the host last reported, and answers that are waited for.</summary>
public sealed class FleetState(IFleetLink host)
{
    private static readonly TimeSpan AdmitDeadline = TimeSpan.FromSeconds(5);

    /// <summary>A disk of terabytes whose tables are gone through.</summary>
    private static readonly TimeSpan HomeDeadline = TimeSpan.FromSeconds(60);

    /// <summary>A machine is forked for it, maybe after its template was made.</summary>
    private static readonly TimeSpan AppsDeadline = TimeSpan.FromMinutes(10);
    private readonly ConcurrentDictionary<string, TaskCompletionSource<string?>> _admitting = new();
    private readonly ConcurrentDictionary<Guid, TaskCompletionSource<HomeAnswer>> _homes = new();
    private readonly ConcurrentDictionary<Guid, TaskCompletionSource<AppsAnswer>> _apps = new();
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

    /// <summary>Asks the host about somebody's files, or to do something with them.</summary>
    public Task<HomeAnswer> AskAsync(AskHome ask, CancellationToken stop) => AskAsync(_homes, ask.Ask, ask, HomeDeadline, why => new HomeAnswer(ask.Ask, null, why), stop);

    /// <summary>Asks the host what applications an image has.</summary>
    public Task<AppsAnswer> AskAsync(AskApps ask, CancellationToken stop) => AskAsync(_apps, ask.Ask, ask, AppsDeadline, why => new AppsAnswer(ask.Ask, null, why), stop);

    private Task<string?> AskAsync(string ticketHash, FleetMessage question, CancellationToken stop) => AskAsync(_admitting, ticketHash, question, AdmitDeadline, why => why, stop);

    private async Task<T> AskAsync<TKey, T>(ConcurrentDictionary<TKey, TaskCompletionSource<T>> asked, TKey key, FleetMessage question, TimeSpan deadline, Func<string, T> silent, CancellationToken stop)
        where TKey : notnull
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        asked[key] = answer;
        try
        {
            await host.SendAsync(question, stop);
            return await answer.Task.WaitAsync(deadline, stop);
        }
        catch (TimeoutException)
        {
            return silent($"The host did not answer within {deadline.TotalSeconds:0} s. Try again.");
        }
        finally
        {
            asked.TryRemove(key, out _);
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

    internal void Answer(HomeAnswer answer) => Answer(_homes, answer.Ask, answer);

    internal void Answer(AppsAnswer answer) => Answer(_apps, answer.Ask, answer);

    private static void Answer<T>(ConcurrentDictionary<Guid, TaskCompletionSource<T>> asked, Guid ask, T answer)
    {
        if (asked.TryGetValue(ask, out var waiting))
        {
            waiting.TrySetResult(answer);
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
