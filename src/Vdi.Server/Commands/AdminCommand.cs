using System.CommandLine;
using Vdi.Broker.Data;
using Vdi.Broker.Users;
using Vdi.Emulator;

namespace Vdi.Server.Commands;

/// <summary>vdi admin: the first administrator.</summary>
internal static class AdminCommand
{
    public static Command Create()
    {
        var init = new Command("init", "Makes the first administrator and prints the password, once; prints nothing later");
        init.SetAction(async (_, stop) =>
        {
            await using var server = VdiServer.Build(new VdiServerOptions(StateFolder.FromEnvironment(), "http://127.0.0.1:0", "desktop", 0));
            await server.Services.MigrateDatabaseAsync(stop);
            if (await server.Services.MakeFirstAdministratorAsync() is { } password)
            {
                Console.WriteLine(password);
            }

            return 0;
        });
        return new Command("admin", "Administrators") { init };
    }
}
