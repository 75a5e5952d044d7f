using System.Net.Sockets;
using Vdi.Protocol.UnixSockets;

namespace Vdi.Emulator.Machines;

/// <summary>The sockets in a machine's folder, at which its QEMU listens.</summary>
internal static class MachineSocket
{
    /// <summary>Connects to the socket at <paramref name="path"/> and makes sure that the process <paramref name="peer"/> listens there:
    /// whoever else managed to put a socket in its place is not spoken to.</summary>
    public static async Task<Socket> ConnectAsync(string path, int peer, string peerName, CancellationToken stop)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            if (new FileInfo(path).LinkTarget is { } target)
            {
                throw new MachineException($"{peerName} is not spoken to: {path} is a link to {PeerText.Head(target)} and not its socket");
            }

            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), stop);

            // Until QEMU takes its sockets over, with a listen(2) of its own, the kernel names us, who made them.
            var listener = UnixSocket.PeerOf(socket);
            return listener.Pid == peer || listener.Pid == Environment.ProcessId
                ? socket
                : throw new MachineException($"{peerName} is not spoken to: process {listener.Pid} of user {listener.Uid} listens at {path}, and not process {peer}");
        }
        catch (Exception e)
        {
            socket.Dispose();
            if (e is SocketException or IOException)
            {
                throw new MachineException($"{peerName} cannot be reached at {path}: {e.Message}", e);
            }

            throw;
        }
    }

    /// <summary>The same as a stream, which owns the socket.</summary>
    public static async Task<Stream> OpenStreamAsync(string path, int peer, string peerName, CancellationToken stop) => new NetworkStream(await ConnectAsync(path, peer, peerName, stop), ownsSocket: true);
}
