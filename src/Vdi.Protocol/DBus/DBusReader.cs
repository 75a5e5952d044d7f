using System.Buffers.Binary;
using System.Text;

namespace Vdi.Protocol.DBus;

/// <summary>Unmarshals little-endian values in order (D-Bus specification, "Marshaling"). Every length is checked against what is
/// there before it is used; alignment counts from where the reader began, which in a message is a multiple of eight.</summary>
public ref struct DBusReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _at;

    public readonly bool AtEnd => _at == _bytes.Length;

    public byte U8() => Take(1)[0];

    public uint U32()
    {
        Align(4);
        return BinaryPrimitives.ReadUInt32LittleEndian(Take(4));
    }

    public int I32() => (int)U32();

    /// <summary>A string or an object path: its length, UTF-8, a zero.</summary>
    public string Text() => Text(Length(U32()));

    /// <summary>A signature: as a string, with a length of one byte.</summary>
    public string Signature() => Text(U8());

    /// <summary>An array of bytes.</summary>
    public ReadOnlySpan<byte> Bytes() => Take(Length(U32()));

    /// <summary>The padding before a value of that alignment; it must be zero.</summary>
    public void Align(int to)
    {
        if (Take((to - (_at % to)) % to).IndexOfAnyExcept((byte)0) >= 0)
        {
            throw new ProtocolException("dbus: padding that is not zero");
        }
    }

    public readonly void End()
    {
        if (!AtEnd)
        {
            throw new ProtocolException($"dbus: {_bytes.Length - _at} bytes too many");
        }
    }

    private string Text(int length)
    {
        var text = Take(length);
        if (U8() != 0 || text.Contains((byte)0) || !System.Text.Unicode.Utf8.IsValid(text))
        {
            throw new ProtocolException("dbus: a string is not text");
        }

        return Encoding.UTF8.GetString(text);
    }

    private readonly int Length(uint length) => length <= _bytes.Length - _at ? (int)length : throw Short();

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _bytes.Length - _at)
        {
            throw Short();
        }

        var taken = _bytes.Slice(_at, count);
        _at += count;
        return taken;
    }

    private static ProtocolException Short() => new("dbus: a message is shorter than what it says is in it");
}
