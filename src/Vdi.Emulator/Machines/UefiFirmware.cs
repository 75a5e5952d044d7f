using System.Text.Json.Nodes;
using Vdi.Protocol.Fleet;

namespace Vdi.Emulator.Machines;

/// <summary>The firmware of UEFI machines (OVMF): its code, which all share, and its variables, of which each machine has a file of its own.
/// With Secure Boot the variables hold Microsoft's keys, by which also distributions' loaders are signed, and only the firmware itself,
/// in system management mode, may change them (edk2 OvmfPkg/README).</summary>
internal static class UefiFirmware
{
    private const string Folder = "/usr/share/OVMF";

    /// <summary>The variables' file in a machine's folder.</summary>
    public static string PathIn(string folder) => Path.Combine(folder, "firmware");

    /// <summary>Makes the variables' file of a new machine, for its user.</summary>
    /// <param name="from">The variables to begin with; null for those that come with the firmware.</param>
    public static void Make(MachineDefinition machine, string folder, int? uid, string? from)
    {
        if (!machine.IsUefi)
        {
            return;
        }

        var source = from ?? Path.Combine(Folder, machine.Firmware == Firmware.UefiSecure ? "OVMF_VARS_4M.ms.fd" : "OVMF_VARS_4M.fd");
        if (!File.Exists(source) || !File.Exists(CodeOf(machine)))
        {
            throw new MachineException($"The UEFI firmware {source} is not here: install the package ovmf, or run deploy/up");
        }

        File.Copy(source, PathIn(folder));
        FileOwner.Give(PathIn(folder), uid);
    }

    /// <summary>Code and variables as block devices.</summary>
    public static IEnumerable<string> Blocks(MachineDefinition machine, string folder) => machine.IsUefi
        ? ["-blockdev", Block("code0", CodeOf(machine), isReadOnly: true), "-blockdev", Block("vars0", PathIn(folder), isReadOnly: false)]
        : [];

    public static string MachineOptions(MachineDefinition machine) => !machine.IsUefi ? "" : machine.Firmware == Firmware.UefiSecure ? ",smm=on,pflash0=code0,pflash1=vars0" : ",pflash0=code0,pflash1=vars0";

    public static IEnumerable<string> Settings(MachineDefinition machine) => machine.IsUefi && machine.Firmware == Firmware.UefiSecure
        ? ["-global", "driver=cfi.pflash01,property=secure,value=on", "-global", "ICH9-LPC.disable_s3=1"]
        : [];

    private static string CodeOf(MachineDefinition machine) => Path.Combine(Folder, machine.Firmware == Firmware.UefiSecure ? "OVMF_CODE_4M.secboot.fd" : "OVMF_CODE_4M.fd");

    private static string Block(string node, string path, bool isReadOnly) => new JsonObject
    {
        ["driver"] = "raw",
        ["node-name"] = node,
        ["read-only"] = isReadOnly,
        ["file"] = new JsonObject { ["driver"] = "file", ["filename"] = path, ["read-only"] = isReadOnly },
    }.ToJsonString();
}
