using Vdi.Emulator;
using Vdi.Host;

namespace Vdi.Server.Commands;

/// <summary>What command line verbs need of the emulator.</summary>
internal static class CommandServices
{
    private static readonly Lazy<ServiceProvider> Services = new(() => new ServiceCollection().AddLogging(log => log.AddSimpleConsole(console => console.SingleLine = true).AddFilter("Microsoft", LogLevel.Warning)).AddEmulator(StateFolder.FromEnvironment(), VdiServer.Recipes).BuildServiceProvider());

    public static T Get<T>()
        where T : notnull => Services.Value.GetRequiredService<T>();
}
