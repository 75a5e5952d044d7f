using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Vdi.Protocol.DBus;

/// <summary>Marshals little-endian values (D-Bus specification, "Marshaling"); begins at a multiple of eight.</summary>
public sealed class DBusWriter
{
    private readonly ArrayBufferWriter<byte> _bytes = new(128);

    public int Length => _bytes.WrittenCount;

    public ReadOnlySpan<byte> Written => _bytes.WrittenSpan;

    public DBusWriter U8(byte value)
    {
        _bytes.Write([value]);
        return this;
    }

    public DBusWriter U16(ushort value)
    {
        Align(2);
        BinaryPrimitives.WriteUInt16LittleEndian(_bytes.GetSpan(2), value);
        _bytes.Advance(2);
        return this;
    }

    public DBusWriter U32(uint value)
    {
        Align(4);
        BinaryPrimitives.WriteUInt32LittleEndian(_bytes.GetSpan(4), value);
        _bytes.Advance(4);
        return this;
    }

    public DBusWriter I32(int value) => U32((uint)value);

    public DBusWriter Text(string value)
    {
        U32((uint)Encoding.UTF8.GetByteCount(value));
        _bytes.Write(Encoding.UTF8.GetBytes(value));
        return U8(0);
    }

    public DBusWriter Signature(string value)
    {
        U8((byte)value.Length);
        _bytes.Write(Encoding.ASCII.GetBytes(value));
        return U8(0);
    }

    /// <summary>An array of bytes.</summary>
    public DBusWriter Bytes(ReadOnlySpan<byte> value)
    {
        U32((uint)value.Length);
        _bytes.Write(value);
        return this;
    }

    public DBusWriter Raw(ReadOnlySpan<byte> value)
    {
        _bytes.Write(value);
        return this;
    }

    public DBusWriter Align(int to)
    {
        var padding = (to - (Length % to)) % to;
        _bytes.GetSpan(to)[..padding].Clear();
        _bytes.Advance(padding);
        return this;
    }
}
