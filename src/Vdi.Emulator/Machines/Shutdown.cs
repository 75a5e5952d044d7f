using System.Text.Json.Nodes;
using Vdi.Emulator.Guest;

namespace Vdi.Emulator.Machines;

/// <summary>The orderly end of a machine: the guest is asked, and QEMU ends when the guest has switched itself off.</summary>
internal static class Shutdown
{
    /// <summary>True once QEMU has ended; false when it had not after <paramref name="grace"/>.</summary>
    public static async Task<bool> RunAsync(QemuProcess process, QmpClient qmp, GuestAgentClient? agent, TimeSpan grace, CancellationToken stop)
    {
        var half = grace / 2;
        if (agent is not null && await AskAgentAsync(process, agent, half, stop))
        {
            return true;
        }

        // The power button: a desktop may only ask its user what it should mean, so it comes second.
        try
        {
            await qmp.CallAsync("system_powerdown", null, stop);
        }
        catch (MachineException)
        {
            // The monitor went with its QEMU, or is hung: what counts is whether the process ends.
        }

        return await process.WaitForExitAsync(agent is null ? grace : half, stop);
    }

    /// <summary>guest-shutdown (QEMU docs/interop/qemu-ga-ref) has no answer when it works: either QEMU ends, or the agent refuses.</summary>
    private static async Task<bool> AskAgentAsync(QemuProcess process, GuestAgentClient agent, TimeSpan patience, CancellationToken stop)
    {
        using var done = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var answer = agent.CallAsync("guest-shutdown", new JsonObject { ["mode"] = "powerdown" }, patience, done.Token);
        var exit = process.WaitForExitAsync(patience, done.Token);
        var refused = await Task.WhenAny(answer, exit) == answer && answer.IsFaulted;
        var ended = refused ? !process.IsAlive : await exit;
        await done.CancelAsync();
        await Task.WhenAll(answer, exit).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        stop.ThrowIfCancellationRequested();
        return ended;
    }
}
