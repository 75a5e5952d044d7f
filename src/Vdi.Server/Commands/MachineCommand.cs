using System.CommandLine;
using Vdi.Emulator;
using Vdi.Emulator.Machines;

namespace Vdi.Server.Commands;

/// <summary>vdi machine: the machines of a server, and those that run on this computer while no server does.</summary>
internal static class MachineCommand
{
    public static Command Create()
    {
        var end = new Command("end-all", "Ends every machine that a stopped server left running or asleep; what people had open in them is lost");
        end.SetAction((_, stop) => EndAllAsync(stop));
        return new Command("machine", "Machines of a server, or on this computer") { MachineVerbs.List(), MachineVerbs.Destroy(), end };
    }

    private static async Task<int> EndAllAsync(CancellationToken stop)
    {
        using var alone = ServeCommand.TryTakeAlone(CommandServices.Get<StateFolder>());
        if (alone is null)
        {
            return 1;
        }

        var hypervisor = CommandServices.Get<IHypervisor>();
        var machines = await hypervisor.AdoptAsync(stop);
        foreach (var machine in machines)
        {
            await machine.DestroyAsync(stop);
        }

        var asleep = hypervisor.FindSuspended();
        foreach (var machine in asleep)
        {
            await machine.DestroyAsync(stop);
        }

        Console.WriteLine($"{machines.Count + asleep.Count} machines ended");
        return 0;
    }
}
