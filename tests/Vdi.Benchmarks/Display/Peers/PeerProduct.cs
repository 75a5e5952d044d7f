using Vdi.Benchmarks.Display.Rfb;
using Vdi.Display.Framebuffer;
using Vdi.Protocol.Wire;

namespace Vdi.Benchmarks.Display.Peers;

/// <summary>A peer's server with a viewer of ours.</summary>
internal sealed class PeerProduct(PeerServer server, RfbClient client) : IProduct
{
    public IWatcher Watcher => client;

    public double ProcessorSeconds => server.ProcessorSeconds;

    public static async Task<PeerProduct> StartAsync(Peer peer)
    {
        var server = await PeerServer.StartAsync(peer, SequenceStudio.Width, SequenceStudio.Height);
        try
        {
            return new PeerProduct(server, new RfbClient(server.Port, peer.Encodings));
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    public void Show(Picture picture, Rectangle changed) => server.Painter.Paint(picture, changed);

    public ValueTask DisposeAsync()
    {
        client.Dispose();
        server.Dispose();
        return ValueTask.CompletedTask;
    }
}
