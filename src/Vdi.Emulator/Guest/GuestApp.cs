using Vdi.Emulator.Machines;
using Vdi.Protocol.Apps;
using Vdi.Protocol.Fleet;

namespace Vdi.Emulator.Guest;

/// <summary>Turns the desktop of a guest of our recipes into one application on the whole screen.</summary>
internal static class GuestApp
{
    public const string Name = "The application's keeper";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    /// <summary>A guest that starts anew comes back with it: what is to be shown lies on its disk. Arguments: the words of /etc/vdi/app, a line each.</summary>
    private const string Script = """
        [ -x /usr/lib/vdi/app ] || { echo "its image is older than single applications: build it anew" >&2; exit 20; }
        mkdir -p /etc/vdi && printf '%s\n' "$@" >/etc/vdi/app && systemctl restart vdi-desktop
        """;

    /// <summary>Starts it; its window comes a moment later.</summary>
    /// <exception cref="MachineException">The guest cannot, and why.</exception>
    public static async Task OpenAsync(GuestAgentClient agent, MachineApp app, CancellationToken stop)
    {
        var (code, _, errors) = await agent.RunAsync("/bin/sh", ["-c", Script, "app", .. AppLine.Words(app).Select(AppLine.Encode)], Deadline, stop);
        if (code != 0)
        {
            throw new MachineException($"The guest could not turn to '{app.Command}' ({code}): {PeerText.Head(errors)}");
        }
    }

    /// <summary>Waits until it has a window.</summary>
    /// <param name="open">A line to its keeper.</param>
    /// <exception cref="MachineException">It ended, or has none in time; with the last that it said.</exception>
    public static async Task WaitForWindowAsync(MachineApp app, Func<CancellationToken, Task<AppLine>> open, TimeSpan deadline, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(deadline > TimeSpan.Zero ? deadline : TimeSpan.FromSeconds(1));
        await using var line = await open(limit.Token);
        var asking = AskUntilHeardAsync(line, limit.Token);
        try
        {
            await foreach (var message in line.ReadAsync(limit.Token))
            {
                switch (message)
                {
                    case AppWindows { Count: > 0 }:
                        return;
                    case AppEnded end:
                        throw new MachineException($"'{app.Command}' opened no window: {end.How}{(end.Output.Length > 0 ? $", and said last: {PeerText.Head(end.Output)}" : "")}");
                }
            }
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            // In time it was not.
        }
        finally
        {
            await limit.CancelAsync();
            await asking;
        }

        throw new MachineException($"'{app.Command}' runs, but opened no window in time");
    }

    /// <summary>Its keeper may not have started yet, and what is said to nobody is lost.</summary>
    private static async Task AskUntilHeardAsync(AppLine line, CancellationToken stop)
    {
        try
        {
            while (true)
            {
                await line.AskAsync(stop);
                await Task.Delay(500, stop);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // It is over.
        }
    }
}
