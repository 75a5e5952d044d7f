using Vdi.Broker.Api;
using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Images;

/// <summary>What the machines of an image shall be made of; what is not said is chosen by the system and the kind of file.</summary>
internal sealed record HardwareRequest(Firmware? Firmware = null, GuestDrivers? Drivers = null, bool? Tpm = null, GuestSystem? System = null, bool? Agent = null, int? MemoryMiB = null, int? Cpus = null)
{
    private const int UsualMemoryMiB = 2048;
    private const int WindowsMemoryMiB = 4096;
    private const int UsualCpus = 2;

    /// <summary>The whole of it. Windows gets what Windows 11 demands, and devices that it has drivers for; another system what starts nearly everything.
    /// A Linux whose disk comes from QEMU or a cloud has virtio's drivers; one that comes from another hypervisor may not.</summary>
    /// <param name="format">Of the file that it comes from; null for an empty disk.</param>
    public ImageHardware Complete(MediumFormat? format)
    {
        var system = System ?? (format == MediumFormat.Vhdx ? GuestSystem.Windows : GuestSystem.Other);
        var windows = system == GuestSystem.Windows;
        return new ImageHardware(
            Firmware ?? (windows ? Protocol.Fleet.Firmware.UefiSecure : Protocol.Fleet.Firmware.Bios),
            Drivers ?? (system == GuestSystem.Linux && format is null or MediumFormat.Qcow2 or MediumFormat.Raw ? GuestDrivers.Virtio : GuestDrivers.Pc),
            Tpm ?? windows,
            system,
            Agent ?? false,
            MemoryMiB ?? (windows ? WindowsMemoryMiB : UsualMemoryMiB),
            Cpus ?? UsualCpus);
    }

    /// <summary>Everything that is wrong with it.</summary>
    public void Check(Faults faults, string field)
    {
        DemandKnown(faults, $"{field}.firmware", Firmware);
        DemandKnown(faults, $"{field}.drivers", Drivers);
        DemandKnown(faults, $"{field}.system", System);
        if (Firmware == Protocol.Fleet.Firmware.Kernel)
        {
            faults.Add($"{field}.firmware", "kernel-needs-recipe", "Only images of recipes start by their kernel alone: choose bios, uefi or uefiSecure.");
        }

        faults.DemandRange($"{field}.memoryMiB", MemoryMiB, ImageHardware.MinMemoryMiB, ImageHardware.MaxMemoryMiB);
        faults.DemandRange($"{field}.cpus", Cpus, 1, ImageHardware.MaxCpus);
    }

    private static void DemandKnown<T>(Faults faults, string field, T? value)
        where T : struct, Enum
    {
        if (value is { } given && !Enum.IsDefined(given))
        {
            faults.Add(field, "unknown-value", $"'{field}' is none of {string.Join(", ", Enum.GetNames<T>().Select(global::System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName))}.", ("value", $"{given}"));
        }
    }
}
