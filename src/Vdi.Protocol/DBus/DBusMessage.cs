using System.Buffers.Binary;

namespace Vdi.Protocol.DBus;

public enum DBusMessageType : byte
{
    MethodCall = 1,
    MethodReturn = 2,
    Error = 3,
    Signal = 4,
}

/// <summary>The first sixteen bytes of a message (D-Bus specification, "Message Format"), lengths checked: whoever has read them knows
/// how much is to come.</summary>
public readonly record struct DBusHead(DBusMessageType Type, byte Flags, int BodyLength, uint Serial, int FieldsLength)
{
    public const int Length = 16;

    /// <summary>Longest header fields taken from a peer, in bytes; the display's calls need about 200.</summary>
    public const int MaxFields = 4096;

    /// <summary>Longest message, in bytes: the specification's 128 MiB, which an 8K picture sent as a copy nearly fills.</summary>
    public const int MaxMessage = 1 << 27;

    private const byte NoReplyExpected = 1;

    /// <summary>Whether the sender wants an answer.</summary>
    public bool WantsReply => Type == DBusMessageType.MethodCall && (Flags & NoReplyExpected) == 0;

    /// <summary>Bytes before the body: a multiple of eight.</summary>
    public int HeaderLength => (Length + FieldsLength + 7) & ~7;

    public int MessageLength => HeaderLength + BodyLength;

    public static DBusHead Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes[0] != 'l' || bytes[3] != 1)
        {
            throw new ProtocolException("dbus: not a little-endian message of version 1");
        }

        if (bytes[1] is < (byte)DBusMessageType.MethodCall or > (byte)DBusMessageType.Signal)
        {
            throw new ProtocolException($"dbus: unknown type of message {bytes[1]}");
        }

        var (body, serial) = (BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]), BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]));
        var fields = BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]);
        if (serial == 0)
        {
            throw new ProtocolException("dbus: a message without a serial");
        }

        return fields <= MaxFields && body <= MaxMessage - MaxFields - Length - 8
            ? new DBusHead((DBusMessageType)bytes[1], bytes[2], (int)body, serial, (int)fields)
            : throw new ProtocolException("dbus: a message is too long");
    }
}

/// <summary>Header fields ("Message Format", "Header Fields"), as far as a connection without a bus has them.</summary>
/// <param name="Signature">Types of the body's values; empty where there is none.</param>
/// <param name="Descriptors">How many descriptors come with the message.</param>
public readonly record struct DBusFields(string? Path, string? Interface, string? Member, string? ErrorName, uint ReplySerial, string Signature, uint Descriptors)
{
    /// <summary>Reads the array of fields without its length.</summary>
    public static DBusFields Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new DBusReader(bytes);
        var fields = default(DBusFields) with { Signature = "" };
        while (!reader.AtEnd)
        {
            reader.Align(8);
            var (code, type) = (reader.U8(), reader.Signature());
            var (text, number) = type switch
            {
                "s" or "o" => (reader.Text(), 0u),
                "g" => (reader.Signature(), 0u),
                "u" => ("", reader.U32()),
                _ => throw new ProtocolException("dbus: a header field of a type that none has"),
            };
            fields = (code, type) switch
            {
                (1, "o") => fields with { Path = text },
                (2, "s") => fields with { Interface = text },
                (3, "s") => fields with { Member = text },
                (4, "s") => fields with { ErrorName = text },
                (5, "u") => fields with { ReplySerial = number },
                (8, "g") => fields with { Signature = text },
                (9, "u") => fields with { Descriptors = number },
                (0 or 1 or 2 or 3 or 4 or 5 or 8 or 9, _) => throw new ProtocolException("dbus: a header field of the wrong type"),
                _ => fields,
            };
        }

        return fields;
    }

    public void Write(DBusWriter to)
    {
        Write(to, 1, "o", Path);
        Write(to, 2, "s", Interface);
        Write(to, 3, "s", Member);
        Write(to, 4, "s", ErrorName);
        Write(to, 5, ReplySerial);
        if (!string.IsNullOrEmpty(Signature))
        {
            to.Align(8).U8(8).Signature("g").Signature(Signature);
        }

        Write(to, 9, Descriptors);
    }

    private static void Write(DBusWriter to, byte code, string type, string? value)
    {
        if (value is not null)
        {
            to.Align(8).U8(code).Signature(type).Text(value);
        }
    }

    private static void Write(DBusWriter to, byte code, uint value)
    {
        if (value != 0)
        {
            to.Align(8).U8(code).Signature("u").U32(value);
        }
    }
}

/// <summary>A message as it is sent.</summary>
public static class DBusMessage
{
    public static byte[] Call(uint serial, string path, string @interface, string member, string signature, ReadOnlySpan<byte> body, uint descriptors = 0, bool wantsReply = true) =>
        Write(DBusMessageType.MethodCall, wantsReply ? (byte)0 : (byte)1, serial, new DBusFields(path, @interface, member, null, 0, signature, descriptors), body);

    public static byte[] Signal(uint serial, string path, string @interface, string member, string signature, ReadOnlySpan<byte> body) =>
        Write(DBusMessageType.Signal, 1, serial, new DBusFields(path, @interface, member, null, 0, signature, 0), body);

    public static byte[] Return(uint serial, uint to, string signature, ReadOnlySpan<byte> body) =>
        Write(DBusMessageType.MethodReturn, 1, serial, new DBusFields(null, null, null, null, to, signature, 0), body);

    public static byte[] Error(uint serial, uint to, string name) =>
        Write(DBusMessageType.Error, 1, serial, new DBusFields(null, null, null, name, to, "", 0), []);

    private static byte[] Write(DBusMessageType type, byte flags, uint serial, DBusFields fields, ReadOnlySpan<byte> body)
    {
        var header = new DBusWriter();
        fields.Write(header);
        return new DBusWriter()
            .U8((byte)'l').U8((byte)type).U8(flags).U8(1)
            .U32((uint)body.Length).U32(serial).U32((uint)header.Length)
            .Raw(header.Written).Align(8).Raw(body)
            .Written.ToArray();
    }
}
