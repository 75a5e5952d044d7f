using Vdi.Emulator.Accelerators;
using Vdi.Emulator.Limits;
using Vdi.Emulator.Machines;
using Vdi.Emulator.Templates;
using Vdi.Protocol.Fleet;

namespace Vdi.TestSupport;

/// <summary>Real QEMU machines of one given template: the boot sector's, which needs neither image nor agent.</summary>
public sealed class BootSectorHypervisor(Template template, Forker forker, Capacity capacity) : IHypervisor
{
    public const string Image = "bootsector";

    public Task<Accelerator> AcceleratorAsync { get; } = Task.FromResult(new Accelerator(template.Accelerator, "the test wants it"));

    public IReadOnlyList<string> Images { get; } = [Image];

    public string? Shortage => capacity.ShortageFor(template.Machine.MemoryMiB);

    public async Task<IReadOnlyList<IMachine>> AdoptAsync(CancellationToken stop) => await forker.AdoptAsync(stop);

    public Task PrepareAsync(string image, IProgress<string>? progress, CancellationToken stop) =>
        image == Image ? Task.CompletedTask : Task.FromException(new MachineException($"Image '{image}' is not on this host"));

    public Task ApplyNetworksAsync(IReadOnlyList<PoolNetwork> networks, CancellationToken stop) => Task.CompletedTask;

    public async Task<IMachine> ForkAsync(ForkRequest request, CancellationToken stop)
    {
        await PrepareAsync(request.Image, null, stop);
        capacity.Demand(template.Machine.MemoryMiB);
        return await forker.ForkAsync(template, request.Machine, request.Epoch, request.Network, stop);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
