using System.Collections.Concurrent;
using System.Security.Cryptography;
using Vdi.Protocol.Fleet;
using Vdi.Protocol.Wire;

namespace Vdi.Host.Desktops;

/// <summary>Who may come. A ticket is good once, until it expires. A resume secret is good until the next one is known to have
/// arrived, so that a line that breaks during Welcome locks nobody out. Only hashes are kept, those of resume secrets also on disk:
/// coming back works while broker and database are down, and after this process was killed.</summary>
public sealed class Admissions(SessionFiles files, HostOptions options, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Admit> _tickets = new();
    private readonly ConcurrentDictionary<Guid, Admission> _sessions = new();

    /// <summary>Entering and revoking are each one step, so that nobody enters between them with what was revoked.</summary>
    private readonly Lock _door = new();

    public static string HashOf(ReadOnlySpan<byte> secret) => Convert.ToHexStringLower(SHA256.HashData(secret));

    /// <summary>Takes up what an earlier process knew, of the machines that are still there; the rest is forgotten.</summary>
    public async Task LoadAsync(IReadOnlySet<Guid> machines, CancellationToken stop)
    {
        foreach (var admission in await files.ReadAllAsync(stop))
        {
            if (machines.Contains(admission.Admit.Machine))
            {
                _sessions[admission.Admit.Session] = admission with { Left = admission.Left ?? time.GetUtcNow() };
            }
            else
            {
                await WriteAsync(admission.Admit.Session, stop);
            }
        }
    }

    /// <summary>The newest epoch under which somebody was admitted to a machine; 0 where nobody was.</summary>
    public long EpochOf(Guid machine) => _sessions.Values.Where(admission => admission.Admit.Machine == machine).Select(admission => admission.Admit.Epoch).DefaultIfEmpty().Max();

    /// <summary>The machine behind a session to which somebody may come; null where there is none.</summary>
    public Guid? MachineOf(Guid session)
    {
        lock (_door)
        {
            return (_sessions.GetValueOrDefault(session)?.Admit ?? _tickets.Values.FirstOrDefault(admit => admit.Session == session))?.Machine;
        }
    }

    public void Admit(Admit admit)
    {
        var mine = new List<(string Hash, Admit Admit)>();
        foreach (var (hash, old) in _tickets)
        {
            if (old.Expires < time.GetUtcNow())
            {
                _tickets.TryRemove(hash, out _);
            }
            else if (old.Session == admit.Session)
            {
                mine.Add((hash, old));
            }
        }

        foreach (var (hash, _) in mine.OrderByDescending(ticket => ticket.Admit.Expires).Skip(options.MaxTicketsPerSession - 1))
        {
            _tickets.TryRemove(hash, out _);
        }

        _tickets[admit.TicketHash] = admit;
    }

    /// <summary>Lets one connection in and makes it the session's newest: the ticket that it shows is taken, of all who show it by one;
    /// the resume secret that it shows stays good until <see cref="ConfirmAsync"/>. All others of the session are void. Null where what it
    /// shows was never good or is not any more.</summary>
    public Entry? Enter(Hello hello)
    {
        lock (_door)
        {
            var resumes = hello.Kind == CredentialKind.ResumeSecret;
            if ((resumes ? FindResume(hello.Secret) : TakeTicket(hello.Secret)) is not { } admit)
            {
                return null;
            }

            var secret = RandomNumberGenerator.GetBytes(Hello.SecretLength);
            var hash = HashOf(secret);
            _sessions[admit.Session] = new Admission(admit, hash, resumes ? HashOf(hello.Secret) : null, Left: null);
            return new Entry(admit, secret, hash);
        }
    }

    /// <summary>Puts what was decided about a session on disk: what a connection is told must survive this process.</summary>
    public Task SaveAsync(Guid session, CancellationToken stop) => WriteAsync(session, stop);

    /// <summary>Whether the connection whose Welcome bore the resume secret behind this hash is still the session's: nothing was revoked,
    /// and no other connection came after it.</summary>
    public bool IsNewest(Guid session, string hash) => _sessions.TryGetValue(session, out var admission) && admission.Current == hash;

    /// <summary>The browser has the newest secret: the one before is void.</summary>
    public Task ConfirmAsync(Guid session, CancellationToken stop) => ChangeAsync(session, admission => admission.Previous is null ? null : admission with { Previous = null }, stop);

    /// <summary>The line is lost: the resume window begins.</summary>
    public Task LeaveAsync(Guid session, CancellationToken stop) => ChangeAsync(session, admission => admission with { Left = time.GetUtcNow() }, stop);

    /// <summary>Nobody may come to this session any more, from the moment of the call; the task is its file's deletion.</summary>
    public Task RevokeAsync(Guid session)
    {
        lock (_door)
        {
            foreach (var (hash, admit) in _tickets)
            {
                if (admit.Session == session)
                {
                    _tickets.TryRemove(hash, out _);
                }
            }

            _sessions.TryRemove(session, out _);
        }

        return WriteAsync(session, CancellationToken.None);
    }

    /// <summary>Nobody may come to this machine any more.</summary>
    public Task RevokeMachineAsync(Guid machine, long before = long.MaxValue) => Task.WhenAll(SessionsWhere(admit => admit.Machine == machine && admit.Epoch < before).Select(RevokeAsync));

    /// <summary>The sessions of a user to which somebody may come.</summary>
    public IReadOnlyList<Guid> SessionsOf(string user) => SessionsWhere(admit => admit.User == user);

    private List<Guid> SessionsWhere(Func<Admit, bool> which)
    {
        lock (_door)
        {
            return [.. _sessions.Values.Select(admission => admission.Admit).Concat(_tickets.Values).Where(which).Select(admit => admit.Session).Distinct()];
        }
    }

    private Admit? TakeTicket(ReadOnlySpan<byte> secret) =>
        _tickets.TryRemove(HashOf(secret), out var admit) && admit.Expires >= time.GetUtcNow() ? admit : null;

    private Admit? FindResume(ReadOnlySpan<byte> secret)
    {
        var hash = HashOf(secret);
        return _sessions.Values.FirstOrDefault(admission => admission.Current == hash || admission.Previous == hash) is { } found
            && (found.Left is not { } left || time.GetUtcNow() - left <= WindowOf(found.Admit))
            ? found.Admit
            : null;
    }

    private TimeSpan WindowOf(Admit admit) => admit.Limits?.ReconnectSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : options.ResumeWindow;

    private Task WriteAsync(Guid session, CancellationToken stop) => files.WriteAsync(session, () => _sessions.GetValueOrDefault(session), stop);

    private async Task ChangeAsync(Guid session, Func<Admission, Admission?> change, CancellationToken stop)
    {
        if (_sessions.TryGetValue(session, out var admission) && change(admission) is { } changed && _sessions.TryUpdate(session, changed, admission))
        {
            await WriteAsync(session, stop);
        }
    }
}

/// <summary>One connection that was let in: to what, the resume secret that its Welcome bears, and SHA-256 (hex) of it.</summary>
public sealed record Entry(Admit Admit, byte[] Secret, string SecretHash);

/// <summary>Somebody's admission to a session: SHA-256 (hex) of the resume secrets that are good, and since when the line is lost.</summary>
public sealed record Admission(Admit Admit, string Current, string? Previous, DateTimeOffset? Left);
