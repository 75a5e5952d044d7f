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

    /// <summary>By session and monitor: each has its own window.</summary>
    private readonly ConcurrentDictionary<(Guid Session, int Head), Admission> _sessions = new();

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
                _sessions[(admission.Admit.Session, admission.Admit.Head)] = admission with { Left = admission.Left ?? time.GetUtcNow() };
            }
            else
            {
                await WriteAsync(admission.Admit.Session, admission.Admit.Head, stop);
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
            return _sessions.Values.Select(admission => admission.Admit).Concat(_tickets.Values).FirstOrDefault(admit => admit.Session == session)?.Machine;
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
            else if (old.Session == admit.Session && old.Head == admit.Head)
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

    /// <summary>Lets one connection in and makes it the newest of the session's monitor: the ticket that it shows is taken, of all who show it by one;
    /// the resume secret that it shows stays good until <see cref="ConfirmAsync"/>. All others of the monitor are void. Null where what it
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
            _sessions[(admit.Session, admit.Head)] = new Admission(admit, hash, resumes ? HashOf(hello.Secret) : null, Left: null);
            return new Entry(admit, secret, hash, resumes);
        }
    }

    /// <summary>Puts what was decided about a session on disk: what a connection is told must survive this process.</summary>
    public Task SaveAsync(Guid session, CancellationToken stop, int head = 0) => WriteAsync(session, head, stop);

    /// <summary>Whether the connection whose Welcome bore the resume secret behind this hash is still the session's: nothing was revoked,
    /// and no other connection to its monitor came after it.</summary>
    public bool IsNewest(Guid session, string hash, int head = 0) => _sessions.TryGetValue((session, head), out var admission) && admission.Current == hash;

    /// <summary>The browser has the newest secret: the one before is void.</summary>
    public Task ConfirmAsync(Guid session, CancellationToken stop, int head = 0) => ChangeAsync(session, head, admission => admission.Previous is null ? null : admission with { Previous = null }, stop);

    /// <summary>The line is lost: the resume window begins.</summary>
    public Task LeaveAsync(Guid session, CancellationToken stop, int head = 0) => ChangeAsync(session, head, admission => admission with { Left = time.GetUtcNow() }, stop);

    /// <summary>Nobody may come to this session any more, from the moment of the call; the task is its files' deletion.</summary>
    public Task RevokeAsync(Guid session)
    {
        List<int> heads;
        lock (_door)
        {
            foreach (var (hash, admit) in _tickets)
            {
                if (admit.Session == session)
                {
                    _tickets.TryRemove(hash, out _);
                }
            }

            heads = [.. _sessions.Keys.Where(key => key.Session == session).Select(key => key.Head).Append(0).Distinct()];
            heads.ForEach(head => _sessions.TryRemove((session, head), out _));
        }

        return Task.WhenAll(heads.Select(head => WriteAsync(session, head, CancellationToken.None)));
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

    private Task WriteAsync(Guid session, int head, CancellationToken stop) => files.WriteAsync(session, head, () => _sessions.GetValueOrDefault((session, head)), stop);

    private async Task ChangeAsync(Guid session, int head, Func<Admission, Admission?> change, CancellationToken stop)
    {
        if (_sessions.TryGetValue((session, head), out var admission) && change(admission) is { } changed && _sessions.TryUpdate((session, head), changed, admission))
        {
            await WriteAsync(session, head, stop);
        }
    }
}

/// <summary>One connection that was let in: to what, the resume secret that its Welcome bears, SHA-256 (hex) of it, and whether it came back with one.</summary>
public sealed record Entry(Admit Admit, byte[] Secret, string SecretHash, bool CameBack);

/// <summary>Somebody's admission to a session: SHA-256 (hex) of the resume secrets that are good, and since when the line is lost.</summary>
public sealed record Admission(Admit Admit, string Current, string? Previous, DateTimeOffset? Left);
