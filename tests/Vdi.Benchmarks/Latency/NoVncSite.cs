using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Logging;
using Vdi.Benchmarks.Display.Peers;
using Vdi.TestSupport;

namespace Vdi.Benchmarks.Latency;

/// <summary>Serves noVNC (package.json) and a page that opens it, on loopback.</summary>
internal sealed class NoVncSite : IAsyncDisposable
{
    private readonly WebApplication _site;

    private NoVncSite(WebApplication site, string address) => (_site, Address) = (site, address);

    public string Address { get; }

    public static bool IsInstalled => File.Exists(Path.Combine(Package, "core", "rfb.js"));

    private static string Project => Path.Combine(Repository.Root, "tests", "Vdi.Benchmarks");

    private static string Package => Path.Combine(Project, "node_modules", "@novnc", "novnc");

    public static async Task<NoVncSite> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var site = builder.Build();
        site.UseStaticFiles(new StaticFileOptions { RequestPath = "/novnc", FileProvider = new PhysicalFileProvider(Package) });
        site.UseStaticFiles(new StaticFileOptions { FileProvider = new PhysicalFileProvider(Path.Combine(Project, "Latency", "pages")) });
        var address = $"http://127.0.0.1:{ServerProcess.FreePort()}";
        site.Urls.Add(address);
        await site.StartAsync();
        return new NoVncSite(site, address);
    }

    public ValueTask DisposeAsync() => _site.DisposeAsync();
}
