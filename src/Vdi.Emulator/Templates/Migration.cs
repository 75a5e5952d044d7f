using System.Diagnostics;
using System.Text.Json.Nodes;
using Vdi.Emulator.Machines;

namespace Vdi.Emulator.Templates;

/// <summary>Saving and loading machines (QEMU docs/interop/qemu-qmp-ref, Migration).</summary>
internal static class Migration
{
    private static readonly TimeSpan GoOnDeadline = TimeSpan.FromSeconds(20);

    /// <summary>Leaves shared RAM out of the state file: the RAM file itself is the memory (QEMU's capability x-ignore-shared).</summary>
    public static Task ShareMemoryAsync(QmpClient qmp, CancellationToken stop) => SetSharingAsync(qmp, true, stop);

    /// <summary>All memory is in what is saved next, as fast as it is taken.</summary>
    public static async Task SaveAllMemoryAsync(QmpClient qmp, long bytesPerSecond, CancellationToken stop)
    {
        await SetSharingAsync(qmp, false, stop);
        await qmp.CallAsync("migrate-set-parameters", new JsonObject { ["max-bandwidth"] = bytesPerSecond }, stop);
    }

    /// <summary>Loads a saved state into a QEMU that waits for it; its processors stand still when this returns.</summary>
    public static async Task LoadAsync(QmpClient qmp, string folder, string state, TimeSpan longest, CancellationToken stop)
    {
        await qmp.CallAsync("migrate-incoming", new JsonObject { ["uri"] = $"file:{state}" }, stop);
        var deadline = Stopwatch.StartNew();
        while (await qmp.StatusAsync(stop) == "inmigrate")
        {
            if (deadline.Elapsed > longest)
            {
                throw new MachineException($"The saved state did not load within {longest.TotalSeconds:0} s: {QemuStart.LastWords(folder) ?? "QEMU says nothing"}");
            }

            await Task.Delay(2, stop);
        }
    }

    /// <summary>Lets a machine go on that stands still because it was to be saved, whatever became of that.</summary>
    public static async Task GoOnAsync(QmpClient qmp, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(GoOnDeadline);
        while (await qmp.StatusAsync(limit.Token) is not "running")
        {
            try
            {
                await qmp.CallAsync("migrate_cancel", null, limit.Token);
                await qmp.CallAsync("cont", null, limit.Token);
            }
            catch (MachineException)
            {
                // It has not given up saving yet.
                await Task.Delay(50, limit.Token);
            }
        }
    }

    private static Task SetSharingAsync(QmpClient qmp, bool share, CancellationToken stop) => qmp.CallAsync(
        "migrate-set-capabilities",
        new JsonObject { ["capabilities"] = new JsonArray(new JsonObject { ["capability"] = "x-ignore-shared", ["state"] = share }) },
        stop);
}
