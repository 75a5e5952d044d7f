using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Vdi.Benchmarks.Display.Peers;

/// <summary>A program that runs while it is measured: started in a folder of its own, ended by its process id.</summary>
internal sealed partial class ServerProcess : IDisposable
{
    private const int Terminate = 15;

    /// <summary>Ticks a second of /proc/PID/stat: USER_HZ, 100 on every Linux that .NET runs on (proc(5)).</summary>
    private const double TicksPerSecond = 100;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);
    private readonly Process _process;
    private readonly List<string> _complaints = [];

    public ServerProcess(string folder, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["HOME"] = folder;
        start.Environment.Remove("DISPLAY");
        _process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
        _process.ErrorDataReceived += (_, line) =>
        {
            lock (_complaints)
            {
                if (line.Data is { } text && _complaints.Count < 1000)
                {
                    _complaints.Add(text);
                }
            }
        };
        _process.BeginErrorReadLine();
    }

    /// <summary>Processor time that it used so far, in seconds.</summary>
    public double ProcessorSeconds => ProcessorSecondsOf(_process.Id);

    /// <summary>Processor time of any process so far, in seconds: utime and stime of /proc/PID/stat.</summary>
    public static double ProcessorSecondsOf(int process)
    {
        var fields = StatOf(process);
        return (double.Parse(fields[11], CultureInfo.InvariantCulture) + double.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond;
    }

    /// <summary>The fields of /proc/PID/stat behind the name (proc(5)): state, parent and the rest. Throws IOException where it is gone.</summary>
    public static string[] StatOf(int process)
    {
        var stat = File.ReadAllText($"/proc/{process}/stat");
        return stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
    }

    public static bool IsInstalled(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, program)));

    /// <summary>A port of the loopback interface that was free just now.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>The first line that it says.</summary>
    public async Task<string> FirstLineAsync()
    {
        using var late = new CancellationTokenSource(Deadline);
        return await _process.StandardOutput.ReadLineAsync(late.Token) ?? throw Ended();
    }

    /// <summary>Until it takes connections.</summary>
    public async Task ListeningAsync(int port)
    {
        using var late = new CancellationTokenSource(Deadline);
        while (true)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, port, late.Token);
                return;
            }
            catch (SocketException) when (!_process.HasExited)
            {
                await Task.Delay(20, late.Token);
            }
            catch (SocketException)
            {
                throw Ended();
            }
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _ = kill(_process.Id, Terminate);
            if (!_process.WaitForExit(TimeSpan.FromSeconds(5)))
            {
                _process.Kill();
                _process.WaitForExit(TimeSpan.FromSeconds(5));
            }
        }

        _process.Dispose();
    }

    private InvalidOperationException Ended()
    {
        lock (_complaints)
        {
            return new InvalidOperationException($"{_process.StartInfo.FileName} does not run: {string.Join(" / ", _complaints.TakeLast(5))}");
        }
    }

    [LibraryImport("libc")]
    private static partial int kill(int pid, int signal);
}
