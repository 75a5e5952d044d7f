using System.Text.Json.Nodes;
using Vdi.Emulator.Machines;

namespace Vdi.Emulator.Templates;

internal static class Migration
{
    /// <summary>Leaves shared RAM out of the state file: the RAM file itself is the memory (QEMU's capability x-ignore-shared).</summary>
    public static Task ShareMemoryAsync(QmpClient qmp, CancellationToken stop) => qmp.CallAsync(
        "migrate-set-capabilities",
        new JsonObject { ["capabilities"] = new JsonArray(new JsonObject { ["capability"] = "x-ignore-shared", ["state"] = true }) },
        stop);
}
