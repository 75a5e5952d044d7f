using Microsoft.AspNetCore.Http.Connections;
using Vdi.Emulator;
using Vdi.Emulator.Editing;
using Vdi.Emulator.Fakes;
using Vdi.Emulator.Homes;
using Vdi.Emulator.Images;
using Vdi.Emulator.Importing;
using Vdi.Emulator.Limits;
using Vdi.Emulator.Machines;
using Vdi.Emulator.Networks;
using Vdi.Emulator.Templates;
using Vdi.Host.Desktops;
using Vdi.Host.Files;
using Vdi.Host.Images;
using Vdi.Host.Traces;
using Vdi.Protocol.Fleet;

namespace Vdi.Host;

/// <summary>The host role.</summary>
public static class HostFeature
{
    /// <summary>Images, templates and forks: what command line verbs need, too.</summary>
    public static IServiceCollection AddEmulator(this IServiceCollection services, StateFolder state, string recipes, HostOptions? options = null) => services
        .AddSingleton(TimeProvider.System)
        .AddSingleton(state)
        .AddSingleton(options ?? new HostOptions())
        .AddSingleton(new TemplateOptions())
        .AddSingleton(new CapacityOptions())
        .AddSingleton<Capacity>()
        .AddSingleton(provider => new ImageStore(state, recipes, provider.GetRequiredService<TimeProvider>()))
        .AddSingleton<MachineNetworks>()
        .AddSingleton<HomeStore>()
        .AddSingleton<Forker>()
        .AddSingleton<TemplateStore>()
        .AddSingleton<TemplateSupply>()
        .AddSingleton<MediaShelf>()
        .AddSingleton<DiskConverter>()
        .AddSingleton<EditStore>()
        .AddSingleton<EditPublisher>()
        .AddSingleton<ImageTester>()
        .AddSingleton<IHypervisor, QemuHypervisor>();

    /// <summary>Machines that do not exist, of one image, in the place of QEMU's; after AddEmulator.</summary>
    public static IServiceCollection AddFakeMachines(this IServiceCollection services, string image) => services
        .AddSingleton(provider => new FakeComputer { Images = [image], Homes = provider.GetRequiredService<HomeStore>() })
        .AddSingleton<IHypervisor, FakeHypervisor>();

    public static IServiceCollection AddHost(this IServiceCollection services)
    {
        services.AddSingleton(provider => new SessionFiles(provider.GetRequiredService<StateFolder>().Sessions, provider.GetRequiredService<ILogger<SessionFiles>>()));
        services.AddSingleton<Admissions>();
        services.AddSingleton<SilentConnections>();
        services.AddSingleton<TransferStore>().AddSingleton<JobFolder>().AddSingleton<ImageTools>().AddSingleton<EditedMachines>().AddSingleton<ImageWorks>().AddSingleton<ImageWorkshop>();
        services.AddSingleton(provider => new HostAgent(
            provider.GetRequiredService<IFleetLink>(),
            provider.GetRequiredService<HostOptions>(),
            provider.GetRequiredService<IHypervisor>(),
            provider.GetRequiredService<Admissions>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<HostAgent>>())
        {
            Workshop = provider.GetRequiredService<IHypervisor>() is QemuHypervisor ? provider.GetRequiredService<ImageWorkshop>() : null,
        });
        services.AddHostedService(provider => provider.GetRequiredService<HostAgent>());
        services.AddHostedService<RecordingDoor>();
        services.AddMetrics().AddHostedService<SessionLatency>();
        services.AddSignalR(hub =>
        {
            hub.MaximumReceiveMessageSize = 16 * 1024;
            hub.HandshakeTimeout = TimeSpan.FromSeconds(2);
            hub.KeepAliveInterval = TimeSpan.FromSeconds(5);
            hub.EnableDetailedErrors = false;
            hub.DisableImplicitFromServicesParameters = true;
        }).AddMessagePackProtocol();
        return services;
    }

    public static void MapHost(this IEndpointRouteBuilder routes)
    {
        var options = routes.ServiceProvider.GetRequiredService<HostOptions>();
        routes.MapHub<DesktopHub>($"/h/{options.Id}/hub/desktop", hub =>
        {
            hub.Transports = HttpTransportType.WebSockets;
            hub.TransportMaxBufferSize = 128 * 1024;
        });
        TransferEndpoints.Map(routes, options.Id);
        FileEndpoints.Map(routes, options.Id);
    }
}
