using System.CommandLine;
using Vdi.Broker.Data;
using Vdi.Broker.Users;
using Vdi.Emulator;

namespace Vdi.Server.Commands;

/// <summary>vdi admin: the first administrator, and passwords that were lost.</summary>
internal static class AdminCommand
{
    public static Command Create()
    {
        var init = new Command("init", "Makes the first administrator and prints the password, once; prints nothing later");
        init.SetAction((_, stop) => CommandFailure.GuardAsync("Setting up the administrator", async () =>
        {
            await using var server = await OpenAsync(stop);
            if (await server.Services.MakeFirstAdministratorAsync() is { } password)
            {
                Console.WriteLine(password);
            }
        }));

        var name = new Argument<string>("user") { Description = "User name", DefaultValueFactory = _ => "admin" };
        var reset = new Command("reset", "Gives a user a new password, prints it once, and has it changed at the next sign-in") { name };
        reset.SetAction((result, stop) => ResetAsync(result.GetValue(name)!, stop));
        return new Command("admin", "Administrators") { init, reset };
    }

    private static async Task<int> ResetAsync(string user, CancellationToken stop)
    {
        string? password = null;
        var code = await CommandFailure.GuardAsync("Resetting the password", async () =>
        {
            await using var server = await OpenAsync(stop);
            password = await server.Services.ResetPasswordAsync(user);
        });
        if (code != 0)
        {
            return code;
        }

        if (password is null)
        {
            await Console.Error.WriteLineAsync($"There is no user '{user}'; the first administrator is made with: vdi admin init");
            return 1;
        }

        Console.WriteLine(password);
        return 0;
    }

    private static async Task<WebApplication> OpenAsync(CancellationToken stop)
    {
        var server = VdiServer.Build(new VdiServerOptions(StateFolder.FromEnvironment(), "http://127.0.0.1:0", "desktop", 0));
        await server.Services.MigrateDatabaseAsync(stop);
        return server;
    }
}
