using System.Collections.Concurrent;
using System.Security.Cryptography;
using Vdi.Protocol.Fleet;
using Vdi.Protocol.Wire;
using Vdi.TestSupport;

namespace Vdi.Host.Tests;

/// <summary>A host, and the broker's end of its line.</summary>
public abstract class HostUnderTest : IAsyncLifetime
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<FleetMessage> _heard = new();
    private Task _hearing = Task.CompletedTask;

    protected HostUnderTest() => (Broker, HostLink) = InProcessFleetLink.Create();

    private protected IFleetLink Broker { get; }

    private protected IFleetLink HostLink { get; }

    /// <summary>What it reported last.</summary>
    private protected ActualState? Newest => _heard.OfType<ActualState>().LastOrDefault();

    private protected abstract Task StartHostAsync();

    private protected abstract Task StopHostAsync();

    public async Task InitializeAsync()
    {
        await StartHostAsync();
        _hearing = HearAsync();
    }

    public async Task DisposeAsync()
    {
        await StopHostAsync();
        await _stop.CancelAsync();
        await _hearing.ContinueWith(_ => { }, TaskScheduler.Default);
        _stop.Dispose();
    }

    private protected async Task<Admitted> AdmitAsync(Guid machine, long epoch)
    {
        var ticket = NewTicket();
        await Broker.SendAsync(new Admit(ticket, Guid.NewGuid(), machine, epoch, "somebody", "Desktop", Rights.View, TimeProvider.System.GetUtcNow().AddSeconds(30)), default);
        return await AnswerAsync<Admitted>(admitted => admitted.TicketHash == ticket);
    }

    private protected static string NewTicket() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    private protected async Task<T> AnswerAsync<T>(Func<T, bool> isIt)
        where T : FleetMessage
    {
        T? answer = null;
        await Eventually.HoldsAsync(() => Task.FromResult((answer = _heard.OfType<T>().FirstOrDefault(isIt)) is not null), "the host answers");
        return answer!;
    }

    private async Task HearAsync()
    {
        await foreach (var message in Broker.ReceiveAsync(_stop.Token))
        {
            _heard.Enqueue(message);
        }
    }
}
