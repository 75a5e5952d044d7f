using Vdi.Protocol;

namespace Vdi.Emulator.Machines;

/// <summary>Takes lines out of a stream that may bring them in any pieces. Every byte is looked at once, however long its line
/// becomes, and no line may be longer than <paramref name="maxLine"/>.</summary>
internal sealed class LineReader(Stream stream, int maxLine, string peerName)
{
    private const int Usual = 16 * 1024;
    private byte[] _buffer = new byte[Usual];
    private int _begin;
    private int _searched;
    private int _end;

    /// <summary>The next line without its end, valid until the next call; null at the end of the stream.</summary>
    /// <exception cref="ProtocolException">When a line is too long.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken stop)
    {
        while (true)
        {
            var newline = _buffer.AsSpan(_searched, _end - _searched).IndexOf((byte)'\n');
            if (newline >= 0)
            {
                var line = _buffer.AsMemory(_begin, _searched + newline - _begin);
                _begin = _searched = _searched + newline + 1;
                return line;
            }

            _searched = _end;
            if (_end - _begin > maxLine)
            {
                throw new ProtocolException($"{peerName}: a line is longer than {maxLine} bytes");
            }

            MakeRoom();
            var count = await stream.ReadAsync(_buffer.AsMemory(_end), stop);
            if (count == 0)
            {
                return null;
            }

            _end += count;
        }
    }

    private void MakeRoom()
    {
        var kept = _end - _begin;
        if (_end < _buffer.Length && kept > 0)
        {
            return;
        }

        // One long line is no reason to hold its memory for as long as the machine lives.
        var size = kept == 0 ? Usual : kept > _buffer.Length / 2 ? _buffer.Length * 2 : _buffer.Length;
        var target = size == _buffer.Length ? _buffer : new byte[size];
        Buffer.BlockCopy(_buffer, _begin, target, 0, kept);
        (_buffer, _begin, _searched, _end) = (target, 0, _searched - _begin, kept);
    }
}
