using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Vdi.Emulator;

namespace Vdi.TestSupport;

/// <summary>The product as its users run it: a process of its own, `vdi serve`, that can be killed and started again on the same state.</summary>
public sealed class VdiProcess : IAsyncDisposable
{
    private readonly TemporaryState _state = new();
    private readonly string[] _arguments;
    private readonly IReadOnlyDictionary<string, string> _environment;
    private Process? _process;

    private VdiProcess(int port, string image, int warm, bool fake, IReadOnlyDictionary<string, string> environment, IReadOnlyList<string> arguments)
    {
        (Port, _environment) = (port, environment);
        _arguments = ["serve", "--port", $"{port}", "--image", image, "--warm", $"{warm}", "--machines", fake ? "fake" : "qemu", .. arguments];
    }

    public int Port { get; }

    public string Address => $"http://localhost:{Port}";

    public StateFolder State => _state.Folder;

    public string Password { get; private set; } = "";

    public int Pid => _process!.Id;

    /// <summary>What the server printed, also before it was killed.</summary>
    public string Log => File.ReadAllText(Path.Combine(_state.Folder.Root, "server.log"));

    /// <param name="images">Folder of images to share.</param>
    /// <param name="templates">Folder of templates to share.</param>
    /// <param name="environment">More variables, VDI_POSTGRES say.</param>
    /// <param name="arguments">More of vdi serve.</param>
    public static async Task<VdiProcess> StartAsync(string image, int warm, string? images = null, string? templates = null, bool fake = false, IReadOnlyDictionary<string, string>? environment = null, IReadOnlyList<string>? arguments = null)
    {
        var vdi = new VdiProcess(FreePort(), image, warm, fake, environment ?? new Dictionary<string, string>(), arguments ?? []);
        try
        {
            if (images is not null)
            {
                vdi._state.Borrow(vdi.State.Images, images);
            }

            if (templates is not null)
            {
                vdi._state.Borrow(vdi.State.Templates, templates);
            }

            vdi.Password = (await vdi.RunAsync("admin", "init")).Trim();
            await vdi.StartAsync();
            return vdi;
        }
        catch
        {
            await vdi.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the server and waits until it answers.</summary>
    public async Task StartAsync()
    {
        var start = Program(_arguments);
        var log = Path.Combine(_state.Folder.Root, "server.log");
        _process = Process.Start(start)!;
        _ = AppendAsync(_process.StandardOutput, log);
        _ = AppendAsync(_process.StandardError, log);
        using var http = new HttpClient { BaseAddress = new Uri(Address), Timeout = TimeSpan.FromSeconds(2) };
        await Eventually.HoldsAsync(
            async () =>
            {
                if (_process.HasExited)
                {
                    throw new InvalidOperationException($"vdi ended: {Log}");
                }

                try
                {
                    using var answer = JsonDocument.Parse(await http.GetStringAsync(new Uri("/healthz", UriKind.Relative)));
                    return answer.RootElement.GetProperty("status").GetString() == "ok";
                }
                catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
                {
                    return false;
                }
            },
            "the server answers",
            60);
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>As an administrator stops it (SIGTERM).</summary>
    public async Task StopAsync()
    {
        using (var kill = Process.Start("kill", $"{_process!.Id}"))
        {
            await kill.WaitForExitAsync();
        }

        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
    }

    /// <summary>Runs another verb on the same state; returns what it printed.</summary>
    public async Task<string> RunAsync(params string[] arguments)
    {
        using var process = Process.Start(Program(arguments))!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? await output : throw new InvalidOperationException($"vdi {string.Join(' ', arguments)}: {await errors}");
    }

    /// <summary>A verb that runs until it is ended; what it prints can be read from it.</summary>
    public Process Begin(params string[] arguments) => Begin(new Dictionary<string, string>(), arguments);

    /// <summary>The same with other variables.</summary>
    public Process Begin(IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var start = Program(arguments);
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            await KillAsync();
        }

        _process?.Dispose();
        if (File.Exists(Path.Combine(_state.Folder.Root, "server.log")))
        {
            File.Copy(Path.Combine(_state.Folder.Root, "server.log"), Path.Combine(RunningVdi.Artifacts, $"server-{Port}.log"), overwrite: true);
        }

        await new TestEmulator(State).EndAllAsync();
        _state.Dispose();
    }

    private ProcessStartInfo Program(string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "vdi.dll"), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["VDI_STATE"] = _state.Folder.Root;
        start.Environment["VDI_RECIPES"] = Path.Combine(Repository.Root, "deploy", "image");
        start.Environment["VDI_WWWROOT"] = Path.Combine(Repository.Root, "client-web", "dist");
        foreach (var (name, value) in _environment)
        {
            start.Environment[name] = value;
        }

        return start;
    }

    private static async Task AppendAsync(StreamReader from, string path)
    {
        while (await from.ReadLineAsync() is { } line)
        {
            lock (typeof(VdiProcess))
            {
                if (Directory.Exists(Path.GetDirectoryName(path)))
                {
                    File.AppendAllLines(path, [line]);
                }
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
