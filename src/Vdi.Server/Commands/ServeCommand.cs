using System.CommandLine;
using Vdi.Emulator;
using Vdi.Emulator.Machines;
using Vdi.Server.Backups;
using Vdi.Server.Tls;

namespace Vdi.Server.Commands;

/// <summary>vdi serve: broker, host and web client in one process.</summary>
internal static class ServeCommand
{
    public static Command Create()
    {
        var listening = new ServeListening();
        var image = new Option<string>("--image") { Description = "Image of the first pool", DefaultValueFactory = _ => "desktop" };
        var warm = new Option<int>("--warm") { Description = "Machines kept ready in the first pool", DefaultValueFactory = _ => 2 };
        var machines = new Option<string>("--machines") { Description = "qemu, or fake: machines that do not exist, for developing", DefaultValueFactory = _ => "qemu" };
        var megabits = new Option<double?>("--max-mbit") { Description = "What each desktop's line may be used for, in Mbit/s, at least 0.1 (default: as much as it takes)" };
        var local = new Option<bool>("--allow-local-screens") { Description = "Lets manual pools have screens at this computer's own and link-local addresses, where its own doors are, too" };
        megabits.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double?>() is { } given && !(given >= 0.1))
            {
                result.AddError("--max-mbit is at least 0.1: a desktop cannot be worked on with less.");
            }
        });
        machines.AcceptOnlyFromAmong("qemu", "fake");
        var command = new Command("serve", "Runs the server") { image, warm, machines, megabits, local };
        foreach (var option in listening.Options)
        {
            command.Options.Add(option);
        }

        command.SetAction(async (result, stop) =>
        {
            var (address, tls, faults) = listening.Read(result);
            var admin = listening.ReadAdmin(result, address, tls, faults);
            if (faults.Count == 0 && (ServeListening.WhyNot(address, tls?.HttpPort) ?? ServeListening.WhyNot(admin)) is { } taken)
            {
                faults.Add(taken);
            }

            foreach (var fault in faults)
            {
                await Console.Error.WriteLineAsync(fault);
            }

            return faults.Count > 0 ? 1 : await RunAsync(state => new VdiServerOptions(state, address, result.GetValue(image)!, result.GetValue(warm), result.GetValue(machines) == "fake", tls, result.GetValue(megabits), admin, result.GetValue(local)), [.. result.Tokens.Select(token => token.Value)], stop);
        });
        return command;
    }

    private static async Task<int> RunAsync(Func<StateFolder, VdiServerOptions> options, IReadOnlyList<string> arguments, CancellationToken stop)
    {
        var state = StateFolder.FromEnvironment();
        using var alone = TryTakeAlone(state);
        if (alone is null)
        {
            return 1;
        }

        WebApplication server;
        try
        {
            FinishRestore(state);
            ServeArguments.Save(state, arguments);
            server = VdiServer.Build(options(state));
        }
        catch (Exception e) when (e is CertificateException or MachineException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }

        await using var whole = server;
        await VdiServer.PrepareAsync(server, stop);
        await server.RunAsync(stop);
        return 0;
    }

    /// <summary>Takes a restore that was interrupted to its end.</summary>
    /// <param name="state">Held for this process alone.</param>
    internal static void FinishRestore(StateFolder state)
    {
        if (!StateSwap.IsUnderWay(state))
        {
            return;
        }

        if (StateSwap.NeedsDatabase(state))
        {
            throw new MachineException("A restore was interrupted before its database was there: run vdi restore again");
        }

        StateSwap.Finish(state, TimeProvider.System.GetUtcNow());
    }

    /// <summary>Null, and said why, where another server has the folder.</summary>
    internal static IDisposable? TryTakeAlone(StateFolder state)
    {
        try
        {
            return state.TakeAlone();
        }
        catch (MachineException e)
        {
            Console.Error.WriteLine(e.Message);
            return null;
        }
    }
}
