using System.Net;

namespace Vdi.Server.Tls;

/// <summary>The certificate that the server shows just now. Files that change are read again; certificates of an authority, own or
/// ACME, are renewed 30 days before they end; no connection is lost for it.</summary>
internal sealed partial class ServerCertificates : BackgroundService
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(10);

    /// <summary>Public authorities forgive five failures in an hour.</summary>
    private static readonly TimeSpan AskEvery = TimeSpan.FromMinutes(15);
    private readonly TlsOptions _options;
    private readonly OwnAuthority? _authority;
    private readonly LegoClient? _lego;
    private readonly TimeProvider _time;
    private readonly IHostApplicationLifetime _life;
    private readonly ILogger<ServerCertificates> _log;
    private PemCertificate? _current;
    private DateTimeOffset _asked;
    private string? _fault;

    /// <summary>Throws <see cref="CertificateException"/> where the certificate cannot be used.</summary>
    /// <param name="folder">Where the own authority or ACME's certificates are kept.</param>
    public ServerCertificates(string folder, TlsOptions options, IPAddress bind, TimeProvider time, IHostApplicationLifetime life, ILogger<ServerCertificates> log)
    {
        (_options, _time, _life, _log) = (options, time, life, log);
        Names = options.Names.Count > 0 ? options.Names : options.Certificate is null ? OwnNames.For(bind) : [];
        if (options.Acme is { } acme)
        {
            _lego = new LegoClient(Path.Combine(folder, "acme"), acme, Names, time);
        }
        else if (options.Certificate is null)
        {
            _authority = new OwnAuthority(folder, time);
        }

        if (_lego is not null && !File.Exists(LegoClient.Program))
        {
            throw new CertificateException($"{LegoClient.Program} is not installed, and --acme needs it: apt-get install lego");
        }

        Take(Load());
        if (_authority is not null)
        {
            LogAuthority(_authority.Fingerprint);
        }
    }

    /// <summary>The names of the server, without those that only a certificate from a file knows.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Folder of answers to ACME challenges, or null.</summary>
    public string? Challenges => _lego?.Challenges;

    /// <summary>PEM file of the own authority's certificate, or null where another one signed.</summary>
    public string? AuthorityFile => _authority?.AuthorityFile;

    /// <summary>The certificate, or null while an ACME authority has not given the first one.</summary>
    public PemCertificate? Current => Volatile.Read(ref _current);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // An ACME authority asks us back before it gives anything.
        var listening = new TaskCompletionSource();
        await using var started = _life.ApplicationStarted.Register(listening.SetResult);
        await listening.Task.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (_lego is not null && _lego.IsDue(_current) && _time.GetUtcNow() - _asked >= AskEvery)
                {
                    _asked = _time.GetUtcNow();
                    await _lego.RunAsync(stoppingToken);
                }

                Take(Load());
                _fault = null;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // Once, not every ten seconds.
                if (_fault != e.Message)
                {
                    LogNotRenewed(e.Message);
                }

                _fault = e.Message;
            }

            await Task.Delay(LookEvery, _time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private PemCertificate? Load() =>
        _authority is not null ? _authority.ServerCertificate(Names)
        : _lego is not null ? _lego.TryRead()
        : PemCertificate.Read(_options.Certificate!, _options.Key).Check(_time.GetUtcNow(), Names);

    private void Take(PemCertificate? loaded)
    {
        if (loaded is not null && loaded.Thumbprint != _current?.Thumbprint)
        {
            Volatile.Write(ref _current, loaded);
            LogCertificate(loaded.Subject, loaded.NotAfter.UtcDateTime);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Browsers must trust this installation's own CA once: download it from /ca.crt; its SHA-256 fingerprint is {Fingerprint}")]
    private partial void LogAuthority(string fingerprint);

    [LoggerMessage(Level = LogLevel.Information, Message = "The server shows the certificate of {Subject}, good until {End:u}")]
    private partial void LogCertificate(string subject, DateTime end);

    [LoggerMessage(Level = LogLevel.Error, Message = "No new certificate; it is tried again. {Cause}")]
    private partial void LogNotRenewed(string cause);
}
