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
                files.Delete(admission.Admit.Session);
            }
        }
    }

    /// <summary>The newest epoch under which somebody was admitted to a machine; 0 where nobody was.</summary>
    public long EpochOf(Guid machine) => _sessions.Values.Where(admission => admission.Admit.Machine == machine).Select(admission => admission.Admit.Epoch).DefaultIfEmpty().Max();

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

    /// <summary>Takes a ticket: of all who show it, one gets it.</summary>
    public Admit? TakeTicket(ReadOnlySpan<byte> secret) =>
        _tickets.TryRemove(HashOf(secret), out var admit) && admit.Expires >= time.GetUtcNow() ? admit : null;

    /// <summary>The session of a resume secret; null where it was never good or is not any more.</summary>
    public Admit? FindResume(ReadOnlySpan<byte> secret)
    {
        var hash = HashOf(secret);
        return _sessions.Values.FirstOrDefault(admission => admission.Current == hash || admission.Previous == hash) is { } found
            && (found.Left is not { } left || time.GetUtcNow() - left <= options.ResumeWindow)
            ? found.Admit
            : null;
    }

    /// <summary>Whether a connection whose Welcome bore the resume secret behind this hash is still the session's: nothing was revoked,
    /// and no other connection came after it.</summary>
    public bool IsNewest(Guid session, string hash) => _sessions.TryGetValue(session, out var admission) && admission.Current == hash;

    /// <summary>A new resume secret for a session, on disk before it is returned. <paramref name="shown"/> is the one that was shown, if one
    /// was: it stays good until <see cref="ConfirmAsync"/>; all others of the session are void.</summary>
    public async Task<byte[]> IssueResumeAsync(Admit admit, ReadOnlyMemory<byte>? shown, CancellationToken stop)
    {
        var secret = RandomNumberGenerator.GetBytes(Hello.SecretLength);
        var admission = new Admission(admit, HashOf(secret), shown is { } old ? HashOf(old.Span) : null, Left: null);
        _sessions[admit.Session] = admission;
        await WriteAsync(admit.Session, stop);
        return secret;
    }

    /// <summary>Whether no other secret was given out for the session since this one.</summary>
    public bool IsNewest(Guid session, ReadOnlySpan<byte> secret) => _sessions.TryGetValue(session, out var admission) && admission.Current == HashOf(secret);

    /// <summary>The browser has the newest secret: the one before is void.</summary>
    public Task ConfirmAsync(Guid session, CancellationToken stop) => ChangeAsync(session, admission => admission.Previous is null ? null : admission with { Previous = null }, stop);

    /// <summary>The line is lost: the resume window begins.</summary>
    public Task LeaveAsync(Guid session, CancellationToken stop) => ChangeAsync(session, admission => admission with { Left = time.GetUtcNow() }, stop);

    /// <summary>Nobody may come to this session any more.</summary>
    public void Revoke(Guid session)
    {
        foreach (var (hash, admit) in _tickets)
        {
            if (admit.Session == session)
            {
                _tickets.TryRemove(hash, out _);
            }
        }

        _sessions.TryRemove(session, out _);
        files.Delete(session);
    }

    /// <summary>Nobody may come to this machine any more.</summary>
    public void RevokeMachine(Guid machine)
    {
        foreach (var admission in _sessions.Values.Where(admission => admission.Admit.Machine == machine))
        {
            Revoke(admission.Admit.Session);
        }
    }

    private Task WriteAsync(Guid session, CancellationToken stop) => files.WriteAsync(session, () => _sessions.GetValueOrDefault(session), stop);

    private async Task ChangeAsync(Guid session, Func<Admission, Admission?> change, CancellationToken stop)
    {
        if (_sessions.TryGetValue(session, out var admission) && change(admission) is { } changed && _sessions.TryUpdate(session, changed, admission))
        {
            await WriteAsync(session, stop);
        }
    }
}

/// <summary>Somebody's admission to a session: SHA-256 (hex) of the resume secrets that are good, and since when the line is lost.</summary>
public sealed record Admission(Admit Admit, string Current, string? Previous, DateTimeOffset? Left);
