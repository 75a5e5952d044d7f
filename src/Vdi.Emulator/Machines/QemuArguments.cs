using System.Text.Json.Nodes;

namespace Vdi.Emulator.Machines;

/// <summary>How a machine's memory stands to the template's RAM file.</summary>
internal enum MemoryMode
{
    /// <summary>The template writes the file.</summary>
    Template,

    /// <summary>A fork maps it privately and cannot write it: one escaped QEMU must not reach the pages of the others.</summary>
    Fork,
}

/// <summary>Machine definition -> QEMU's command line. Devices are the same for template and fork, as migration demands.</summary>
internal static class QemuArguments
{
    public static List<string> Build(MachineDefinition machine, string accelerator, MemoryMode mode, string ramFile, JsonObject disk)
    {
        var memory = mode == MemoryMode.Template ? "share=on" : "share=off,readonly=on,rom=off";
        List<string> arguments =
        [
            "-name", "vdi",
            "-nodefaults", "-no-user-config",
            "-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
            .. Devices(machine, accelerator),
            "-object", $"memory-backend-file,id=ram,size={machine.MemoryMiB}M,mem-path={Escape(ramFile)},{memory}",
            "-blockdev", disk.ToJsonString(),
        ];
        if (mode == MemoryMode.Fork)
        {
            arguments.AddRange(["-incoming", "defer"]);
        }

        return arguments;
    }

    /// <summary>The arguments that make up the template's key.</summary>
    public static List<string> Devices(MachineDefinition machine, string accelerator)
    {
        List<string> arguments =
        [
            "-accel", accelerator,
            "-cpu", accelerator == "kvm" ? "Haswell-noTSX-IBRS" : "max",
            "-smp", $"{machine.Cpus}",
            "-m", $"{machine.MemoryMiB}M",
            "-machine", $"{MachineDefinition.MachineType},memory-backend=ram,vmport=off",
            "-vga", "none",
            "-device", $"virtio-vga,id=video0,xres={MachineDefinition.Width},yres={MachineDefinition.Height}",
            "-device", "virtio-blk-pci,drive=disk0,id=root0,bootindex=1",
            "-device", "virtio-keyboard-pci",
            "-device", "virtio-tablet-pci",
            "-device", "vmgenid,guid=auto,id=vmgenid0",
            "-device", "virtio-rng-pci",
            "-device", "pvpanic-pci",
            "-device", "virtio-serial-pci",
            "-chardev", $"socket,id=agent0,fd={QemuProcess.AgentDescriptor},server=on,wait=off",
            "-device", "virtserialport,chardev=agent0,name=org.qemu.guest_agent.0",
            "-chardev", $"socket,id=vdagent0,fd={QemuProcess.VdAgentDescriptor},server=on,wait=off",
            "-device", "virtserialport,chardev=vdagent0,name=com.redhat.spice.0",
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

        if (machine.Kernel is { } kernel)
        {
            arguments.AddRange(["-kernel", kernel.Kernel, "-initrd", kernel.Initrd, "-append", kernel.CommandLine]);
        }

        return arguments;
    }

    /// <summary>A comma in an option's value is written twice (QEMU, qemu-options).</summary>
    private static string Escape(string value) => value.Replace(",", ",,", StringComparison.Ordinal);
}
