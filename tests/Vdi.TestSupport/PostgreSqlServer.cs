using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Vdi.TestSupport;

/// <summary>A PostgreSQL of its own from Debian's packages, on a unix socket in a temporary folder, stopped by process id.</summary>
public sealed class PostgreSqlServer : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vdi-pg").FullName;
    private Process? _process;
    private bool _durable;

    private PostgreSqlServer() { }

    public string ConnectionString => $"Host={_folder};Username=postgres;Database=postgres;Timeout=5;Command Timeout=10";

    /// <summary>Where it listens.</summary>
    public EndPoint EndPoint => new UnixDomainSocketEndPoint(Path.Combine(_folder, ".s.PGSQL.5432"));

    private static string Programs => Directory.EnumerateDirectories("/usr/lib/postgresql").Order().Last() + "/bin";

    private string Data => Path.Combine(_folder, "data");

    /// <param name="durable">Whether a commit is on the disk before it counts, as in use; tests are quicker without.</param>
    public static async Task<PostgreSqlServer> StartAsync(bool durable = false)
    {
        var server = new PostgreSqlServer { _durable = durable };
        await RunAsync("chown", "postgres", server._folder);
        await RunAsync("setpriv", [.. AsPostgres, Path.Combine(Programs, "initdb"), "-D", server.Data, "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8", "--locale=C"]);
        await server.BeginAsync();
        return server;
    }

    /// <summary>A database of its own on this server: its connection string.</summary>
    public async Task<string> NewDatabaseAsync()
    {
        var name = $"vdi{Guid.NewGuid():N}";
        await RunAsync("setpriv", [.. AsPostgres, Path.Combine(Programs, "createdb"), "-h", _folder, name]);
        return ConnectionString.Replace("Database=postgres", $"Database={name}", StringComparison.Ordinal);
    }

    /// <summary>The connection string through a line to <see cref="EndPoint"/>.</summary>
    public string Through(TcpProxy line) => ConnectionString.Replace($"Host={_folder}", $"Host=127.0.0.1;Port={line.Port};SSL Mode=Disable", StringComparison.Ordinal);

    /// <summary>Runs statements in the first database.</summary>
    public Task RunAsync(string sql) => RunAsync("setpriv", [.. AsPostgres, Path.Combine(Programs, "psql"), "-h", _folder, "-v", "ON_ERROR_STOP=1", "-c", sql]);

    /// <summary>Starts it again on the same data.</summary>
    public async Task BeginAsync()
    {
        _process = Process.Start(new ProcessStartInfo("setpriv", [.. AsPostgres, Path.Combine(Programs, "postgres"), "-D", Data, "-k", _folder, "-h", "", "-c", _durable ? "fsync=on" : "fsync=off", "-c", "max_connections=500"])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            WorkingDirectory = "/",
        })!;
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
        await Eventually.HoldsAsync(async () => await TryAsync("setpriv", [.. AsPostgres, Path.Combine(Programs, "pg_isready"), "-q", "-h", _folder]), "PostgreSQL answers", 30);
    }

    /// <summary>Stops it as a power cut would (immediate shutdown).</summary>
    public async Task EndAsync()
    {
        await RunAsync("kill", "-QUIT", _process!.Id.ToString(CultureInfo.InvariantCulture));
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            await EndAsync();
        }

        _process?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static string[] AsPostgres => ["--reuid", "postgres", "--regid", "postgres", "--clear-groups", "--"];

    private static async Task RunAsync(string program, params string[] arguments)
    {
        if (!await TryAsync(program, arguments))
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} failed");
        }
    }

    private static async Task<bool> TryAsync(string program, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" })!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        await Task.WhenAll(output, errors);
        return process.ExitCode == 0;
    }
}
