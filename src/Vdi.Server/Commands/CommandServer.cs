using Microsoft.Extensions.Options;
using Vdi.Broker.Audit;
using Vdi.Broker.Data;
using Vdi.Emulator;

namespace Vdi.Server.Commands;

/// <summary>The server's parts for a verb, which listens nowhere.</summary>
internal static class CommandServer
{
    /// <summary>With the database as it is: for verbs that only read.</summary>
    public static WebApplication Build()
    {
        var server = VdiServer.Build(new VdiServerOptions(StateFolder.FromEnvironment(), "http://127.0.0.1:0", "desktop", 0));
        server.Services.GetRequiredService<IOptions<AuditOptions>>().Value.Outside = $"console/{Environment.UserName}";
        return server;
    }

    /// <summary>With the database brought up to date.</summary>
    public static async Task<WebApplication> OpenAsync(CancellationToken stop)
    {
        var server = Build();
        await server.Services.MigrateDatabaseAsync(stop);
        return server;
    }
}
