using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Logging.Console;
using Vdi.Broker;
using Vdi.Broker.Api;
using Vdi.Broker.Audit;
using Vdi.Broker.Data;
using Vdi.Broker.Pools;
using Vdi.Broker.Users;
using Vdi.Emulator;
using Vdi.Host;
using Vdi.Protocol.Fleet;
using Vdi.Server.Tls;
using Vdi.Server.Web;

namespace Vdi.Server;

/// <param name="Address">Where to listen: http on loopback, or https with <paramref name="Tls"/>; an address, no name but localhost.</param>
/// <param name="Image">Image of the first pool, where there is none yet.</param>
/// <param name="Warm">Machines that the first pool keeps ready.</param>
/// <param name="FakeMachines">Machines that do not exist instead of QEMU's: for developing and loading a broker and the web.</param>
/// <param name="AllowLocalScreens">Whether manual pools may have screens at this computer's own addresses.</param>
/// <param name="Admin">Where metrics are told; null for nowhere.</param>
/// <param name="Tls">Where the certificate comes from; null for plain http on loopback.</param>
public sealed record VdiServerOptions(StateFolder State, string Address, string Image, int Warm, bool FakeMachines = false, TlsOptions? Tls = null, double? MaxMegabits = null, AdminListening? Admin = null, bool AllowLocalScreens = false);

/// <summary>All roles in one process: broker, host and web client.</summary>
public static class VdiServer
{
    /// <summary>The image recipes beside the program.</summary>
    public static string Recipes => Environment.GetEnvironmentVariable("VDI_RECIPES") is { Length: > 0 } given ? given : Path.Combine(AppContext.BaseDirectory, "image");

    internal static string Version => typeof(VdiServer).Assembly.GetName().Version!.ToString(3);

    /// <summary>Where the own CA and what ACME gave are kept.</summary>
    internal static string TlsFolder(StateFolder state) => Path.Combine(state.Root, "tls");

    /// <summary>Where the audit's checkpoints are kept.</summary>
    internal static string AuditFolder(StateFolder state) => Path.Combine(state.Root, "audit");

    /// <summary>Throws <see cref="CertificateException"/> where the certificate cannot be used: before anything is there to undo.</summary>
    public static WebApplication Build(VdiServerOptions options)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory, Args = [] });
        builder.AddListening(options);
        builder.AddTelemetry(options);
        builder.Logging.ClearProviders().AddSimpleConsole(console => console.SingleLine = true)
            .AddFilter("Microsoft", LogLevel.Warning);

        // What a verb prints is its answer; what the log says is beside it.
        builder.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        var (broker, host) = InProcessFleetLink.Create();
        var keys = Path.Combine(options.State.Root, "keys");
        builder.Services.AddSingleton(options);
        builder.Services.AddDataProtection().PersistKeysToFileSystem(Directory.CreateDirectory(keys, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute)).SetApplicationName("vdi");
        builder.Services.AddDatabase(options.State.Database, builder.Configuration["VDI_POSTGRES"]);
        builder.Services.AddEmulator(options.State, Recipes, new Host.HostOptions { MaxMegabits = options.MaxMegabits, AllowLocalScreens = options.AllowLocalScreens });
        builder.Services.AddSingleton<TimeProvider>(new SteadyClock(TimeProvider.System));
        if (options.FakeMachines)
        {
            builder.Services.AddFakeMachines(options.Image);
        }

        builder.Services.AddBroker(broker);
        builder.Services.Configure<AuditOptions>(audit => (audit.Broker, audit.Folder, audit.Keys) = (builder.Configuration["VDI_BROKER"] ?? audit.Broker, AuditFolder(options.State), keys));
        builder.Services.AddSingleton<IFleetLink>(host);
        builder.Services.AddHost();

        var server = builder.Build();
        server.UseApiVersions();
        server.UseAdminPort(options.Admin);
        server.UseSecureHeaders();
        server.UseKnownHostsOnly();
        server.UseAuthorityCertificate();
        server.UseHttpsOnly(BindingAddress.Parse(options.Address).Port);
        server.UseOwnOriginOnly();
        server.UseWebSockets();
        server.UseDatabaseProblems();
        server.UseRequestProblems();
        server.UseAuthentication();
        server.UseAuthorization();
        server.MapBroker();
        server.MapReference(SecureHeaders.Nonce);
        server.MapHost();
        server.UseEmbedding();
        server.MapWebClient();
        return server;
    }

    /// <summary>Brings the database up to date and makes the first pool.</summary>
    public static async Task PrepareAsync(WebApplication server, CancellationToken stop)
    {
        var options = server.Services.GetRequiredService<VdiServerOptions>();
        await server.Services.MigrateDatabaseAsync(stop);
        await server.Services.MakeDefaultPoolAsync(options.Image, options.Warm, stop);
    }
}
