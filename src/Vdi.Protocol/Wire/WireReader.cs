using System.Buffers.Binary;
using System.Text;

namespace Vdi.Protocol.Wire;

/// <summary>Reads little-endian fields from a message, checking every length before it is used.</summary>
/// <param name="protocol">Its name, for whoever reads of a fault.</param>
public ref struct WireReader(ReadOnlySpan<byte> bytes, string protocol = "wire")
{
    private ReadOnlySpan<byte> _rest = bytes;

    public readonly int Remaining => _rest.Length;

    public ReadOnlySpan<byte> Bytes(int count)
    {
        if (count < 0 || count > _rest.Length)
        {
            throw new ProtocolException($"{protocol}: {count} bytes wanted, {_rest.Length} left");
        }

        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    public byte U8() => Bytes(1)[0];

    public sbyte I8() => (sbyte)U8();

    public ushort U16() => BinaryPrimitives.ReadUInt16LittleEndian(Bytes(2));

    public short I16() => (short)U16();

    public uint U32() => BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4));

    public string Text() => Encoding.UTF8.GetString(Bytes(U16()));

    public readonly void End()
    {
        if (!_rest.IsEmpty)
        {
            throw new ProtocolException($"{protocol}: {_rest.Length} bytes too many");
        }
    }
}
