using System.CommandLine;
using Vdi.Emulator;
using Vdi.Emulator.Machines;

namespace Vdi.Server.Commands;

/// <summary>vdi machine: the machines of a server, and those that run on this computer while no server does.</summary>
internal static class MachineCommand
{
    public static Command Create()
    {
        var end = new Command("end-all", "Ends every machine that a stopped server left running; what people had open in them is lost");
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

        var machines = await CommandServices.Get<IHypervisor>().AdoptAsync(stop);
        foreach (var machine in machines)
        {
            await machine.DestroyAsync(stop);
        }

        Console.WriteLine($"{machines.Count} machines ended");
        return 0;
    }
}
