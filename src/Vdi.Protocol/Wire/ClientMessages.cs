using System.Buffers;

namespace Vdi.Protocol.Wire;

/// <summary>First byte of what a browser sends; see docs/specs/wire.md.</summary>
public enum ClientMessageType : byte
{
    Hello = 0x80,
    Ack = 0x81,
    Key = 0x82,
    Pointer = 0x83,
    Wheel = 0x84,
    ReleaseAll = 0x85,
    Refresh = 0x86,
    Quality = 0x87,
    Ping = 0x88,
    Abilities = 0x89,
    PointerMotion = 0x8A,
    WantedSize = 0x8B,

    /// <summary>Comes by the hub's own method, not in a batch.</summary>
    Clipboard = 0x8C,
}

public enum CredentialKind : byte
{
    Ticket = 1,
    ResumeSecret = 2,
}

/// <summary>The first message of a connection. <paramref name="Secret"/> is 32 bytes.</summary>
public readonly record struct Hello(CredentialKind Kind, byte[] Secret)
{
    public const int SecretLength = 32;

    public static Hello Read(ReadOnlySpan<byte> message)
    {
        var reader = new WireReader(message);
        if (reader.U8() != (byte)ClientMessageType.Hello)
        {
            throw new ProtocolException("wire: the first message must be Hello");
        }

        if (reader.U8() is var version and not 1)
        {
            throw new ProtocolException($"wire: version {version} is not spoken here, reload the page");
        }

        var kind = (CredentialKind)reader.U8();
        if (kind is not (CredentialKind.Ticket or CredentialKind.ResumeSecret))
        {
            throw new ProtocolException("wire: unknown kind of credential");
        }

        var secret = reader.Bytes(SecretLength).ToArray();
        reader.End();
        return new Hello(kind, secret);
    }

    public void Write(IBufferWriter<byte> to)
    {
        to.U8((byte)ClientMessageType.Hello);
        to.U8(1);
        to.U8((byte)Kind);
        to.Write(Secret);
    }
}

/// <summary>What somebody prefers where a line or a processor cannot give everything.</summary>
public enum Quality : byte
{
    /// <summary>As the line allows.</summary>
    Automatic = 0,

    /// <summary>Photographs exactly at once, whatever it takes; what moves at the best quality.</summary>
    Sharp = 1,

    /// <summary>A quarter of what the line allows, photographs roughly until they are at rest.</summary>
    Saving = 2,
}

/// <summary>What a browser can do besides what all can.</summary>
[Flags]
public enum Abilities : byte
{
    None = 0,

    /// <summary>Decodes H.264, main profile.</summary>
    H264 = 1,
}

