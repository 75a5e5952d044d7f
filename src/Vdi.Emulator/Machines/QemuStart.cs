using System.Text;

namespace Vdi.Emulator.Machines;

internal static class QemuStart
{
    /// <summary>More of the log than this is never read: a QEMU can fill it.</summary>
    private const int TailBytes = 4096;

    /// <summary>The monitor of a QEMU that was just started; where it died instead, its own last words are the error.</summary>
    public static async Task<QmpClient> ConnectAsync(string folder, QemuProcess process, CancellationToken stop)
    {
        try
        {
            return await QmpClient.ConnectAsync(Path.Combine(folder, "qmp"), process.Pid, TimeSpan.FromSeconds(20), stop);
        }
        catch (MachineException e)
        {
            throw new MachineException($"QEMU {(process.IsAlive ? "is silent" : "did not start")}: {LastWords(folder) ?? e.Message}", e);
        }
    }

    /// <summary>The end of what QEMU printed; null where it printed nothing.</summary>
    public static string? LastWords(string folder)
    {
        try
        {
            using var log = new FileStream(Path.Combine(folder, "log"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            log.Position = Math.Max(0, log.Length - TailBytes);
            var tail = new byte[TailBytes];
            var words = PeerText.Tail(Encoding.UTF8.GetString(tail.AsSpan(0, log.ReadAtLeast(tail, tail.Length, throwOnEndOfStream: false))).Trim());
            return words.Length == 0 ? null : words;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
