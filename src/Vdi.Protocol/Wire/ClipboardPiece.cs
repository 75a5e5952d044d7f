using System.Buffers;

namespace Vdi.Protocol.Wire;

public enum ClipboardKind : byte
{
    /// <summary>UTF-8, lines ended by LF.</summary>
    Text = 1,

    /// <summary>A picture as PNG.</summary>
    Png = 2,

    /// <summary>Text that was typed where no key gives it, as <see cref="Text"/>: the host presses the keys that paste it. From browsers only.</summary>
    Typed = 3,
}

/// <summary>A part of what was copied, in either direction. Parts come in order; the one at 0 begins anew, whatever came before.</summary>
/// <param name="Total">Bytes of all parts together.</param>
/// <param name="Offset">Where this part belongs.</param>
public readonly record struct ClipboardPiece(ClipboardKind Kind, uint Total, uint Offset, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>What a browser says with one is shorter than this, so that it fits into a message of the hub.</summary>
    public const int MostBytes = 12 * 1024;
    private const int HeaderBytes = 10;

    /// <summary>Reads one, its first byte included, which says which way it goes.</summary>
    /// <exception cref="ProtocolException">It is none, or its numbers do not agree.</exception>
    public static ClipboardPiece Read(ReadOnlyMemory<byte> message, byte type)
    {
        var reader = new WireReader(message.Span);
        if (reader.U8() != type)
        {
            throw new ProtocolException("wire: not a part of a clipboard");
        }

        var (kind, total, offset) = ((ClipboardKind)reader.U8(), reader.U32(), reader.U32());
        if (!Enum.IsDefined(kind))
        {
            throw new ProtocolException("wire: unknown kind of clipboard content");
        }

        if (offset > total || reader.Remaining > total - offset || (reader.Remaining == 0 && total > 0))
        {
            throw new ProtocolException("wire: a part of a clipboard lies outside of it");
        }

        return new ClipboardPiece(kind, total, offset, message[HeaderBytes..]);
    }

    public void Write(IBufferWriter<byte> to, byte type)
    {
        to.U8(type);
        to.U8((byte)Kind);
        to.U32(Total);
        to.U32(Offset);
        to.Write(Bytes.Span);
    }
}

/// <summary>What was copied, whole.</summary>
public sealed record ClipboardContent(ClipboardKind Kind, ReadOnlyMemory<byte> Bytes);
