using System.Collections.Concurrent;
using Vdi.Emulator.Accelerators;
using Vdi.Emulator.Guest;
using Vdi.Emulator.Homes;
using Vdi.Emulator.Limits;
using Vdi.Emulator.Networks;
using Vdi.Emulator.Templates;
using Vdi.Protocol.Fleet;

namespace Vdi.Emulator.Machines;

/// <summary>QEMU machines, forked from templates.</summary>
public sealed class QemuHypervisor(TemplateSupply supply, TemplateStore store, Forker forker, MachineNetworks machineNetworks, Capacity capacity, TimeProvider time) : IHypervisor
{
    /// <summary>Memory of the smallest image here, or of a small machine: what one more would need at least.</summary>
    private const int SmallMiB = 512;
    private readonly ConcurrentDictionary<(ImageRef, MachineSize?, MachineApp?), int> _memory = new();

    public Task<Accelerator> AcceleratorAsync => supply.AcceleratorAsync;

    public IReadOnlyList<HostImage> Images => supply.Images();

    public HomeStore Homes => forker.Homes;

    public string? Shortage => capacity.ShortageFor(_memory.IsEmpty ? SmallMiB : _memory.Values.Min());

    public async Task<IReadOnlyList<IMachine>> AdoptAsync(CancellationToken stop)
    {
        store.RemoveUnfinished();
        return await forker.AdoptAsync(stop);
    }

    public IReadOnlyList<ISuspendedMachine> FindSuspended() => forker.FindSuspended();

    public async Task PrepareAsync(ImageRef image, MachineSize? size, MachineApp? app, IProgress<string>? progress, CancellationToken stop)
    {
        while (true)
        {
            try
            {
                _memory[(image, size, app)] = (await supply.GetAsync(image, size, app, progress, stop)).Machine.MemoryMiB;
                return;
            }
            catch (ShortageException e)
            {
                progress?.Report($"waits: {e.Message}");
                await Task.Delay(TimeSpan.FromSeconds(1), time, stop);
            }
        }
    }

    public async Task<IReadOnlyList<FoundApp>> FindAppsAsync(ImageRef image, CancellationToken stop)
    {
        await PrepareAsync(image, size: null, app: null, progress: null, stop);
        await using var machine = await forker.ForkAsync(await supply.GetAsync(image, size: null, app: null, null, stop), Guid.NewGuid(), 0, PoolNetwork.Isolated("apps"), stop);
        try
        {
            await machine.ConnectAgentAsync(TimeSpan.FromSeconds(60), stop);
            return await GuestApps.FindAsync(machine.Agent!, stop);
        }
        finally
        {
            await machine.DestroyAsync(CancellationToken.None);
        }
    }

    public async Task ApplyNetworksAsync(IReadOnlyList<PoolNetwork> networks, CancellationToken stop)
    {
        foreach (var network in networks)
        {
            await machineNetworks.ApplyAsync(network, stop);
        }

        await machineNetworks.RemoveUnusedAsync(networks.Select(network => network.Pool), stop);
    }

    public async Task<IMachine> ForkAsync(ForkRequest request, CancellationToken stop)
    {
        var template = await supply.GetAsync(request.Image, request.Size, request.App, null, stop);
        template.Want(time.GetUtcNow());
        try
        {
            var machine = await forker.ForkAsync(template, request, stop);
            machine.AgentSilent = () => supply.Doubt(template);
            return machine;
        }
        catch (MachineException e) when (e is not ShortageException)
        {
            supply.Doubt(template);
            throw;
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
