using System.Text.Json.Nodes;
using Vdi.Protocol.Fleet;

namespace Vdi.Emulator.Machines;

/// <summary>How a machine's memory stands to the template's RAM file.</summary>
internal enum MemoryMode
{
    /// <summary>The template writes the file.</summary>
    Template,

    /// <summary>A fork maps it privately and cannot write it: one escaped QEMU must not reach the pages of the others.</summary>
    Fork,

    /// <summary>Goes on from a saved state with a RAM file of its own, which it writes.</summary>
    Restored,
}

/// <summary>Machine definition -> QEMU's command line. Devices are the same for template and fork, as migration demands.</summary>
internal static class QemuArguments
{
    /// <param name="folder">The machine's own, with what its firmware writes.</param>
    public static List<string> Build(MachineDefinition machine, string accelerator, MemoryMode mode, string ramFile, JsonObject disk, string folder)
    {
        var memory = mode == MemoryMode.Fork ? "share=off,readonly=on,rom=off" : "share=on";
        List<string> arguments =
        [
            "-name", "vdi",
            "-nodefaults", "-no-user-config",
            "-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
            .. Devices(machine, accelerator),
            "-object", $"memory-backend-file,id=ram,size={machine.MemoryMiB}M,mem-path={Escape(ramFile)},{memory}",
            "-blockdev", disk.ToJsonString(),
            .. UefiFirmware.Blocks(machine, folder),
        ];
        if (mode != MemoryMode.Template)
        {
            arguments.AddRange(["-incoming", "defer"]);
        }

        return arguments;
    }

    /// <summary>The arguments that make up the template's key: no path of this computer is among them but the kernel's.</summary>
    public static List<string> Devices(MachineDefinition machine, string accelerator)
    {
        List<string> arguments =
        [
            "-accel", accelerator,
            "-cpu", Cpu(machine, accelerator),
            "-smp", $"{machine.Cpus}",
            "-m", $"{machine.MemoryMiB}M",
            "-machine", $"{MachineDefinition.MachineType},memory-backend=ram,vmport=off{UefiFirmware.MachineOptions(machine)}",
            "-vga", "none",
            "-device", $"virtio-vga,id=video0,max_outputs={machine.Heads},xres={MachineDefinition.Width},yres={MachineDefinition.Height}",
            .. machine.Drivers == GuestDrivers.Virtio
                ? (IEnumerable<string>)["-device", "virtio-blk-pci,drive=disk0,id=root0,bootindex=1", "-device", "virtio-keyboard-pci", "-device", "virtio-tablet-pci"]
                : ["-device", "ide-hd,drive=disk0,bus=ide.0,id=root0,bootindex=1", "-device", "qemu-xhci,id=usb0", "-device", "usb-tablet,bus=usb0.0"],
            "-device", "vmgenid,guid=auto,id=vmgenid0",
            "-device", "virtio-rng-pci",
            "-device", "pvpanic-pci",
            "-device", "virtio-serial-pci",
            "-chardev", $"socket,id=agent0,fd={QemuProcess.AgentDescriptor},server=on,wait=off",
            "-device", "virtserialport,chardev=agent0,name=org.qemu.guest_agent.0",
            "-chardev", $"socket,id=vdagent0,fd={QemuProcess.VdAgentDescriptor},server=on,wait=off",
            "-device", "virtserialport,chardev=vdagent0,name=com.redhat.spice.0",
            "-chardev", $"socket,id=app0,fd={QemuProcess.AppDescriptor},server=on,wait=off",
            "-device", "virtserialport,chardev=app0,name=org.vdi.app.0",
            "-chardev", $"socket,id=qmp0,fd={QemuProcess.QmpDescriptor},server=on,wait=off",
            "-mon", "chardev=qmp0,mode=control",
            "-chardev", "null,id=serial0",
            "-serial", "chardev:serial0",
            "-display", "dbus,p2p=yes",
        ];
        for (var port = 0; port < MachineDefinition.RootPorts; port++)
        {
            arguments.AddRange(["-device", $"pcie-root-port,id=port{port},chassis={port + 1},slot={port + 1}"]);
        }

        arguments.AddRange(UefiFirmware.Settings(machine));
        if (machine.HasTpm)
        {
            arguments.AddRange(["-chardev", $"socket,id=tpm,fd={QemuProcess.TpmDescriptor}", "-tpmdev", "emulator,id=tpm0,chardev=tpm", "-device", "tpm-crb,tpmdev=tpm0"]);
        }

        if (machine.System == GuestSystem.Windows)
        {
            // It takes the clock for local time, and catches up by itself the ticks that it lost.
            arguments.AddRange(["-rtc", "base=localtime,driftfix=slew"]);
        }

        if (machine.Kernel is { } kernel)
        {
            arguments.AddRange(["-kernel", kernel.Kernel, "-initrd", kernel.Initrd, "-append", kernel.CommandLine]);
        }

        return arguments;
    }

    /// <summary>The model that network cards of the machine have.</summary>
    public static string NicModel(GuestDrivers drivers) => drivers == GuestDrivers.Pc ? "e1000e" : "virtio-net-pci";

    /// <summary>A named model, so that a saved machine goes on elsewhere; for Windows with what it knows of being virtual, which only KVM
    /// has (QEMU docs/system/i386/hyperv).</summary>
    private static string Cpu(MachineDefinition machine, string accelerator) => (accelerator, machine.System) switch
    {
        ("kvm", GuestSystem.Windows) => "Haswell-noTSX-IBRS,hv-relaxed=on,hv-vapic=on,hv-spinlocks=0x1fff,hv-vpindex=on,hv-runtime=on,hv-synic=on,hv-time=on,hv-stimer=on,hv-frequencies=on,hv-tlbflush=on,hv-ipi=on",
        ("kvm", _) => "Haswell-noTSX-IBRS",
        _ => "max",
    };

    /// <summary>A comma in an option's value is written twice (QEMU, qemu-options).</summary>
    private static string Escape(string value) => value.Replace(",", ",,", StringComparison.Ordinal);
}
