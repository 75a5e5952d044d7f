using System.Globalization;
using System.Text;

namespace Vdi.Protocol.DBus;

/// <summary>How a connection begins (D-Bus specification, "Authentication Protocol"), from the client's side: EXTERNAL, by the user that
/// the kernel knows us as, and the passing of descriptors.</summary>
public static class DBusHandshake
{
    private const int MaxAnswer = 512;

    /// <summary>All that a client says, in one piece: the server answers it line by line.</summary>
    public static byte[] Client(uint uid)
    {
        var name = Convert.ToHexStringLower(Encoding.ASCII.GetBytes(uid.ToString(CultureInfo.InvariantCulture)));
        return [0, .. Encoding.ASCII.GetBytes($"AUTH EXTERNAL {name}\r\nNEGOTIATE_UNIX_FD\r\nBEGIN\r\n")];
    }

    /// <summary>Takes the server's two answers off <paramref name="received"/>: how many bytes they were, 0 while they are not complete.</summary>
    public static int Take(ReadOnlySpan<byte> received)
    {
        var accepted = received.IndexOf("\r\n"u8) + 2;
        var both = accepted >= 2 && received[accepted..].IndexOf("\r\n"u8) is >= 0 and var end ? accepted + end + 2 : 0;
        if (both == 0)
        {
            return received.Length < MaxAnswer ? 0 : throw new ProtocolException("dbus: the peer does not speak D-Bus");
        }

        return received.StartsWith("OK "u8) && received[accepted..both].SequenceEqual("AGREE_UNIX_FD\r\n"u8)
            ? both
            : throw new ProtocolException("dbus: the peer refused");
    }
}
