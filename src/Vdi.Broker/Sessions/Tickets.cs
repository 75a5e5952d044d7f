using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Vdi.Broker.Sessions;

/// <summary>Secrets that let somebody come to a host.</summary>
internal static class Tickets
{
    /// <summary>From being given to being shown.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromSeconds(30);

    private const int LongestShown = 64;

    /// <summary>A new secret of 32 bytes in base64url, and its SHA-256 in lower-case hex, which is all that hosts are told.</summary>
    public static (string Ticket, string Hash) New()
    {
        var secret = RandomNumberGenerator.GetBytes(32);
        return (Base64Url.EncodeToString(secret), HashOf(secret));
    }

    /// <summary>The hash of a secret that somebody shows; of what is none, one that nothing has.</summary>
    public static string HashOf(string shown) => HashOf(shown.Length <= LongestShown && Base64Url.IsValid(shown) ? Base64Url.DecodeFromChars(shown) : Encoding.UTF8.GetBytes(shown));

    private static string HashOf(byte[] secret) => Convert.ToHexStringLower(SHA256.HashData(secret));
}
