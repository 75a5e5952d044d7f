using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Vdi.Server.Tls;
using Vdi.TestSupport;

namespace Vdi.Server.Tests.Tls;

/// <summary>Debian's pebble, an ACME authority for tests, which believes that every name is on loopback. lego in this process's
/// children trusts it.</summary>
internal sealed class Pebble : IDisposable
{
    private readonly TemporaryState _files = new();
    private readonly List<Process> _processes = [];
    private readonly ConcurrentQueue<string> _errors = [];
    private readonly int _port = HttpsVdi.FreePort();
    private readonly int _management = HttpsVdi.FreePort();

    private Pebble() { }

    /// <summary>Address of the ACME directory.</summary>
    public string Directory => $"https://localhost:{_port}/dir";

    /// <summary>The root of what it signs.</summary>
    public X509Certificate2 Root { get; private set; } = null!;

    /// <param name="httpPort">Where it asks its challenges.</param>
    /// <param name="days">How long its certificates are good for.</param>
    public static async Task<Pebble> StartAsync(int httpPort, int days = 90)
    {
        var pebble = new Pebble();
        try
        {
            await pebble.StartProcessesAsync(httpPort, days);
            return pebble;
        }
        catch
        {
            pebble.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var process in _processes)
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }

        Root?.Dispose();
        _files.Dispose();
    }

    private async Task StartProcessesAsync(int httpPort, int days)
    {
        var own = new OwnAuthority(Path.Combine(_files.Folder.Root, "tls"), TimeProvider.System);
        own.ServerCertificate(["localhost", "127.0.0.1"]);
        Environment.SetEnvironmentVariable("LEGO_CA_CERTIFICATES", own.AuthorityFile);
        var dns = HttpsVdi.FreePort();
        Run("pebble-challtestsrv", "-defaultIPv4", "127.0.0.1", "-defaultIPv6", "", "-dns01", $"127.0.0.1:{dns}", "-http01", "", "-https01", "", "-tlsalpn01", "", "-management", $"127.0.0.1:{HttpsVdi.FreePort()}");
        var config = Path.Combine(_files.Folder.Root, "pebble.json");
        await File.WriteAllTextAsync(config, JsonSerializer.Serialize(new
        {
            pebble = new
            {
                listenAddress = $"127.0.0.1:{_port}",
                managementListenAddress = $"127.0.0.1:{_management}",
                certificate = own.ServerFile,
                privateKey = Path.ChangeExtension(own.ServerFile, ".key"),
                httpPort,
                tlsPort = 1,
                ocspResponderURL = "",
                externalAccountBindingRequired = false,
                certificateValidityPeriod = days * 86400,
            },
        }));
        Run("pebble", "-config", config, "-dnsserver", $"127.0.0.1:{dns}");
        using var http = HttpsVdi.Client(null);
        await Eventually.HoldsAsync(
            async () =>
            {
                if (_processes.Find(process => process.HasExited) is { } ended)
                {
                    throw new InvalidOperationException($"{ended.StartInfo.FileName} ended: {string.Join(' ', _errors)}");
                }

                try
                {
                    Root = X509Certificate2.CreateFromPem(await http.GetStringAsync(new Uri($"https://localhost:{_management}/roots/0")));
                    return true;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            "pebble answers");
    }

    private void Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PEBBLE_VA_NOSLEEP"] = "1";
        start.Environment["PEBBLE_WFE_NONCEREJECT"] = "0";
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, line) => _errors.Enqueue(line.Data ?? "");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _processes.Add(process);
    }
}
