using System.Diagnostics;

namespace Vdi.Server.Tls;

/// <summary>Asks an ACME authority for certificates with lego, Debian's client for RFC 8555. The authority looks for the answer to its
/// challenge (http-01) on our port for plain HTTP, which serves it from a folder.</summary>
/// <param name="folder">Where accounts and certificates are kept, apart for each authority.</param>
/// <param name="names">Host names; at least one.</param>
internal sealed class LegoClient(string folder, AcmeOptions options, IReadOnlyList<string> names, TimeProvider time)
{
    public const string Program = "/usr/bin/lego";
    private static readonly TimeSpan RenewBefore = TimeSpan.FromDays(30);
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);
    private readonly string _folder = Path.Combine(folder, new Uri(options.Directory).Authority.Replace(':', '_'));

    /// <summary>What is served under /.well-known/acme-challenge/: one file for each token.</summary>
    public string Challenges => Path.Combine(Root, ".well-known", "acme-challenge");

    /// <summary>The certificate that was had last, or null.</summary>
    public PemCertificate? TryRead() => File.Exists(Certificate) && File.Exists(Key) ? PemCertificate.Read(Certificate, Key) : null;

    private string Certificate => Path.Combine(_folder, "certificates", $"{names[0]}.crt");

    private string Key => Path.Combine(_folder, "certificates", $"{names[0]}.key");

    private string Root => Path.Combine(_folder, "challenges");

    /// <summary>Whether there is none for these names, or it ends within 30 days or the last third of its life.</summary>
    public bool IsDue(PemCertificate? have)
    {
        if (have is null || !names.All(have.IsFor))
        {
            return true;
        }

        var third = (have.NotAfter - have.NotBefore) / 3;
        return have.NotAfter - time.GetUtcNow() < (third < RenewBefore ? third : RenewBefore);
    }

    /// <summary>Gets a new certificate. Throws <see cref="CertificateException"/> where the authority gives none.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        Directory.CreateDirectory(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Directory.CreateDirectory(Challenges);
        string[] given = ["--accept-tos", "--server", options.Directory, "--path", _folder, "--email", options.Email ?? $"nobody@{names[0]}", "--http", "--http.webroot", Root];

        // 'run' also renews; 'renew' would sleep for minutes first, and knows nothing of names that came or went.
        var start = new ProcessStartInfo(Program, [.. given, .. names.SelectMany(name => new[] { "--domains", name }), "run"])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start) ?? throw new CertificateException("lego did not start");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(Deadline);
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(CancellationToken.None), process.StandardError.ReadToEndAsync(CancellationToken.None));
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            stop.ThrowIfCancellationRequested();
            throw new CertificateException($"The ACME authority {options.Directory} gave no certificate within {Deadline.TotalMinutes} minutes");
        }

        if (process.ExitCode != 0)
        {
            var words = (await output + await errors).Trim();
            throw new CertificateException($"The ACME authority {options.Directory} gave no certificate: {words[^Math.Min(words.Length, 800)..]}");
        }
    }
}
