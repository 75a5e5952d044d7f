using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Data;

namespace Vdi.Broker.Audit;

/// <summary>Something in the audit that is not as it was written.</summary>
/// <param name="Number">The entry, or the checkpoint where <paramref name="Broker"/> is empty.</param>
public sealed record AuditFinding(string Broker, long Number, string Detail);

/// <param name="Pending">Noted, and not in a chain yet.</param>
public sealed record AuditVerdict(long Entries, int Chains, int Pending, int Checkpoints, DateTimeOffset? LastCheckpoint, IReadOnlyList<AuditFinding> Findings);

/// <summary>Looks at every entry of every chain, and at what the checkpoints saw.</summary>
public static class AuditVerifier
{
    private const int Part = 1000;

    /// <summary>More of one kind say no more.</summary>
    private const int MostFindings = 100;

    /// <param name="folder">Where the checkpoints are.</param>
    /// <param name="key">Public or private key that signed them, PEM; null where none is known.</param>
    public static async Task<AuditVerdict> VerifyAsync(VdiDb db, string folder, string? key, CancellationToken stop)
    {
        // First the checkpoints: entries that are written meanwhile are beyond them.
        var findings = new List<AuditFinding>();
        var checkpoints = ReadCheckpoints(folder, key, findings);
        var seen = checkpoints.SelectMany(checkpoint => checkpoint.Heads, (checkpoint, head) => (checkpoint, head)).ToLookup(one => one.head.Broker);
        var pending = await db.AuditPending.CountAsync(stop);
        var brokers = await db.Audit.Select(entry => entry.Broker).Distinct().ToListAsync(stop);
        var entries = 0L;
        foreach (var broker in brokers.Union(seen.Select(chain => chain.Key)).Order(StringComparer.Ordinal))
        {
            entries += await VerifyChainAsync(db, broker, [.. seen[broker]], findings, stop);
        }

        return new AuditVerdict(entries, brokers.Count, pending, checkpoints.Count, checkpoints.LastOrDefault()?.At, findings);
    }

    /// <summary>One chain in its order, in parts: nobody's reading keeps the database from its housekeeping.</summary>
    internal static async IAsyncEnumerable<AuditEntry> ChainAsync(IQueryable<AuditEntry> entries, string broker, [EnumeratorCancellation] CancellationToken stop)
    {
        for (var last = 0L; ;)
        {
            var part = await entries.AsNoTracking().Where(entry => entry.Broker == broker && entry.Number > last).OrderBy(entry => entry.Number).Take(Part).ToListAsync(stop);
            foreach (var entry in part)
            {
                yield return entry;
            }

            if (part.Count < Part)
            {
                yield break;
            }

            last = part[^1].Number;
        }
    }

    private static async Task<long> VerifyChainAsync(VdiDb db, string broker, List<(AuditCheckpoint Checkpoint, AuditHead Head)> seen, List<AuditFinding> findings, CancellationToken stop)
    {
        var heads = seen.ToLookup(one => one.Head.Number);
        var (count, last, hash) = (0L, 0L, AuditHash.Nothing);
        void Find(long number, string detail)
        {
            if (findings.Count < MostFindings)
            {
                findings.Add(new AuditFinding(broker, number, detail));
            }
        }

        await foreach (var entry in ChainAsync(db.Audit, broker, stop))
        {
            if (entry.Number != last + 1)
            {
                Find(last + 1, entry.Number == last + 2 ? "is missing" : $"is missing, and so are those up to {entry.Number - 1}");
            }
            else if (entry.Previous != hash)
            {
                Find(entry.Number, "does not follow the one before it");
            }

            if (AuditHash.Of(entry) != entry.Hash)
            {
                Find(entry.Number, "was edited or moved: its hash is another");
            }

            if (heads[entry.Number].FirstOrDefault(one => one.Head.Hash != entry.Hash).Checkpoint is { } checkpoint)
            {
                Find(entry.Number, $"is not the one that checkpoint {checkpoint.Number} of {AuditHash.Instant(checkpoint.At)} saw: the chain was written anew");
            }

            (count, last, hash) = (count + 1, entry.Number, entry.Hash);
        }

        if (seen.Where(one => one.Head.Number > last).OrderBy(one => one.Head.Number).LastOrDefault() is { Checkpoint: { } newest } cut)
        {
            Find(last + 1, $"is missing, and so is all up to {cut.Head.Number}, which checkpoint {newest.Number} of {AuditHash.Instant(newest.At)} saw: the end was cut off");
        }

        return count;
    }

    private static List<AuditCheckpoint> ReadCheckpoints(string folder, string? key, List<AuditFinding> findings)
    {
        var good = new List<AuditCheckpoint>();
        using var signer = key is null ? null : AuditKey.Read(key);
        AuditCheckpoint? last = null;
        foreach (var (file, read) in AuditCheckpoints.In(folder))
        {
            var name = Path.GetFileName(file);
            if (read is null)
            {
                findings.Add(new AuditFinding("", (last?.Number ?? 0) + 1, $"checkpoint file {name} is damaged"));
                continue;
            }

            if (Fault(read, last, signer) is { } fault)
            {
                findings.Add(new AuditFinding("", read.Number, $"checkpoint file {name} {fault}"));
            }
            else
            {
                good.Add(read);
            }

            last = read;
        }

        return good;
    }

    private static string? Fault(AuditCheckpoint checkpoint, AuditCheckpoint? last, ECDsa? signer) =>
        signer is null ? "cannot be checked: the key that signed it is not known"
        : !checkpoint.IsSignedBy(signer) ? "does not bear the signature of this installation's key"
        : checkpoint.Number != (last?.Number ?? 0) + 1 ? $"follows checkpoint {last?.Number ?? 0}: those between are missing"
        : checkpoint.Previous != (last?.Hash ?? AuditHash.Nothing) ? "does not follow the one before it"
        : null;
}
