using Vdi.Emulator.Machines;

namespace Vdi.Emulator.Limits;

/// <summary>Memory that one machine may still write, kept from others until it has written it or ended.</summary>
internal sealed class MemoryClaim(long shareMiB, Action<MemoryClaim> forget) : IDisposable
{
    private QemuProcess? _process;

    /// <summary>Whether its process has come and gone.</summary>
    public bool HasEnded => _process is { IsAlive: false };

    /// <summary>What is promised and not used yet, in MiB: all of it while there is no process.</summary>
    public long OutstandingMiB(string proc) =>
        _process is { } process ? Math.Max(0, shareMiB - QemuProcess.ReadPrivateMiB(Path.Combine(proc, $"{process.Pid}", "status"))) : shareMiB;

    /// <summary>From now on it lasts as long as the process.</summary>
    public void GiveTo(QemuProcess process) => _process = process;

    /// <summary>The process is to be ended, and another one gets it.</summary>
    public void TakeBack() => _process = null;

    public void Dispose() => forget(this);
}
