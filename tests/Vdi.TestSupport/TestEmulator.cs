using Microsoft.Extensions.Logging.Abstractions;
using Vdi.Emulator;
using Vdi.Emulator.Images;
using Vdi.Emulator.Homes;
using Vdi.Emulator.Limits;
using Vdi.Emulator.Machines;
using Vdi.Emulator.Networks;
using Vdi.Emulator.Templates;

namespace Vdi.TestSupport;

/// <summary>The emulator core over a state folder, as the product composes it.</summary>
public sealed class TestEmulator
{
    private readonly TemplateOptions _options = new();
    private readonly StateFolder _state;

    /// <param name="still">For how long the screen of a guest without an agent stands still before it is saved; a second where it is null.</param>
    public TestEmulator(StateFolder state, CapacityOptions? capacity = null, TimeSpan? still = null)
    {
        _state = state;
        Capacity = new Capacity(state, capacity ?? new CapacityOptions { SpareMemoryMiB = 256, SpareDiskMiB = 256 });
        Forker = new Forker(state, Capacity, new MachineNetworks(state, TimeProvider.System, NullLogger<MachineNetworks>.Instance), new HomeStore(state, Capacity, TimeProvider.System, NullLogger<HomeStore>.Instance), TimeProvider.System, NullLogger<Forker>.Instance);
        Templates = new TemplateStore(state, Forker, TimeProvider.System, NullLogger<TemplateStore>.Instance) { StillWithoutAgent = still ?? TimeSpan.FromSeconds(1) };
    }

    /// <summary>From power on to a still screen, at most.</summary>
    public TimeSpan Boot
    {
        get => _options.Deadline;
        init => _options.Deadline = value;
    }

    public Capacity Capacity { get; }

    public Forker Forker { get; }

    public TemplateStore Templates { get; }

    /// <summary>Ends every machine of the state folder, those in which images are edited, and every template that is being made; no server may run on it.</summary>
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

        foreach (var edit in Directory.EnumerateDirectories(_state.Edits))
        {
            await MachineFolder.EndProcessesAsync(edit, default);
        }
    }

    public TemplateSupply Supply(ImageStore images) => new(images, Templates, _options, NullLogger<TemplateSupply>.Instance);
}
