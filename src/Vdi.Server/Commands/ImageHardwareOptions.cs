using System.CommandLine;
using System.Text.Json.Nodes;
using Vdi.Server.Client;

namespace Vdi.Server.Commands;

/// <summary>The options that say what the machines of an image are made of; what is not given the server chooses.</summary>
internal sealed class ImageHardwareOptions
{
    private readonly Option<string?> _firmware = new Option<string?>("--firmware") { Description = "bios, uefi or uefiSecure (default: uefiSecure for Windows, else bios)" }.AcceptOnlyFromAmong("bios", "uefi", "uefiSecure");
    private readonly Option<string?> _drivers = new Option<string?>("--drivers") { Description = "virtio (quick, needs its drivers inside) or pc (devices that every system knows)" }.AcceptOnlyFromAmong("virtio", "pc");
    private readonly Option<bool?> _tpm = new("--tpm") { Description = "Whether the machines have a TPM 2.0 (default: with Windows)" };
    private readonly Option<string?> _system = new Option<string?>("--system") { Description = "linux, windows or other" }.AcceptOnlyFromAmong("linux", "windows", "other");
    private readonly Option<bool?> _agent = new("--agent") { Description = "Whether QEMU's guest agent runs inside" };
    private readonly Option<int?> _memory = new("--memory") { Description = "Memory of a machine, in MiB" };
    private readonly Option<int?> _cpus = new("--cpus") { Description = "Processors of a machine" };

    public IEnumerable<Option> Options => [_firmware, _drivers, _tpm, _system, _agent, _memory, _cpus];

    /// <summary>What is given; null where nothing is.</summary>
    public JsonObject? Read(Call call)
    {
        var hardware = new JsonObject();
        foreach (var (name, value) in new (string, JsonNode?)[] { ("firmware", call.Get(_firmware)), ("drivers", call.Get(_drivers)), ("tpm", call.Get(_tpm)), ("system", call.Get(_system)), ("agent", call.Get(_agent)), ("memoryMiB", call.Get(_memory)), ("cpus", call.Get(_cpus)) })
        {
            if (value is not null)
            {
                hardware[name] = value;
            }
        }

        return hardware.Count == 0 ? null : hardware;
    }
}
