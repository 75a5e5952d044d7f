using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Vdi.Broker.Data;

namespace Vdi.Broker.Audit;

/// <summary>Checkpoints as files in a folder, one each, for copying elsewhere: what was cut off a chain is found by those alone that the one who cut cannot reach.</summary>
public sealed class AuditCheckpoints(IOptions<AuditOptions> options, TimeProvider time)
{
    private const UnixFileMode Mine = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private AuditCheckpoint? _last;
    private bool _read;
    private long _since;

    /// <summary>All that lie in a folder, oldest first; null for a file that is none.</summary>
    public static IEnumerable<(string File, AuditCheckpoint? Checkpoint)> In(string folder) => Directory.Exists(folder)
        ? Directory.EnumerateFiles(folder, "checkpoint-*.json").Order(StringComparer.Ordinal).Select(file => (file, AuditCheckpoint.TryRead(File.ReadAllText(file))))
        : [];

    /// <summary>So many entries are new in this broker's chain.</summary>
    internal void Count(int moved) => _since += moved;

    /// <param name="finish">Whether this is the last chance for now.</param>
    internal bool IsDue(bool finish)
    {
        if (options.Value is not { Folder: { } folder, Keys: not null } chosen)
        {
            return false;
        }

        if (!_read)
        {
            // What came after the last one is not known yet: one more is the answer.
            (_last, _read, _since) = (In(folder).LastOrDefault().Checkpoint, true, _since + 1);
        }

        return _since > 0 && (finish || _last is null || _since >= chosen.CheckpointEntries || time.GetUtcNow() - _last.At >= chosen.CheckpointAfter);
    }

    internal async Task WriteAsync(VdiDb db, CancellationToken stop)
    {
        var since = _since;
        var numbers = db.Audit.GroupBy(entry => entry.Broker).Select(chain => new { Broker = chain.Key, Number = chain.Max(entry => entry.Number) });
        var heads = await db.Audit.AsNoTracking().Join(numbers, entry => new { entry.Broker, entry.Number }, head => head, (entry, _) => new AuditHead(entry.Broker, entry.Number, entry.Hash)).ToListAsync(stop);
        heads.Sort((one, two) => string.CompareOrdinal(one.Broker, two.Broker));
        if (_last is null ? heads.Count > 0 : !heads.SequenceEqual(_last.Heads))
        {
            using var key = AuditKey.LoadOrMake(options.Value.Keys!);
            var folder = Directory.CreateDirectory(options.Value.Folder!, Mine | UnixFileMode.UserExecute).FullName;
            var checkpoint = AuditCheckpoint.Sign(options.Value.Broker, _last, time.GetUtcNow(), heads, key);
            DurableFile.Write(Path.Combine(folder, $"checkpoint-{checkpoint.Number:00000000}.json"), checkpoint.ToJson() + "\n", Mine);
            DurableFile.Write(Path.Combine(folder, "audit.pub"), key.ExportSubjectPublicKeyInfoPem() + "\n", Mine);
            _last = checkpoint;
        }

        _since -= since;
    }
}
