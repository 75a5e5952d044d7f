using Microsoft.Extensions.Options;
using Vdi.Broker.Audit;
using Vdi.Broker.Data;
using Vdi.Emulator;
using Vdi.Emulator.Machines;
using Vdi.Server.Backups;

namespace Vdi.Server.Commands;

/// <summary>The server's parts for a verb, which listens nowhere.</summary>
internal static class CommandServer
{
    /// <summary>With the database as it is: for verbs that only read.</summary>
    /// <exception cref="MachineException">Another process is restoring a backup.</exception>
    public static WebApplication Build()
    {
        var state = StateFolder.FromEnvironment();
        if (StateSwap.IsUnderWay(state))
        {
            using var alone = state.TakeAlone();
            ServeCommand.FinishRestore(state);
        }

        return Build(state);
    }

    /// <summary>Restores a backup, and notes that.</summary>
    /// <param name="state">Held for this process alone.</param>
    public static async Task<(BackupManifest Manifest, string? Kept)> RestoreAsync(StateFolder state, string file, bool force, CancellationToken stop)
    {
        // What there is now is only looked at: the database of the same kind is opened once it is the backup's.
        var services = new ServiceCollection().AddDatabase(Path.Combine(state.Root, "vdi.db"), Environment.GetEnvironmentVariable("VDI_POSTGRES")).BuildServiceProvider();
        await using (services)
        await using (var scope = services.CreateAsyncScope())
        {
            var restored = await new Restorer(state, scope.ServiceProvider.GetRequiredService<VdiDb>(), TimeProvider.System).RestoreAsync(file, force, stop);
            await using var server = Build(state);
            await server.Services.MigrateDatabaseAsync(stop);
            await using var after = server.Services.CreateAsyncScope();
            after.ServiceProvider.GetRequiredService<AuditLog>().Note("backup.restore", "backup", after: new { made = restored.Manifest.At, version = restored.Manifest.Version });
            await after.ServiceProvider.GetRequiredService<VdiDb>().SaveChangesAsync(stop);
            return restored;
        }
    }

    private static WebApplication Build(StateFolder state)
    {
        var server = VdiServer.Build(new VdiServerOptions(state, "http://127.0.0.1:0", "desktop", 0));
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
