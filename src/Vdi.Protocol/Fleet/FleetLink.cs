using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Threading.Channels;

namespace Vdi.Protocol.Fleet;

/// <summary>One end of the line between a broker and a host.</summary>
public interface IFleetLink
{
    ValueTask SendAsync(FleetMessage message, CancellationToken stop);

    IAsyncEnumerable<FleetMessage> ReceiveAsync(CancellationToken stop);
}

/// <summary>The line when both run in one process. Every message still crosses as bytes, so that nothing but messages can.</summary>
public sealed class InProcessFleetLink : IFleetLink
{
    private readonly Channel<byte[]> _in;
    private readonly Channel<byte[]> _out;

    private InProcessFleetLink(Channel<byte[]> incoming, Channel<byte[]> outgoing) => (_in, _out) = (incoming, outgoing);

    public static (InProcessFleetLink Broker, InProcessFleetLink Host) Create()
    {
        var down = Channel.CreateBounded<byte[]>(256);
        var up = Channel.CreateBounded<byte[]>(256);
        return (new(up, down), new(down, up));
    }

    public ValueTask SendAsync(FleetMessage message, CancellationToken stop) =>
        _out.Writer.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(message), stop);

    public async IAsyncEnumerable<FleetMessage> ReceiveAsync([EnumeratorCancellation] CancellationToken stop)
    {
        await foreach (var bytes in _in.Reader.ReadAllAsync(stop))
        {
            yield return JsonSerializer.Deserialize<FleetMessage>(bytes) ?? throw new ProtocolException("fleet: empty message");
        }
    }
}
