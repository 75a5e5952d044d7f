using System.Security.Cryptography;
using System.Text.Json;

namespace Vdi.Broker.Audit;

/// <summary>The last entry of a chain when a checkpoint was made.</summary>
public sealed record AuditHead(string Broker, long Number, string Hash);

/// <summary>The heads of all chains, signed: what was cut off after it is found. See docs/specs/audit.md.</summary>
/// <param name="Number">1, 2, 3 … of the broker that wrote it.</param>
/// <param name="Previous">SHA-256 in hex of what the one before signed; of nothing for the first.</param>
/// <param name="Signature">ECDSA P-256 with SHA-256, r and s, in base64.</param>
public sealed record AuditCheckpoint(string Broker, long Number, DateTimeOffset At, IReadOnlyList<AuditHead> Heads, string Previous, string Signature)
{
    private const string Format = "vdi-audit-checkpoint-1";

    internal string Hash => Convert.ToHexStringLower(SHA256.HashData(Signed));

    private byte[] Signed => AuditHash.Encode([Format, Broker, AuditHash.Number(Number), AuditHash.Instant(At), .. Heads.SelectMany(head => (string[])[head.Broker, AuditHash.Number(head.Number), head.Hash]), Previous]);

    internal static AuditCheckpoint Sign(string broker, AuditCheckpoint? last, DateTimeOffset at, IReadOnlyList<AuditHead> heads, ECDsa key)
    {
        var checkpoint = new AuditCheckpoint(broker, (last?.Number ?? 0) + 1, at, heads, last?.Hash ?? AuditHash.Nothing, "");
        return checkpoint with { Signature = Convert.ToBase64String(key.SignData(checkpoint.Signed, HashAlgorithmName.SHA256)) };
    }

    internal bool IsSignedBy(ECDsa key)
    {
        try
        {
            return key.VerifyData(Signed, Convert.FromBase64String(Signature), HashAlgorithmName.SHA256);
        }
        catch (FormatException)
        {
            return false;
        }
    }

    internal string ToJson() => JsonSerializer.Serialize(this, JsonSerializerOptions.Web);

    /// <summary>Null where this is none.</summary>
    internal static AuditCheckpoint? TryRead(string json)
    {
        try
        {
            var read = JsonSerializer.Deserialize<AuditCheckpoint>(json, JsonSerializerOptions.Web);
            return read is { Broker: not null, Heads: not null, Previous: not null, Signature: not null } && read.Heads.All(head => head is { Broker: not null, Hash: not null }) ? read : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
