using Vdi.Protocol;
using Vdi.Protocol.Wire;

namespace Vdi.Host.Desktops;

/// <summary>Puts together what a browser sends of its clipboard. Memory grows with what came; what is larger than allowed is passed over.</summary>
/// <param name="largest">Bytes that it may be.</param>
internal sealed class ClipboardReceiver(int largest)
{
    private ClipboardKind _kind;
    private uint _total;
    private MemoryStream? _bytes;
    private bool _passing;

    /// <summary>The content once it is whole; and whether it begins here and is too large.</summary>
    /// <exception cref="ProtocolException">It is not the part that comes next.</exception>
    public (ClipboardContent? Whole, bool TooLarge) Take(ClipboardPiece piece)
    {
        if (piece.Offset == 0)
        {
            (_kind, _total, _passing) = (piece.Kind, piece.Total, piece.Total > largest);
            _bytes = _passing ? null : new MemoryStream();
        }
        else if (_passing && piece.Kind == _kind && piece.Total == _total)
        {
            return (null, false);
        }
        else if (_bytes is null || piece.Kind != _kind || piece.Total != _total || piece.Offset != _bytes.Length)
        {
            throw new ProtocolException("wire: a part of a clipboard that does not come next");
        }

        if (_bytes is not { } bytes)
        {
            return (null, true);
        }

        bytes.Write(piece.Bytes.Span);
        if (bytes.Length < _total)
        {
            return (null, false);
        }

        _bytes = null;
        return (new ClipboardContent(_kind, bytes.ToArray()), false);
    }
}
