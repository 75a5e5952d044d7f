using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Vdi.Protocol.VdAgent;

/// <summary>Puts messages together from the bytes of a guest's agent: chunks with a port and a length, each with a message or a part of one
/// (spice/vd_agent.h, VDIChunkHeader and VDAgentMessage; all numbers little-endian). Memory grows with what came, not with what was announced.</summary>
/// <param name="largest">Bytes that a message may have; longer ones are passed over.</param>
public sealed class VdAgentReader(int largest)
{
    internal const int ChunkHeader = 8;
    internal const int MessageHeader = 20;

    /// <summary>The version of the protocol, the only one there is.</summary>
    internal const uint Version = 1;

    /// <summary>Messages for whoever uses the desktop, and for the server between them.</summary>
    internal const uint ClientPort = 1;
    internal const uint ServerPort = 2;

    private readonly byte[] _header = new byte[ChunkHeader];
    private readonly Port[] _ports = [new(largest), new(largest)];
    private int _headerLength;
    private uint _chunk;
    private Port? _port;

    /// <summary>Takes what came, in pieces of any size, and hands on each message that is whole.</summary>
    /// <exception cref="ProtocolException">This is no agent; nothing more can be made of the line.</exception>
    public void Take(ReadOnlySpan<byte> bytes, Action<VdAgentMessage> message)
    {
        while (!bytes.IsEmpty)
        {
            if (_port is null)
            {
                var part = Math.Min(bytes.Length, ChunkHeader - _headerLength);
                bytes[..part].CopyTo(_header.AsSpan(_headerLength));
                bytes = bytes[part..];
                _headerLength += part;
                if (_headerLength < ChunkHeader)
                {
                    return;
                }

                Begin();
            }
            else
            {
                var part = (int)Math.Min(bytes.Length, _chunk);
                _port.Take(bytes[..part], message);
                bytes = bytes[part..];
                _chunk -= (uint)part;
                if (_chunk == 0)
                {
                    (_port, _headerLength) = (null, 0);
                }
            }
        }
    }

    /// <summary>The messages of a line, until its end.</summary>
    /// <exception cref="ProtocolException">This is no agent; nothing more can be made of the line.</exception>
    public async IAsyncEnumerable<VdAgentMessage> ReadAsync(Stream line, [EnumeratorCancellation] CancellationToken stop)
    {
        var heard = new List<VdAgentMessage>();
        var buffer = new byte[64 * 1024];
        while (await line.ReadAsync(buffer, stop) is > 0 and var count)
        {
            Take(buffer.AsSpan(0, count), heard.Add);
            foreach (var message in heard)
            {
                yield return message;
            }

            heard.Clear();
        }
    }

    private void Begin()
    {
        var port = BinaryPrimitives.ReadUInt32LittleEndian(_header);
        _chunk = BinaryPrimitives.ReadUInt32LittleEndian(_header.AsSpan(4));
        if (port is not (ClientPort or ServerPort))
        {
            throw new ProtocolException($"vdagent: there is no port {port}");
        }

        if (_chunk == 0)
        {
            _headerLength = 0;
            return;
        }

        _port = _ports[port - ClientPort];
    }

    private sealed class Port(int largest)
    {
        private readonly byte[] _header = new byte[MessageHeader];
        private int _headerLength;
        private VdAgentType _type;
        private long _length;
        private long _came;
        private ArrayBufferWriter<byte>? _data;

        public void Take(ReadOnlySpan<byte> bytes, Action<VdAgentMessage> message)
        {
            while (!bytes.IsEmpty)
            {
                if (_headerLength < MessageHeader)
                {
                    var part = Math.Min(bytes.Length, MessageHeader - _headerLength);
                    bytes[..part].CopyTo(_header.AsSpan(_headerLength));
                    bytes = bytes[part..];
                    _headerLength += part;
                    if (_headerLength < MessageHeader)
                    {
                        return;
                    }

                    Begin();
                }
                else
                {
                    var part = (int)Math.Min(bytes.Length, _length - _came);
                    _data?.Write(bytes[..part]);
                    bytes = bytes[part..];
                    _came += part;
                }

                if (_headerLength == MessageHeader && _came == _length)
                {
                    _headerLength = 0;
                    message(new VdAgentMessage(_type, _data?.WrittenMemory, _length));
                }
            }
        }

        private void Begin()
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(_header) is not Version and var version)
            {
                throw new ProtocolException($"vdagent: version {version} is not spoken");
            }

            // Between them lies a number that is the agent's own.
            _type = (VdAgentType)BinaryPrimitives.ReadUInt32LittleEndian(_header.AsSpan(4));
            (_length, _came) = (BinaryPrimitives.ReadUInt32LittleEndian(_header.AsSpan(16)), 0);
            _data = _length <= largest ? new ArrayBufferWriter<byte>() : null;
        }
    }
}
