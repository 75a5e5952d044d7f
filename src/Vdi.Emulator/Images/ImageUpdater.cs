using Vdi.Emulator.Editing;
using Vdi.Emulator.Guest;
using Vdi.Emulator.Machines;

namespace Vdi.Emulator.Images;

/// <summary>Updates the guest of an editing machine by its own package manager.</summary>
public static class ImageUpdater
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>True where a package is another one now than before.</summary>
    /// <param name="boot">How long the guest may take to start.</param>
    public static async Task<bool> RunAsync(EditMachine edit, TimeSpan boot, IProgress<WorkProgress>? progress, CancellationToken stop)
    {
        progress?.Report(new WorkProgress("starts the image", null));
        await edit.StartAsync(stop);
        var agent = await AgentAsync(edit, boot, stop);
        var before = await PackageList.ReadAsync(agent, stop);
        progress?.Report(new WorkProgress("installs updates", null));
        await GuestUpdate.RunAsync(agent, stop);
        return before is null || await PackageList.ReadAsync(agent, stop) is not { } after || PackageList.Compare(before, after).Count > 0;
    }

    private static async Task<GuestAgentClient> AgentAsync(EditMachine edit, TimeSpan boot, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(boot);
        try
        {
            while (true)
            {
                if (edit.Running is not { IsAlive: true } machine)
                {
                    throw new MachineException("The image switched itself off while it was to be updated");
                }

                if (machine.Agent is { } agent)
                {
                    return agent;
                }

                await Task.Delay(Pause, limit.Token);
            }
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new MachineException($"The image's guest agent did not answer within {boot.TotalMinutes:0} min");
        }
    }
}
