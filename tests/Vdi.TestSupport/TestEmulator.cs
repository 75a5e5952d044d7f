using Microsoft.Extensions.Logging.Abstractions;
using Vdi.Emulator;
using Vdi.Emulator.Images;
using Vdi.Emulator.Limits;
using Vdi.Emulator.Networks;
using Vdi.Emulator.Templates;

namespace Vdi.TestSupport;

/// <summary>The emulator core over a state folder, as the product composes it.</summary>
public sealed class TestEmulator
{
    private readonly TemplateOptions _options = new();
    private readonly StateFolder _state;

    public TestEmulator(StateFolder state, CapacityOptions? capacity = null)
    {
        _state = state;
        Capacity = new Capacity(state, capacity ?? new CapacityOptions { SpareMemoryMiB = 256, SpareDiskMiB = 256 });
        Forker = new Forker(state, Capacity, new MachineNetworks(state, TimeProvider.System, NullLogger<MachineNetworks>.Instance), TimeProvider.System, NullLogger<Forker>.Instance);
        Templates = new TemplateStore(state, Forker, TimeProvider.System, NullLogger<TemplateStore>.Instance);
    }

    public Capacity Capacity { get; }

    public Forker Forker { get; }

    public TemplateStore Templates { get; }

    /// <summary>Ends every machine of the state folder and every template that is being made; no server may run on it.</summary>
    public async Task EndAllAsync()
    {
        if (new DirectoryInfo(_state.Templates).LinkTarget is null)
        {
            Templates.RemoveUnfinished();
        }

        foreach (var machine in await Forker.AdoptAsync(default))
        {
            await machine.DestroyAsync(default);
            await machine.DisposeAsync();
        }

        foreach (var machine in Forker.FindSuspended())
        {
            await machine.DestroyAsync(default);
        }
    }

    public TemplateSupply Supply(ImageStore images) => new(images, Templates, _options, NullLogger<TemplateSupply>.Instance);
}
