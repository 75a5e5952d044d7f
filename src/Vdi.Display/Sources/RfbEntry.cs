using System.Buffers.Binary;
using System.Security.Cryptography;
using Vdi.Protocol;
using Vdi.Protocol.Rfb;

namespace Vdi.Display.Sources;

/// <summary>The first part of an RFB connection (RFC 6143, 7.1): the version, and what lets one in. The peer is hostile.</summary>
public static class RfbEntry
{
    private const byte NoSecurity = 1;
    private const byte VncAuthentication = 2;

    /// <summary>Agrees on version 3.8 and enters; what comes next is ClientInit.</summary>
    /// <param name="password">For servers that want one; null where there is none.</param>
    /// <exception cref="ProtocolException">It is no RFB server, or does not let us in.</exception>
    public static async Task EnterAsync(Stream stream, string? password, CancellationToken stop)
    {
        try
        {
            var head = new byte[256];
            await stream.ReadExactlyAsync(head.AsMemory(0, 12), stop);
            if (!head.AsSpan(0, 4).SequenceEqual("RFB "u8))
            {
                throw new ProtocolException("rfb: the peer does not speak RFB");
            }

            await stream.WriteAsync(RfbMessages.Version.ToArray(), stop);
            await stream.ReadExactlyAsync(head.AsMemory(0, 1), stop);
            var types = head[0];
            await stream.ReadExactlyAsync(head.AsMemory(0, types), stop);
            var offered = head[..types];
            if (offered.Length == 0)
            {
                throw new ProtocolException("rfb: the peer lets nobody in just now; many do so for a while after wrong passwords");
            }

            if (offered.Contains(NoSecurity))
            {
                await stream.WriteAsync(new[] { NoSecurity }, stop);
            }
            else if (password is null || !offered.Contains(VncAuthentication))
            {
                throw new ProtocolException(offered.Contains(VncAuthentication) ? "rfb: the peer demands a password" : "rfb: the peer demands a kind of sign-in that is not known here");
            }
            else
            {
                await stream.WriteAsync(new[] { VncAuthentication }, stop);
                await stream.ReadExactlyAsync(head.AsMemory(0, 16), stop);
                await stream.WriteAsync(Respond(head.AsSpan(0, 16), password), stop);
            }

            await stream.ReadExactlyAsync(head.AsMemory(0, 4), stop);
            if (BinaryPrimitives.ReadUInt32BigEndian(head) != 0)
            {
                throw new ProtocolException(offered.Contains(NoSecurity) ? "rfb: the peer refused" : "rfb: the peer refused the password");
            }
        }
        catch (Exception e) when (e is EndOfStreamException or IOException)
        {
            throw new ProtocolException("rfb: the peer closed the line", e);
        }
    }

    /// <summary>The challenge, enciphered with the password (7.2.2): DES by whose first eight bytes, each with its bits in reverse order.</summary>
    internal static byte[] Respond(ReadOnlySpan<byte> challenge, string password)
    {
        var key = new byte[8];
        var bytes = System.Text.Encoding.Latin1.GetBytes(password);
        bytes.AsSpan(0, Math.Min(8, bytes.Length)).CopyTo(key);
        for (var i = 0; i < key.Length; i++)
        {
            key[i] = (byte)(((key[i] * 0x0202020202UL) & 0x010884422010UL) % 1023);
        }

        try
        {
#pragma warning disable CA5351 // The protocol's own; whoever wants more uses a network that nobody else hears.
            using var des = DES.Create();
#pragma warning restore CA5351
            des.Key = key;
            return des.EncryptEcb(challenge, PaddingMode.None);
        }
        catch (CryptographicException e)
        {
            throw new ProtocolException("rfb: this password cannot be used (its key would be weak): choose another", e);
        }
    }
}
