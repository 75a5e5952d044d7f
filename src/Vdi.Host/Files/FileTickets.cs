using System.Buffers.Text;
using System.Security.Cryptography;
using Vdi.Host.Desktops;
using Vdi.Protocol.Fleet;
using Vdi.Protocol.Wire;

namespace Vdi.Host.Files;

/// <summary>Who may send and fetch files: whoever looks at a desktop gets a ticket for it, good while the session is and until nobody has used it for a
/// while. Only hashes are kept, and those not over a restart: a new one is asked for.</summary>
internal sealed class FileTickets(Admissions admissions, TimeProvider time)
{
    public const int MostPerSession = 8;
    private static readonly TimeSpan Unused = TimeSpan.FromMinutes(15);
    private readonly Dictionary<string, Kept> _kept = [];
    private readonly Lock _lock = new();

    private sealed record Kept(Admit Admit, DateTimeOffset Used);

    /// <exception cref="Vdi.Protocol.ProtocolException">The session gives no right to files.</exception>
    public string Issue(Admit admit)
    {
        if ((admit.Rights & (Rights.FilesUp | Rights.FilesDown)) == 0)
        {
            throw new Vdi.Protocol.ProtocolException("wire: this desktop takes and gives no files");
        }

        var secret = RandomNumberGenerator.GetBytes(32);
        lock (_lock)
        {
            foreach (var (hash, old) in _kept.Where(each => !IsGood(each.Value)).ToList())
            {
                _kept.Remove(hash);
            }

            foreach (var (hash, _) in _kept.Where(each => each.Value.Admit.Session == admit.Session).OrderByDescending(each => each.Value.Used).Skip(MostPerSession - 1).ToList())
            {
                _kept.Remove(hash);
            }

            _kept[Admissions.HashOf(secret)] = new Kept(admit, time.GetUtcNow());
        }

        return Base64Url.EncodeToString(secret);
    }

    /// <summary>The session that the ticket is for; null where it is not good any more.</summary>
    public Admit? Enter(string? ticket)
    {
        if (ticket is not { Length: 43 } || !Base64Url.IsValid(ticket))
        {
            return null;
        }

        var hash = Admissions.HashOf(Base64Url.DecodeFromChars(ticket));
        lock (_lock)
        {
            if (!_kept.TryGetValue(hash, out var kept) || !IsGood(kept))
            {
                return null;
            }

            _kept[hash] = kept with { Used = time.GetUtcNow() };
            return kept.Admit;
        }
    }

    private bool IsGood(Kept kept) => time.GetUtcNow() - kept.Used < Unused && admissions.MachineOf(kept.Admit.Session) == kept.Admit.Machine;
}
