namespace Vdi.Emulator.Machines;

internal static class QemuStart
{
    /// <summary>The monitor of a QEMU that was just started; where it died instead, its own last words are the error.</summary>
    public static async Task<QmpClient> ConnectAsync(string folder, QemuProcess process, CancellationToken stop)
    {
        try
        {
            return await QmpClient.ConnectAsync(Path.Combine(folder, "qmp"), TimeSpan.FromSeconds(20), stop);
        }
        catch (MachineException e)
        {
            throw new MachineException($"QEMU {(process.IsAlive ? "is silent" : "did not start")}: {LastWords(folder) ?? e.Message}", e);
        }
    }

    public static string? LastWords(string folder)
    {
        var log = Path.Combine(folder, "log");
        var words = File.Exists(log) ? File.ReadAllText(log).Trim() : "";
        return words.Length == 0 ? null : words[^Math.Min(words.Length, 600)..];
    }
}
