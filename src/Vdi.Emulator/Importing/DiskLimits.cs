using Vdi.Protocol.Fleet;

namespace Vdi.Emulator.Importing;

/// <summary>What a disk's file may ask of this computer.</summary>
/// <param name="MaxBytes">What a guest may see of the disk, or what an installer's file may have.</param>
/// <param name="SpareBytes">Disk that stays free beside what is written.</param>
public sealed record DiskLimits(long MaxBytes, long SpareBytes)
{
    public static DiskLimits Default { get; } = new((long)ImageHardware.MaxDiskGiB << 30, 2L << 30);
}
