using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Vdi.Emulator;
using Vdi.Protocol;

namespace Vdi.Host.Traces;

/// <summary>What is to be recorded: a machine (its id, or as much of the beginning as only it has) or a session's, one of them.</summary>
/// <param name="Seconds">After so many it ends.</param>
/// <param name="Bytes">Before the trace has more it ends.</param>
public sealed record RecordingRequest(string? Machine, Guid? Session, int Seconds, long Bytes);

internal enum RecordingPiece : byte
{
    /// <summary>More of the trace.</summary>
    Trace = 1,

    /// <summary>The recording is over, and why.</summary>
    End = 2,

    /// <summary>There is none, and why.</summary>
    Refusal = 3,
}

/// <summary>What a command and the server say to each other over <see cref="PathIn"/>: the command sends a <see cref="RecordingRequest"/> as JSON,
/// the server pieces, the last of which is an End or a Refusal. Both are framed alike: <c>u8 kind</c> (0 for the request), <c>u32 length</c>,
/// little-endian, and so many bytes; text is UTF-8.</summary>
internal sealed class RecordingLine(Socket socket) : IDisposable
{
    private const int HeadLength = 5;
    private const int MaxRequest = 4096;
    private const int MaxPiece = 4 << 20;
    private readonly NetworkStream _stream = new(socket, ownsSocket: true);
    private readonly byte[] _head = new byte[HeadLength];

    /// <summary>Where the server listens: in a folder that nobody else enters.</summary>
    public static string PathIn(StateFolder state) => Path.Combine(state.Root, "control", "recording");

    public Task AskAsync(RecordingRequest request, CancellationToken stop) => WriteAsync(0, JsonSerializer.SerializeToUtf8Bytes(request, JsonSerializerOptions.Web), stop);

    public async Task<RecordingRequest> HearAsync(CancellationToken stop)
    {
        var (kind, body) = await ReadAsync(MaxRequest, stop);
        try
        {
            return kind == 0 && JsonSerializer.Deserialize<RecordingRequest>(body, JsonSerializerOptions.Web) is { } request
                ? request
                : throw new ProtocolException("recording: a request comes first");
        }
        catch (JsonException e)
        {
            throw new ProtocolException("recording: the request makes no sense", e);
        }
    }

    public Task SendAsync(ReadOnlyMemory<byte> trace, CancellationToken stop) => WriteAsync((byte)RecordingPiece.Trace, trace, stop);

    public Task EndAsync(RecordingPiece how, string why, CancellationToken stop) => WriteAsync((byte)how, Encoding.UTF8.GetBytes(why), stop);

    public async Task<(RecordingPiece Kind, byte[] Body)> ReadAsync(CancellationToken stop)
    {
        var (kind, body) = await ReadAsync(MaxPiece, stop);
        return ((RecordingPiece)kind, body);
    }

    /// <summary>Returns when the other end leaves, or says what it must not.</summary>
    public async Task LeftAsync(CancellationToken stop)
    {
        try
        {
            _ = await _stream.ReadAsync(new byte[1], stop);
        }
        catch (IOException)
        {
            // It left the hard way.
        }
    }

    public void Dispose() => _stream.Dispose();

    private async Task WriteAsync(byte kind, ReadOnlyMemory<byte> body, CancellationToken stop)
    {
        var head = new byte[HeadLength];
        head[0] = kind;
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(1), body.Length);
        await _stream.WriteAsync(head, stop);
        await _stream.WriteAsync(body, stop);
    }

    private async Task<(byte Kind, byte[] Body)> ReadAsync(int most, CancellationToken stop)
    {
        try
        {
            await _stream.ReadExactlyAsync(_head, stop);
            var length = BinaryPrimitives.ReadUInt32LittleEndian(_head.AsSpan(1));
            var body = new byte[length <= most ? length : throw new ProtocolException($"recording: {length} bytes at once")];
            await _stream.ReadExactlyAsync(body, stop);
            return (_head[0], body);
        }
        catch (Exception e) when (e is IOException or EndOfStreamException)
        {
            throw new ProtocolException("The server left in the middle of the recording", e);
        }
    }
}