/// <summary>One message of what a browser sends after Hello. Fields mean what the type says: Ack (sequence, decode ms, queue
/// depth), Key (down, QEMU key number), Pointer (framebuffer pixels, buttons), PointerMotion (mouse units, buttons), Wheel (notches), Quality (a
/// <see cref="Wire.Quality"/>), Ping (its token is the sequence), Abilities (<see cref="Wire.Abilities"/>), WantedSize (pixels).</summary>
public readonly record struct ClientMessage(ClientMessageType Type, uint Sequence = 0, int A = 0, int B = 0, int C = 0)
{
    public const int MaxBatch = 4096;

    public static ClientMessage Ack(uint sequence, int decodeMs, int queueDepth) => new(ClientMessageType.Ack, sequence, decodeMs, queueDepth);

    public static ClientMessage Key(bool down, int qnum) => new(ClientMessageType.Key, 0, down ? 1 : 0, qnum);

    public static ClientMessage Pointer(int x, int y, int buttons) => new(ClientMessageType.Pointer, 0, x, y, buttons);

    /// <summary>The mouse moved by so much, wherever the pointer is; -32768 to 32767 each, positive is right and down.</summary>
    public static ClientMessage PointerMotion(int dx, int dy, int buttons) => new(ClientMessageType.PointerMotion, 0, dx, dy, buttons);

    public static ClientMessage Wheel(int dx, int dy) => new(ClientMessageType.Wheel, 0, dx, dy);

    public static ClientMessage Prefer(Quality quality) => new(ClientMessageType.Quality, 0, (int)quality);

    public static ClientMessage Able(Abilities abilities) => new(ClientMessageType.Abilities, 0, (int)abilities);

    /// <summary>The screen shall have this size, in pixels; whether it follows is the guest's own affair.</summary>
    public static ClientMessage WantedSize(int width, int height) => new(ClientMessageType.WantedSize, 0, width, height);

    public static ClientMessage Ping(uint token) => new(ClientMessageType.Ping, token);

    /// <summary>Reads a batch of messages, at most <see cref="MaxBatch"/> bytes.</summary>
    public static List<ClientMessage> ReadAll(ReadOnlySpan<byte> batch)
    {
        if (batch.Length > MaxBatch)
        {
            throw new ProtocolException("wire: a batch of input is too long");
        }

        var messages = new List<ClientMessage>();
        var reader = new WireReader(batch);
        while (reader.Remaining > 0)
        {
            messages.Add(ReadOne(ref reader));
        }

        return messages;
    }

    private static ClientMessage ReadOne(ref WireReader reader)
    {
        var type = (ClientMessageType)reader.U8();
        switch (type)
        {
            case ClientMessageType.Ack:
                return Ack(reader.U32(), reader.U16(), reader.U8());
            case ClientMessageType.Key:
                var (down, qnum) = (reader.U8(), reader.U16());
                return down <= 1 && qnum is >= 1 and <= 255
                    ? Key(down == 1, qnum)
                    : throw new ProtocolException("wire: key out of range");
            case ClientMessageType.Pointer:
                var (x, y, buttons) = (reader.U16(), reader.U16(), reader.U8());
                return buttons < 32 ? Pointer(x, y, buttons) : throw new ProtocolException("wire: unknown button");
            case ClientMessageType.PointerMotion:
                var (byX, byY, pressed) = (reader.I16(), reader.I16(), reader.U8());
                return pressed < 32 ? PointerMotion(byX, byY, pressed) : throw new ProtocolException("wire: unknown button");
            case ClientMessageType.Wheel:
                var (dx, dy) = (reader.I8(), reader.I8());
                return Math.Abs((int)dx) <= 16 && Math.Abs((int)dy) <= 16
                    ? Wheel(dx, dy)
                    : throw new ProtocolException("wire: wheel out of range");
            case ClientMessageType.Quality:
                var quality = (Quality)reader.U8();
                return Enum.IsDefined(quality) ? Prefer(quality) : throw new ProtocolException("wire: unknown quality");
            case ClientMessageType.Abilities:
                var abilities = (Abilities)reader.U8();
                return abilities <= Abilities.H264 ? Able(abilities) : throw new ProtocolException("wire: unknown abilities");
            case ClientMessageType.WantedSize:
                var (width, height) = (reader.U16(), reader.U16());
                return width is >= Size.MinWanted and <= Size.Max && height is >= Size.MinWanted and <= Size.Max
                    ? WantedSize(width, height)
                    : throw new ProtocolException("wire: no screen has the size that is wanted");
            case ClientMessageType.Ping:
                return Ping(reader.U32());
            case ClientMessageType.ReleaseAll or ClientMessageType.Refresh:
                return new ClientMessage(type);
            default:
                throw new ProtocolException($"wire: unknown client message 0x{(byte)type:x2}");
        }
    }

    public void Write(IBufferWriter<byte> to)
    {
        to.U8((byte)Type);
        switch (Type)
        {
            case ClientMessageType.Ack:
                to.U32(Sequence);
                to.U16(A);
                to.U8(B);
                break;
            case ClientMessageType.Key:
                to.U8(A);
                to.U16(B);
                break;
            case ClientMessageType.Pointer:
                to.U16(A);
                to.U16(B);
                to.U8(C);
                break;
            case ClientMessageType.PointerMotion:
                to.I16(A);
                to.I16(B);
                to.U8(C);
                break;
            case ClientMessageType.Quality or ClientMessageType.Abilities:
                to.U8(A);
                break;
            case ClientMessageType.Ping:
                to.U32(Sequence);
                break;
            case ClientMessageType.WantedSize:
                to.U16(A);
                to.U16(B);
                break;
            case ClientMessageType.Wheel:
                to.U8((byte)(sbyte)A);
                to.U8((byte)(sbyte)B);
                break;
        }
    }
}
