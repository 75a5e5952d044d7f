using System.Buffers.Binary;

namespace Vdi.Protocol.Rfb;

/// <summary>The part of the Remote Framebuffer Protocol 3.8 (RFC 6143) that a screen source needs: no security type,
/// Raw and the cursor, size and extended-key pseudo-encodings.</summary>
public static class RfbMessages
{
    public const int Raw = 0;
    public const int RichCursor = -239;
    public const int DesktopSize = -223;
    public const int PointerTypeChange = -257;
    public const int ExtendedKeyEvent = -258;

    public static ReadOnlySpan<byte> Version => "RFB 003.008\n"u8;

    public static int[] Encodings { get; } = [Raw, RichCursor, DesktopSize, PointerTypeChange, ExtendedKeyEvent];

    /// <summary>32 bits a pixel, little-endian, bytes in memory: red, green, blue, unused.</summary>
    public static byte[] SetPixelFormat() => [0, 0, 0, 0, 32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 0, 8, 16, 0, 0, 0];

    public static byte[] SetEncodings()
    {
        var message = new byte[4 + (Encodings.Length * 4)];
        message[0] = 2;
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(2), (ushort)Encodings.Length);
        for (var i = 0; i < Encodings.Length; i++)
        {
            BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(4 + (i * 4)), Encodings[i]);
        }

        return message;
    }

    public static byte[] FramebufferUpdateRequest(bool incremental, int width, int height)
    {
        var message = new byte[10];
        message[0] = 3;
        message[1] = (byte)(incremental ? 1 : 0);
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(6), checked((ushort)width));
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(8), checked((ushort)height));
        return message;
    }

    /// <summary>QEMU's extended key event (message 255, 0): the guest gets the key number as it is, without keysyms.</summary>
    public static byte[] Key(bool down, int qnum)
    {
        var message = new byte[12];
        message[0] = 255;
        message[3] = (byte)(down ? 1 : 0);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(8), (uint)qnum);
        return message;
    }

    public static byte[] Pointer(int x, int y, int mask)
    {
        var message = new byte[6];
        message[0] = 5;
        message[1] = (byte)mask;
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(2), checked((ushort)x));
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(4), checked((ushort)y));
        return message;
    }
}

/// <summary>ServerInit (7.3.2): 20 fixed bytes, then the name.</summary>
public readonly record struct ServerInit(int Width, int Height, int NameLength)
{
    public const int Length = 24;

    public static ServerInit Read(ReadOnlySpan<byte> bytes)
    {
        var (width, height) = (BinaryPrimitives.ReadUInt16BigEndian(bytes), BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]));
        var name = BinaryPrimitives.ReadUInt32BigEndian(bytes[20..]);
        return name <= 4096 ? new ServerInit(width, height, (int)name) : throw new ProtocolException("rfb: the desktop's name is too long");
    }
}

/// <summary>Head of one rectangle in a FramebufferUpdate (7.6.1), checked against the screen it goes to.</summary>
public readonly record struct RectangleHeader(int X, int Y, int Width, int Height, int Encoding)
{
    public const int Length = 12;

    public static RectangleHeader Read(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadUInt16BigEndian(bytes),
        BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]),
        BinaryPrimitives.ReadUInt16BigEndian(bytes[4..]),
        BinaryPrimitives.ReadUInt16BigEndian(bytes[6..]),
        BinaryPrimitives.ReadInt32BigEndian(bytes[8..]));
}
