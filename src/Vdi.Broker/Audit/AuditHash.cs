using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Vdi.Broker.Audit;

/// <summary>The canonical encoding of docs/specs/audit.md: netstrings, one after the other, and SHA-256 over them.</summary>
internal static class AuditHash
{
    /// <summary>SHA-256 of nothing: before the first entry of a chain.</summary>
    public const string Nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    private const string EntryFormat = "vdi-audit-1";

    public static string Of(AuditEntry entry) => Of(EntryFormat, entry.Broker, Number(entry.Number), Instant(entry.At), entry.Who, entry.From, entry.Action, entry.Target, entry.Before, entry.After, entry.Previous);

    public static string Of(params IEnumerable<string> parts) => Convert.ToHexStringLower(SHA256.HashData(Encode(parts)));

    public static byte[] Encode(IEnumerable<string> parts)
    {
        using var bytes = new MemoryStream();
        foreach (var part in parts)
        {
            var text = Encoding.UTF8.GetBytes(part);
            bytes.Write(Encoding.ASCII.GetBytes($"{Number(text.Length)}:"));
            bytes.Write(text);
            bytes.WriteByte((byte)',');
        }

        return bytes.ToArray();
    }

    public static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>UTC with seven decimals, which is all that is kept: 2026-11-25T10:17:51.0000000Z.</summary>
    public static string Instant(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);
}
