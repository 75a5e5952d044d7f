using Vdi.Emulator.Disks;

namespace Vdi.Emulator.Machines;

/// <summary>The files of a machine that its QEMU writes, beside its memory: its disk, its firmware's variables, its TPM.</summary>
internal static class MachineFolder
{
    public static string DiskIn(string folder) => Path.Combine(folder, "disk.qcow2");

    /// <summary>Makes the files of a new machine, for its user.</summary>
    /// <param name="backing">The disk that its own lies over.</param>
    /// <param name="variables">The firmware's to begin with; null for those that come with it.</param>
    /// <param name="tpmState">The TPM's to begin with; null where it begins anew, or gets its state with the devices'.</param>
    public static async Task MakeAsync(MachineDefinition machine, string folder, int? uid, (string Path, string Format) backing, string? variables, string? tpmState, CancellationToken stop)
    {
        await DiskChain.CreateOverlayAsync(DiskIn(folder), backing.Path, backing.Format, stop);
        FileOwner.Give(DiskIn(folder), uid);
        UefiFirmware.Make(machine, folder, uid, variables);
        if (machine.HasTpm)
        {
            TpmEmulator.Make(folder, uid, tpmState);
        }
    }

    /// <summary>Gives the files of a machine that slept to its new user. What its TPM knows comes with its saved devices.</summary>
    public static void Give(MachineDefinition machine, string folder, int? uid)
    {
        FileOwner.Give(DiskIn(folder), uid);
        if (machine.IsUefi)
        {
            FileOwner.Give(UefiFirmware.PathIn(folder), uid);
        }

        if (machine.HasTpm)
        {
            TpmEmulator.Renew(folder, uid, from: null, keep: false);
        }
    }

    /// <summary>The files become ours alone; those that are not there are passed over.</summary>
    public static void Hold(string folder)
    {
        foreach (var file in (string[])[DiskIn(folder), UefiFirmware.PathIn(folder)])
        {
            if (File.Exists(file))
            {
                FileOwner.Hold(file);
            }
        }
    }

    /// <summary>Ends whatever runs with files of the folder.</summary>
    public static async Task EndProcessesAsync(string folder, CancellationToken stop)
    {
        await Task.WhenAll(QemuProcess.FindUsing(folder).ToList().Select(process => process.EndAsync(stop)));
        await TpmEmulator.EndAsync(folder, stop);
    }
}
