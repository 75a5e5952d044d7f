using System.Collections.Concurrent;
using Microsoft.AspNetCore.SignalR;

namespace Vdi.Host.Desktops;

/// <summary>Connections that have not said Hello yet: they have a deadline, and there are only so many of them.</summary>
public sealed class SilentConnections(HostOptions options, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, (HubCallerContext Context, long Since)> _silent = new();

    public void Add(HubCallerContext context)
    {
        _silent[context.ConnectionId] = (context, time.GetTimestamp());
        if (_silent.Count > options.MaxSilentConnections && _silent.Values.MinBy(silent => silent.Since).Context is { } oldest)
        {
            Remove(oldest);
            oldest.Abort();
        }

        _ = EndLaterAsync(context);
    }

    /// <summary>It said Hello, or left.</summary>
    public void Remove(HubCallerContext context) => _silent.TryRemove(context.ConnectionId, out _);

    private async Task EndLaterAsync(HubCallerContext context)
    {
        try
        {
            await Task.Delay(options.HelloDeadline, time, context.ConnectionAborted);
            if (_silent.TryRemove(context.ConnectionId, out _))
            {
                context.Abort();
            }
        }
        catch (OperationCanceledException)
        {
            // It left.
        }
    }
}
