using System.CommandLine;
using Vdi.Broker.Users;

namespace Vdi.Server.Commands;

/// <summary>vdi admin: the first administrator, and passwords that were lost.</summary>
internal static class AdminCommand
{
    public static Command Create()
    {
        var init = new Command("init", "Makes the first administrator and prints the password, once; prints nothing later");
        init.SetAction((_, stop) => CommandFailure.GuardAsync("Setting up the administrator", async () =>
        {
            await using var server = await CommandServer.OpenAsync(stop);
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
            await using var server = await CommandServer.OpenAsync(stop);
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
}
