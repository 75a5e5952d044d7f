using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Vdi.Broker.Data;

/// <summary>PostgreSQL's own client programs: they alone know how to copy a database of theirs.</summary>
internal static class PostgreSqlPrograms
{
    /// <summary>Where Debian keeps those of each version.</summary>
    private const string Versions = "/usr/lib/postgresql";

    public static Task DumpAsync(string connection, string file, CancellationToken stop) =>
        RunAsync(connection, "pg_dump", ["--format=custom", "--no-owner", "--no-privileges", $"--file={file}"], stop);

    /// <summary>Takes the tables away and puts the copy's in their place, all of it or nothing.</summary>
    public static async Task ReplaceAsync(string connection, string file, IEnumerable<string> tables, CancellationToken stop)
    {
        var script = file + ".sql";
        try
        {
            await using (new FileStream(script, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
            {
            }

            await RunAsync(connection, "pg_restore", ["--no-owner", "--no-privileges", "--exit-on-error", $"--file={script}", file], stop);
            var clear = string.Join(' ', tables.Select(table => $"DROP TABLE IF EXISTS \"{table}\" CASCADE;")) + """ DROP FUNCTION IF EXISTS "AuditAppendOnly"() CASCADE;""";
            await RunAsync(connection, "psql", ["--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", $"--command={clear}", $"--file={script}"], stop);
        }
        finally
        {
            File.Delete(script);
        }
    }

    private static async Task RunAsync(string connection, string program, IEnumerable<string> arguments, CancellationToken stop)
    {
        var start = new ProcessStartInfo(Find(program), arguments) { RedirectStandardError = true, RedirectStandardOutput = true, RedirectStandardInput = true };
        foreach (var (name, value) in Settings(new NpgsqlConnectionStringBuilder(connection)))
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(CancellationToken.None), process.StandardError.ReadToEndAsync(CancellationToken.None));
        try
        {
            await process.WaitForExitAsync(stop);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }

        await output;
        if (process.ExitCode != 0)
        {
            throw new IOException($"{program} ended with {process.ExitCode}: {(await errors).Trim()}");
        }
    }

    /// <summary>By the environment, where a password is not for everybody to see (libpq, "Environment Variables").</summary>
    private static Dictionary<string, string> Settings(NpgsqlConnectionStringBuilder connection)
    {
        var settings = new Dictionary<string, string>
        {
            ["PGHOST"] = connection.Host ?? "localhost",
            ["PGPORT"] = connection.Port.ToString(CultureInfo.InvariantCulture),
            ["PGDATABASE"] = connection.Database ?? connection.Username ?? "postgres",
            ["PGSSLMODE"] = connection.SslMode switch { SslMode.VerifyCA => "verify-ca", SslMode.VerifyFull => "verify-full", var mode => mode.ToString().ToLowerInvariant() },
            ["PGCONNECT_TIMEOUT"] = "15",
        };
        foreach (var (name, value) in new[] { ("PGUSER", connection.Username), ("PGPASSWORD", connection.Password), ("PGPASSFILE", connection.Passfile), ("PGSSLROOTCERT", connection.RootCertificate) })
        {
            if (value is { Length: > 0 })
            {
                settings[name] = value;
            }
        }

        return settings;
    }

    private static string Find(string program)
    {
        var ofVersions = Directory.Exists(Versions)
            ? Directory.EnumerateDirectories(Versions).OrderByDescending(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var version) ? version : 0).Select(folder => Path.Combine(folder, "bin"))
            : [];
        return ofVersions.Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)).Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists)
            ?? throw new FileNotFoundException($"{program} is not on this computer: install PostgreSQL's client programs, of the server's version or newer (on Debian the package postgresql-client).");
    }
}
