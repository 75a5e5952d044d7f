using System.Security.Cryptography;

namespace Vdi.Broker.Sessions;

/// <summary>Secrets that let somebody come to a host.</summary>
internal static class Tickets
{
    /// <summary>From being given to being shown.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromSeconds(30);

    /// <summary>A new secret of 32 bytes in base64url, and its SHA-256 in lower-case hex, which is all that hosts are told.</summary>
    public static (string Ticket, string Hash) New()
    {
        var secret = RandomNumberGenerator.GetBytes(32);
        return (Convert.ToBase64String(secret).TrimEnd('=').Replace('+', '-').Replace('/', '_'), Convert.ToHexStringLower(SHA256.HashData(secret)));
    }
}
