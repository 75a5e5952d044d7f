using System.Net;
using System.Net.Sockets;
using Vdi.Display.Recording;
using Vdi.Display.Sources;
using Vdi.Protocol;
using Vdi.Protocol.Wire;

namespace Vdi.Host.Traces;

/// <summary>Writes down what a VNC server shows, for measuring and for support.</summary>
public static class TraceRecorder
{
    private static readonly TimeSpan ConnectDeadline = TimeSpan.FromSeconds(10);

    /// <summary>Records for <paramref name="duration"/>, or until <paramref name="stop"/>; the file is there whole or not at all.</summary>
    /// <param name="address">host:port, or the path of a unix socket.</param>
    /// <param name="progress">Told how many changes there are so far.</param>
    /// <exception cref="ProtocolException">The server cannot be reached, or does not speak RFB without a password.</exception>
    public static async Task RecordAsync(string address, string file, TimeSpan duration, IProgress<int> progress, TimeProvider time, CancellationToken stop)
    {
        await using var source = new RfbSource(await ConnectAsync(address, stop), time);
        await TraceFile.WriteAsync(file, async stream =>
        {
            using var trace = new TraceWriter(stream, time, new Counter(progress));
            using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
            end.CancelAfter(duration);
            try
            {
                await source.RunAsync(trace, end.Token);
            }
            catch (OperationCanceledException) when (end.IsCancellationRequested)
            {
                // Long enough.
            }
        });
    }

    private static async Task<Socket> ConnectAsync(string address, CancellationToken stop)
    {
        EndPoint end = address.StartsWith('/') ? new UnixDomainSocketEndPoint(address)
            : IPEndPoint.TryParse(address, out var ip) && ip.Port > 0 ? ip
            : address.Split(':') is [{ Length: > 0 } host, var port] && int.TryParse(port, out var number) ? new DnsEndPoint(host, number)
            : throw new ProtocolException($"'{address}' is no address of a VNC server: give host:port, or the path of a unix socket");
        var socket = address.StartsWith('/') ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) : new Socket(SocketType.Stream, ProtocolType.Tcp);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(ConnectDeadline);
        try
        {
            await socket.ConnectAsync(end, limit.Token);
            return socket;
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException && !stop.IsCancellationRequested)
        {
            socket.Dispose();
            throw new ProtocolException($"There is no VNC server at {address}: {(e is SocketException ? e.Message : "no answer")}", e);
        }
    }

    private sealed class Counter(IProgress<int> progress) : IDisplaySink
    {
        private int _changes;

        public void Resize(int width, int height) { }

        public void Update(Rectangle area, ReadOnlySpan<byte> pixels, int stride) { }

        public void Flush() => progress.Report(++_changes);

        public void SetCursor(Cursor cursor) { }
    }
}
