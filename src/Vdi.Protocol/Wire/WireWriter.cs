using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Vdi.Protocol.Wire;

/// <summary>Appends little-endian fields to a buffer.</summary>
public static class WireWriter
{
    public static void U8(this IBufferWriter<byte> to, int value)
    {
        to.GetSpan(1)[0] = checked((byte)value);
        to.Advance(1);
    }

    public static void U16(this IBufferWriter<byte> to, int value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(to.GetSpan(2), checked((ushort)value));
        to.Advance(2);
    }

    public static void I16(this IBufferWriter<byte> to, int value)
    {
        BinaryPrimitives.WriteInt16LittleEndian(to.GetSpan(2), checked((short)value));
        to.Advance(2);
    }

    public static void U32(this IBufferWriter<byte> to, uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(to.GetSpan(4), value);
        to.Advance(4);
    }

    public static void Text(this IBufferWriter<byte> to, string value)
    {
        var bytes = Encoding.UTF8.GetBytes(value);
        to.U16(bytes.Length);
        to.Write(bytes);
    }
}
