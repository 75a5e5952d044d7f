using Microsoft.Extensions.Logging.Abstractions;
using Vdi.Emulator.Accelerators;
using Vdi.Emulator.Images;
using Vdi.Emulator.Limits;
using Vdi.Emulator.Machines;
using Vdi.Emulator.Templates;
using Vdi.Protocol.Fleet;

namespace Vdi.TestSupport;

/// <summary>The hypervisor that ships, with one given template: the boot sector's, which needs neither image nor agent.</summary>
public sealed class BootSectorHypervisor : IHypervisor
{
    public const string Image = "bootsector";
    private readonly QemuHypervisor _inner;

    public BootSectorHypervisor(Template template, Forker forker, Capacity capacity)
    {
        var images = new ImageStore(forker.State, Path.Combine(Repository.Root, "deploy", "image"), TimeProvider.System);
        var store = new TemplateStore(forker.State, forker, TimeProvider.System, NullLogger<TemplateStore>.Instance) { StillWithoutAgent = TimeSpan.FromSeconds(1) };
        var supply = new TemplateSupply(images, store, new TemplateOptions(), NullLogger<TemplateSupply>.Instance);
        supply.Give(template);
        _inner = new QemuHypervisor(supply, store, forker, forker.Networks, capacity, TimeProvider.System);
        AcceleratorAsync = Task.FromResult(new Accelerator(template.Accelerator, "the test wants it"));
    }

    /// <summary>The given template's, whatever this computer can do.</summary>
    public Task<Accelerator> AcceleratorAsync { get; }

    public IReadOnlyList<HostImage> Images => _inner.Images;

    public string? Shortage => _inner.Shortage;

    public Task<IReadOnlyList<IMachine>> AdoptAsync(CancellationToken stop) => _inner.AdoptAsync(stop);

    public IReadOnlyList<ISuspendedMachine> FindSuspended() => _inner.FindSuspended();

    public Task PrepareAsync(ImageRef image, MachineSize? size, MachineApp? app, IProgress<string>? progress, CancellationToken stop) => _inner.PrepareAsync(image, size, app, progress, stop);

    public Task ApplyNetworksAsync(IReadOnlyList<PoolNetwork> networks, CancellationToken stop) => _inner.ApplyNetworksAsync(networks, stop);

    public Task<IMachine> ForkAsync(ForkRequest request, CancellationToken stop) => _inner.ForkAsync(request, stop);

    public ValueTask DisposeAsync() => _inner.DisposeAsync();
}
